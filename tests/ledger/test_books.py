"""The books are checked whoever wrote them: whatever is done to them past the schema, a check names the row."""

import asyncio
import re
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from breakages_of_interest import BREAKAGES_OF_INTEREST
from cast import Admin, Cast
from conftest import Phones
from order_breakages import OF_ORDERS
from ordering import MONDAY, give_order, run_night
from paying import make_payment

from dega.access import lockout, otp
from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, Window
from dega.ledger import gate
from dega.ledger.books import check_books, every_check
from dega.night.dispatch import AGAIN_AFTER_SECONDS
from dega.night.status import unfreeze
from dega.payments.confirm import bind_code, request_code
from dega.payments.kinds import KINDS
from dega.payments.prepare import prepare_payment
from dega.store.books import MOST_NAMED

ARTA = Actor("customer:arta")

IN_BANK = "(SELECT id FROM payment WHERE kind = 'in-bank')"
BOOKED_IN_BANK = "(SELECT movement_id FROM payment WHERE kind = 'in-bank')"
LAST_ENTRY = "(SELECT max(transfer_id) FROM entry)"

SIGNED_FOR_ANOTHER = (
    "INSERT INTO passkey_evidence SELECT c.id, p.id, p.customer_id, c.authorised_at, sha256('another'), c.nonce, '',"
    " '', '', '', '', convert_to(json_build_object('challenge', rtrim(translate(encode(sha256('dega-pay-v1'::bytea ||"
    " sha256('another') || c.nonce), 'base64'), '+/', '-_'), '='))::text, 'UTF8'), ''"
    f" FROM payment p JOIN challenge c ON c.id = p.challenge_id WHERE p.id = {IN_BANK}"
)

