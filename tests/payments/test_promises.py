"""Made after midnight: promised during the daily update under a code of its own, made once when the gate opens."""

import asyncio
import re
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from cast import Admin, Cast, Person, balance, told
from conftest import Phones
from paying import ACTOR, confirm, make_payment, prepare, prepare_own
from paying import send_code as send_payment_code

from dega.access import lockout, otp, staff
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import (
    CodeExpired,
    LimitPayment,
    NotFound,
    PayeeHeld,
    PaymentCancelled,
    PaymentChanged,
    PromiseNotNeeded,
    SignInNeeded,
    UserBlocked,
)
from dega.ledger import gate
from dega.ledger.books import check_books
from dega.night.status import unfreeze
from dega.payments.asking import ask_about_promise
from dega.payments.cancel import cancel_payment
from dega.payments.confirm import bind_code
from dega.payments.payment import find_payment
from dega.payments.promises import due_day, keep_promises, promise_digest, promise_payment, promised_for

BAR = "INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), 'customer')"
EVENING = datetime(2026, 11, 23, 22, 0, tzinfo=TIRANA)
MIDNIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=TIRANA)


@pytest.fixture
async def draft(bank: Bank, cast: Cast, machine: TimeMachine) -> UUID:
    """Arta's payment to Besnik, which she couldn't confirm before nine; now it is ten and the gate is closed."""
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(EVENING)
    await gate.close(bank.database, "night")
    return payment_id


async def authorise(bank: Bank, phones: Phones, payer: Person, payment_id: UUID) -> UUID:
    """Ask for the code of the promise and give it: its challenge."""
    payment = await find_payment(bank, payer.id, payment_id)
    wanted = await ask_about_promise(bank, payment)
    challenge = await otp.issue(
        bank, purpose="payment", customer_id=payer.id, mobile=wanted.mobile, text=wanted.text, digest=wanted.digest,
        subject=lockout.subject_id(bank, payer.number),
    )  # fmt: skip
    await bind_code(bank, payer.id, payment_id, challenge)
    code = re.findall(r"\b\d{8}\b", phones.sent[-1][1])[0]
    digest = promise_digest(payment, due_day(bank))
    await otp.verify(bank, challenge, code, purpose="payment", customer_id=payer.id, digest=digest)
    return challenge


async def promise(bank: Bank, phones: Phones, payer: Person, payment_id: UUID) -> None:
    challenge = await authorise(bank, phones, payer, payment_id)
    await promise_payment(bank, payer.id, payment_id, 1, ACTOR, challenge_id=challenge)


async def open_gate(bank: Bank, machine: TimeMachine) -> None:
    await machine.travel_to(MIDNIGHT)
    await unfreeze(bank.database, "provë", ACTOR)


async def states(admin: Admin) -> list[tuple[str, str]]:
    return [tuple(row) for row in await admin.fetch("SELECT state, refusal FROM promise")]