# Which check finds it, what was done (the triggers were off), and how the row is called, as the statement returns it.
BREAKAGES = [
    (
        "entries_sum_to_zero",
        f"UPDATE entry SET amount_minor = amount_minor + 1 WHERE transfer_id = {LAST_ENTRY} AND amount_minor > 0"
        " RETURNING 'entries in ALL sum to 1 instead of 0'",
    ),
    (
        "entries_follow_one_another",
        "UPDATE entry SET balance_after_minor = balance_after_minor - 5 WHERE seq = 1 AND account_id ="
        " (SELECT max(account_id) FROM entry) RETURNING format('entry 1 of account %s:', account_id)",
    ),
    (
        "entries_follow_one_another",
        f"DELETE FROM entry WHERE account_id = (SELECT debit_account_id FROM payment WHERE id = {IN_BANK}) AND seq = 1"
        " RETURNING format('entry 2 of account %s:', account_id)",
    ),
    (
        "transfers_have_two_sides",
        f"DELETE FROM entry WHERE transfer_id = {LAST_ENTRY} AND amount_minor > 0"
        " RETURNING format('transfer %s: 1 entries', transfer_id)",
    ),
    (
        "transfers_have_two_sides",
        f"DELETE FROM transfer WHERE id = {LAST_ENTRY} RETURNING format('transfer %s: 2 entries', id)",
    ),
    (
        "transfers_have_two_sides",
        f"UPDATE transfer SET amount_minor = amount_minor * 2 WHERE id = {LAST_ENTRY}"
        " RETURNING format('transfer %s: 2 entries', id)",
    ),
    (
        "transfers_keep_one_currency",
        f"UPDATE transfer SET currency = 'EUR' WHERE id = {LAST_ENTRY} RETURNING format('transfer %s in EUR', id)",
    ),
    (
        "movements_are_whole",
        f"DELETE FROM movement WHERE id = {BOOKED_IN_BANK} RETURNING format('belongs to movement %s', id)",
    ),
    (
        "movements_are_whole",
        f"DELETE FROM transfer WHERE movement_id = {BOOKED_IN_BANK}"
        " RETURNING format('movement %s has no transfer', movement_id)",
    ),
    (
        "movements_are_whole",
        f"UPDATE entry SET booked_at = booked_at - interval '1 day'"
        f" WHERE transfer_id = {LAST_ENTRY} AND amount_minor < 0"
        " RETURNING format('entry %s of account %s', seq, account_id)",
    ),
    (
        "balances_follow_entries",
        f"UPDATE account SET balance_minor = balance_minor + 100 WHERE id ="
        f" (SELECT credit_account_id FROM payment WHERE id = {IN_BANK}) RETURNING format('account %s:', id)",
    ),
    (
        "balances_follow_entries",
        f"UPDATE account SET last_seq = last_seq + 1 WHERE id ="
        f" (SELECT credit_account_id FROM payment WHERE id = {IN_BANK}) RETURNING format('account %s:', id)",
    ),
    (
        "balances_stay_above_the_floor",
        "UPDATE account SET floor_minor = balance_minor + 1 WHERE iban = (SELECT max(iban) FROM account)"
        " RETURNING format('account %s: balance', id)",
    ),
    (
        "credits_are_booked_once",
        "INSERT INTO incoming_credit (key, deed_key, iban, currency, amount_minor, payer_name, description,"
        " received_at, movement_id)"
        f" VALUES ('AECH-1', gen_random_uuid(), '', 'ALL', 1, '', '', now(), {BOOKED_IN_BANK})"
        " RETURNING format('credit %s is booked', id)",
    ),
    (
        "statements_follow_entries",
        "INSERT INTO statement (account_id, period, first_day, last_day, seq_after, seq_upto, opening_minor,"
        " paid_in_minor, paid_out_minor, closing_minor, made_at)"
        " SELECT account_id, 'month', '2026-11-01', '2026-11-30', 0, seq, 0, 1, 0, 1, now() FROM entry WHERE seq = 1"
        " LIMIT 1 RETURNING format('statement %s of account %s: it closes', id, account_id)",
    ),
    (
        "payments_are_booked_once",
        f"UPDATE payment SET amount_minor = amount_minor + 1 WHERE id = {IN_BANK} RETURNING format('payment %s', id)",
    ),
    (
        "payments_are_booked_once",
        f"UPDATE payment SET state = 'draft', movement_id = NULL, decided_at = NULL WHERE id = {IN_BANK}"
        " RETURNING format('payment %s is draft', id)",
    ),
    (
        "payments_are_booked_once",
        f"DELETE FROM movement WHERE id = {BOOKED_IN_BANK} RETURNING format('its movement %s is not there', id)",
    ),
    (
        "payments_are_booked_once",
        f"DELETE FROM payment WHERE id = {IN_BANK} RETURNING format('payment %s isn''t there as made, and row', id)",
    ),
    (
        "exchanges_go_through_positions",
        f"UPDATE transfer SET purpose = 'exchange' WHERE id = {LAST_ENTRY}"
        " RETURNING format('movement %s:', movement_id)",
    ),
    (
        "payments_have_a_used_code",
        f"UPDATE payment SET challenge_id = NULL WHERE id = {IN_BANK}"
        " RETURNING format('payment %s of movement %s: its code isn''t there', id, movement_id)",
    ),
    (
        "payments_have_a_used_code",
        "UPDATE challenge SET authorised_at = NULL RETURNING 'its code was never typed'",
    ),
    (
        "payments_have_a_used_code",
        "UPDATE challenge SET authorised_by = 'app' RETURNING 'its code was bound to nothing'",
    ),
    (
        "payments_have_a_used_code",
        "UPDATE challenge SET consumed_at = NULL RETURNING 'its code wasn''t used'",
    ),
    (
        "payments_have_a_used_code",
        "UPDATE challenge SET expires_at = consumed_at RETURNING 'its code had expired'",
    ),
    (
        "payments_have_a_used_code",
        f"UPDATE payment SET kind = 'in-bank', challenge_id = (SELECT challenge_id FROM payment WHERE id = {IN_BANK})"
        f" WHERE kind = 'own' AND state = 'posted' RETURNING 'its code stands for another payment too'",
    ),
    (
        "payments_have_a_used_code",
        "UPDATE challenge SET digest = sha256('another payment') RETURNING 'its code was for other particulars'",
    ),
    (
        "payments_have_a_used_code",
        f"UPDATE payment SET fee_minor = fee_minor + 1 WHERE id = {IN_BANK}"
        " RETURNING 'its code was for other particulars'",
    ),
    (
        "signatures_fit_their_payments",
        "UPDATE challenge SET authorised_by = 'passkey' RETURNING 'what its passkey signed isn''t there'",
    ),
    (
        "signatures_fit_their_payments",
        f"{SIGNED_FOR_ANOTHER} RETURNING 'what its passkey signed authorised nothing'",
    ),
    (
        "signatures_fit_their_payments",
        f"WITH signed AS (UPDATE challenge SET authorised_by = 'passkey') {SIGNED_FOR_ANOTHER}"
        " RETURNING 'what its passkey signed isn''t what was asked'",
    ),
    (
        "nothing_is_booked_in_the_window",
        f"UPDATE movement SET booked_at = '2026-11-23 21:00+01' WHERE id = {BOOKED_IN_BANK}"
        " RETURNING format('movement %s was booked at 2026-11-23 21:00:00', id)",
    ),
    (
        "nothing_is_booked_behind_a_closed_gate",
        f"INSERT INTO gate_closing (closed_at, closed_by) SELECT booked_at, 'operator' FROM movement"
        f" WHERE id = {BOOKED_IN_BANK} RETURNING 'the gate was closed by the operator'",
    ),
    (
        "ids_were_given_out",
        f"UPDATE movement SET id = id + 1000 WHERE id = {BOOKED_IN_BANK} RETURNING format('movement %s: ids', id)",
    ),
    (
        "ids_were_given_out",
        f"UPDATE transfer SET id = -id WHERE id = {LAST_ENTRY} RETURNING format('transfer %s: ids', id)",
    ),
    (
        "messages_are_sent",
        "UPDATE outbox SET due_at = due_at - interval '16 minutes' WHERE id = (SELECT min(id) FROM outbox)"
        " RETURNING format('message %s (%s by %s)', id, template, channel)",
    ),
    (
        "messages_are_sent",
        "UPDATE outbox SET due_at = 'infinity', written_at = written_at - interval '29 hours'"
        " WHERE id = (SELECT max(id) FROM outbox) RETURNING format('message %s (%s by %s)', id, template, channel)",
    ),
    (
        "sms_stay_within_a_days_cap",
        "UPDATE challenge SET sms_at = sms_at || array_fill(sms_at[1], ARRAY[sms_most])"
        " RETURNING format('customer %s was sent 16 codes by SMS', customer_id)",
    ),
    (
        "spending_stays_within_limits",
        "UPDATE spending_day SET spent_minor = spent_minor - 1"
        " RETURNING format('customer %s on 2026-11-23: paid', customer_id)",
    ),
    (
        "spending_stays_within_limits",
        "DELETE FROM spending_day RETURNING format('customer %s on 2026-11-23: paid', customer_id)",
    ),
    (
        "five_failures_block",
        "INSERT INTO lockout (subject, failures) VALUES ('\\x00112233445566778899', 6)"
        " RETURNING 'subject 0011223344556677 failed 6 times'",
    ),
    *BREAKAGES_OF_INTEREST,
    *OF_ORDERS,
]