@pytest.mark.requirement("R33")
async def test_a_promised_payment_is_made_once_after_midnight_under_the_limits_of_the_new_day(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    assert await promised_for(bank, await find_payment(bank, cast.arta.id, draft)) == date(2026, 11, 24)
    assert await keep_promises(bank) == 0
    await open_gate(bank, machine)
    assert sorted(await asyncio.gather(keep_promises(bank), keep_promises(bank)))[-1] >= 1
    assert await keep_promises(bank) == 0
    made = (await find_payment(bank, cast.arta.id, draft)).made
    assert made is not None
    assert made.booked_at >= MIDNIGHT
    assert await balance(admin, cast.arta.lek) == 9_875_000
    spent = await admin.fetchrow("SELECT day, spent_minor FROM spending_day")
    assert tuple(spent) == (date(2026, 11, 24), 125_000)
    assert await states(admin) == [("kept", "")]
    await admin.execute("UPDATE outbox SET sent_at = bank_clock()")  # nobody dispatches here, and hours went by
    assert await check_books(admin) == []


async def test_the_sms_says_that_it_is_for_after_midnight(bank: Bank, cast: Cast, phones: Phones, draft: UUID) -> None:
    await authorise(bank, phones, cast.arta, draft)
    text = phones.sent[-1][1]
    assert text.startswith("DEGA PAS MESNATES: kodi ")
    assert "per 1.250,00 ALL te BESNIK H" in text
    assert "me 24.11.2026" in text
    assert len(text) <= 160


async def test_between_own_accounts_a_promise_needs_no_code(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    payment_id = await prepare_own(bank, cast.arta)
    await machine.travel_to(EVENING)
    await promise_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    await promise_payment(bank, cast.arta.id, payment_id, 1, ACTOR)
    await machine.travel_to(MIDNIGHT)
    assert await keep_promises(bank) == 1
    assert await balance(admin, cast.arta.second) == 510_000
    assert phones.sent == []


@pytest.mark.refusal("promise_not_needed")
async def test_outside_the_window_nothing_is_promised(bank: Bank, cast: Cast) -> None:
    payment_id = await prepare_own(bank, cast.arta)
    with pytest.raises(PromiseNotNeeded):
        await promise_payment(bank, cast.arta.id, payment_id, 1, ACTOR)


@pytest.mark.refusal("payment_changed", "code_expired", "user_blocked", "sign_in_needed", "payment_cancelled")
async def test_a_promise_asks_for_all_that_a_payment_asks_for(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    async def give(epoch: int = 1, challenge: UUID | None = None, customer: int = cast.arta.id) -> None:
        await promise_payment(bank, customer, draft, epoch, ACTOR, challenge_id=challenge)

    with pytest.raises(PaymentChanged):
        await give()
    with pytest.raises(NotFound):
        await give(customer=cast.genti.id)
    challenge = await authorise(bank, phones, cast.arta, draft)
    with pytest.raises(SignInNeeded):
        await give(99, challenge)
    await admin.execute(BAR, cast.arta.id)
    with pytest.raises(UserBlocked):
        await give(1, challenge)
    await admin.execute("UPDATE bar SET lifted_at = bank_clock()")
    await machine.wait(bank.config.codes.payment_seconds)
    with pytest.raises(CodeExpired):
        await give(1, challenge)
    await cancel_payment(bank, cast.arta.id, draft, ACTOR)
    with pytest.raises(PaymentCancelled):
        await give(1, challenge)
    assert await states(admin) == []


async def test_the_code_of_a_payment_is_none_for_its_promise_nor_the_other_way_round(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    await send_payment_code(bank, phones.sent, cast.arta, payment_id)
    paying = (await find_payment(bank, cast.arta.id, payment_id)).challenge_id
    await admin.execute(
        "UPDATE challenge SET authorised_at = bank_clock(), authorised_by = 'sms' WHERE id = $1", paying
    )
    await machine.travel_to(EVENING)
    with pytest.raises(PaymentChanged):
        await promise_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=paying)
    promising = await authorise(bank, phones, cast.arta, payment_id)
    await machine.travel_to(MIDNIGHT)
    with pytest.raises(PaymentChanged):
        await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=promising)
    assert await balance(admin, cast.arta.lek) == 10_000_000


@pytest.mark.refusal("payee_held", "limit_payment")
async def test_a_promise_is_under_the_limits_and_the_hold(
    bank: Bank, office: Bank, admin: Admin, cast: Cast, phones: Phones, draft: UUID
) -> None:
    await staff.set_mobile(office, cast.arta.number, "069 511 2233", operator="elona", reason="came to the branch")
    challenge = await authorise(bank, phones, cast.arta, draft)
    with pytest.raises(PayeeHeld):
        await promise_payment(bank, cast.arta.id, draft, 2, ACTOR, challenge_id=challenge)
    await admin.execute("SET session_replication_role = replica; UPDATE payment SET amount_minor = 50000001")
    challenge = await authorise(bank, phones, cast.arta, draft)
    with pytest.raises(LimitPayment):
        await promise_payment(bank, cast.arta.id, draft, 2, ACTOR, challenge_id=challenge)


@pytest.mark.refusal("insufficient_funds", "limit_day")
@pytest.mark.parametrize("why", ["insufficient_funds", "limit_day", "user_blocked"])
async def test_a_promise_that_cannot_be_kept_leaves_the_draft_and_is_told_with_its_reason(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID, why: str
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await admin.execute({
        "insufficient_funds": f"UPDATE account SET floor_minor = balance_minor WHERE id = {cast.arta.lek.id}",
        "limit_day": "INSERT INTO spending_day (customer_id, day, currency, spent_minor, limit_minor)"
        f" VALUES ({cast.arta.id}, '2026-11-24', 'ALL', 99900000, 100000000)",
        "user_blocked": BAR.replace("$1", str(cast.arta.id)),
    }[why])  # fmt: skip
    await open_gate(bank, machine)
    assert await keep_promises(bank) == 1
    assert await states(admin) == [("refused", why)]
    assert (await find_payment(bank, cast.arta.id, draft)).state == "draft"
    assert [about for _, _, about in await told(bank, admin)] == ["promise_refused"] * 2
    named = await admin.fetch("SELECT data->>'payee' FROM outbox")
    assert [row[0] for row in named] == ["Besnik H***"] * 2  # nothing was paid: the IBAN tells no name
    assert await promised_for(bank, await find_payment(bank, cast.arta.id, draft)) is None


async def test_a_cancelled_payment_takes_its_promise_along_and_nobody_is_told(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await cancel_payment(bank, cast.arta.id, draft, ACTOR)
    await open_gate(bank, machine)
    await keep_promises(bank)
    assert await states(admin) == [("refused", "payment_cancelled")]
    assert await told(bank, admin) == []
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_while_the_gate_stays_closed_after_midnight_a_promise_waits(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await machine.travel_to(MIDNIGHT)
    assert await keep_promises(bank) == 0
    assert await states(admin) == [("waiting", "")]
    await unfreeze(bank.database, "provë", ACTOR)
    assert await keep_promises(bank) == 1


async def test_who_confirms_by_hand_after_midnight_pays_once(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await open_gate(bank, machine)
    await confirm(bank, cast.arta, draft, await send_payment_code(bank, phones.sent, cast.arta, draft))
    await admin.execute("DELETE FROM outbox")
    await keep_promises(bank)
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await states(admin) == [("kept", "")]
    assert await told(bank, admin) == []


async def test_who_asks_for_a_code_by_hand_and_gives_up_is_told_that_nothing_was_paid(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await open_gate(bank, machine)
    await send_payment_code(bank, phones.sent, cast.arta, draft)
    assert await keep_promises(bank) == 0
    assert await states(admin) == [("waiting", "")]
    await admin.execute("DELETE FROM outbox")
    await machine.travel_to(MIDNIGHT + timedelta(seconds=bank.config.codes.payment_seconds + 60))
    assert await keep_promises(bank) == 1
    assert await states(admin) == [("refused", "payment_changed")]
    assert [about for _, _, about in await told(bank, admin)] == ["promise_refused"] * 2
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_while_a_code_by_hand_is_good_the_ledger_is_not_asked_for_the_promise(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await open_gate(bank, machine)
    code = await send_payment_code(bank, phones.sent, cast.arta, draft)
    kept, _ = await asyncio.gather(keep_promises(bank), confirm(bank, cast.arta, draft, code))
    assert kept in (0, 1)
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE outcome = 'payment_changed'") == 0


async def test_a_process_that_died_between_the_booking_and_its_note_is_gone_on_with(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine, draft: UUID
) -> None:
    await promise(bank, phones, cast.arta, draft)
    await open_gate(bank, machine)
    await keep_promises(bank)
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("UPDATE promise SET state = 'waiting', decided_at = NULL")
    assert await keep_promises(bank) == 1
    assert await balance(admin, cast.arta.lek) == 9_875_000