async def pay_besnik(bank: Bank, cast: Cast, phones: Phones, description: str = "") -> None:
    """Arta's payment to Besnik, with its code, as the pages make it."""
    typed = {
        "from_account": cast.arta.lek.iban,
        "to_iban": cast.besnik.lek.iban,
        "amount": "1500,00",
        "description": description,
    }
    payment_id = await prepare_payment(bank, KINDS["in-bank"], cast.arta.id, typed, ARTA)
    request = await request_code(bank, cast.arta.id, payment_id)
    challenge_id = await otp.issue(
        bank,
        purpose="payment",
        customer_id=cast.arta.id,
        mobile=request.mobile,
        text=request.text,
        digest=request.digest,
        subject=lockout.subject_id(bank, cast.arta.number),
    )
    await bind_code(bank, cast.arta.id, payment_id, challenge_id)
    code = re.findall(r"\b\d{8}\b", phones.sent[-1][1])[0]
    await otp.verify(bank, challenge_id, code, purpose="payment", customer_id=cast.arta.id, digest=request.digest)
    await make_payment(bank, cast.arta.id, payment_id, 1, ARTA, challenge_id=challenge_id)


async def set_aside(bank: Bank, cast: Cast) -> UUID:
    """Arta's draft of a payment between her own accounts, which needs no code."""
    typed = {"from_account": cast.arta.lek.iban, "to_account": cast.arta.second.iban, "amount": "20,00"}
    return await prepare_payment(bank, KINDS["own"], cast.arta.id, typed, ARTA)


@pytest.fixture
async def a_working_day(bank: Bank, cast: Cast, phones: Phones) -> None:
    """A payment to somebody else, one between one's own accounts, a draft that nobody confirmed, an order's night."""
    await give_order(bank, phones, cast.arta, cast.besnik.lek)
    await run_night(bank, MONDAY)
    await pay_besnik(bank, cast, phones)
    await make_payment(bank, cast.arta.id, await set_aside(bank, cast), 1, ARTA)
    await set_aside(bank, cast)


async def found(bank: Bank) -> dict[str, list[str]]:
    """What the checks find, by their names."""
    by_check: dict[str, list[str]] = {}
    async with bank.database.connection() as connection:
        for guilty in await check_books(connection):
            by_check.setdefault(guilty.check, []).append(guilty.what)
    return by_check


async def test_a_working_day_leaves_nothing_to_find(bank: Bank, a_working_day: None) -> None:
    assert await found(bank) == {}


async def test_a_code_fits_its_payment_whatever_is_written_in_it(bank: Bank, cast: Cast, phones: Phones) -> None:
    for description in ('Qira "nëntor" \\ 2026', "çmimi </b> & 'të tjera'", "€ \u1e9e 🏠 %s"):
        await pay_besnik(bank, cast, phones, description)
    assert await found(bank) == {}


async def test_of_a_table_full_of_lies_a_thousand_are_named(admin: Admin, bank: Bank, cast: Cast) -> None:
    await admin.execute(
        "INSERT INTO lockout (subject, failures) SELECT n::text::bytea, 6 FROM generate_series(1, 1001) n"
    )
    named = (await found(bank))["five_failures_block"]
    assert (len(named), named[-1]) == (MOST_NAMED + 1, "there are more")


async def test_what_came_past_the_schema_is_found_and_named(admin: Admin, a_working_day: None) -> None:
    await admin.execute("SET session_replication_role = replica")  # triggers are off
    await admin.execute(
        "ALTER TABLE account DROP CONSTRAINT balance_is_never_below_the_floor;"
        "ALTER TABLE payment DROP CONSTRAINT posted_payments_have_a_movement"
    )
    unseen = []
    for check, statement in BREAKAGES:
        breakage = admin.transaction()
        await breakage.start()
        called = await admin.fetchval(statement)
        guilty = await check_books(admin)
        await breakage.rollback()
        if not any(row.check == check and str(called) in row.what for row in guilty):
            unseen.append((check, called, guilty))
    assert unseen == []


def test_every_check_has_been_seen_to_find_something() -> None:
    assert {check for check, _ in BREAKAGES} == set(every_check())


async def test_money_that_moves_during_the_check_is_no_finding(bank: Bank, cast: Cast, phones: Phones) -> None:
    async def go_on() -> None:
        await pay_besnik(bank, cast, phones)
        for _ in range(20):
            await make_payment(bank, cast.arta.id, await set_aside(bank, cast), 1, ARTA)

    paying = asyncio.create_task(go_on())
    while not paying.done():
        assert await found(bank) == {}
    await paying


@pytest.mark.requirement("R30", "R34")
async def test_what_is_booked_at_the_edges_of_the_window_is_no_finding(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 23, 20, 59, 58, tzinfo=TIRANA))
    await pay_besnik(bank, cast, phones)
    await gate.close(bank.database, "night")
    await machine.travel_to(datetime(2026, 11, 24, 0, 0, tzinfo=TIRANA))
    await unfreeze(bank.database, "provë", Actor("operator:test"))
    await pay_besnik(bank, cast, phones)
    await admin.execute("UPDATE outbox SET sent_at = bank_clock()")  # nobody dispatches here, and hours went by
    assert await found(bank) == {}


@pytest.mark.requirement("R30", "R48")
async def test_what_was_booked_is_judged_by_the_window_of_its_time(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await pay_besnik(bank, cast, phones)
    await machine.wait(60)
    for _ in range(2):  # every start keeps it
        await gate.keep_window(bank.database, Window(time(9, 30), time(11)))
    assert await found(bank) == {}
    await machine.wait(60)
    await pay_besnik(bank, cast, phones)
    (what,) = (await found(bank))["nothing_is_booked_in_the_window"]
    assert "2026-11-23 10:02" in what
    assert "inside the window from 09:30:00 to 11:00:00" in what
    assert await admin.fetchval("SELECT count(*) FROM gate_window") == 2


async def test_what_is_given_up_or_tried_again_later_is_no_finding(
    bank: Bank, admin: Admin, machine: TimeMachine, a_working_day: None
) -> None:
    assert timedelta(hours=26) < timedelta(seconds=sum(AGAIN_AFTER_SECONDS)) < timedelta(hours=27)
    await admin.execute("UPDATE outbox SET due_at = bank_clock() + interval '24 hours' WHERE channel = 'sms'")
    await admin.execute("UPDATE outbox SET given_up_at = bank_clock() WHERE channel = 'email'")
    await machine.wait(24 * 3600 + 14 * 60)
    assert await found(bank) == {}
    await machine.wait(2 * 60)
    waiting = await admin.fetchval("SELECT count(*) FROM outbox WHERE channel = 'sms'")
    assert len((await found(bank)).get("messages_are_sent", [])) == waiting
