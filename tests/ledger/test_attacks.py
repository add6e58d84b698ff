"""The web process turned against the books: what it may write, written so that the books would lie.

What the schema refuses, it refuses to everybody. What it could refuse only at a price that every posting would pay, the
checks of the books find. And of some things the process's word is all there is, since only it knows better:

==============================================  =============================================================
a balance without entries, entries without it   refused: the triggers of `entry` and `account` look at both
entries or transfers added to what is booked    refused: one statement writes a movement (`xmin`, `cmin`)
tables of its own in place of the bank's        refused: functions say whose tables they mean
a payment with another's movement, or undone    refused: the triggers of `payment`
a code, a spent amount, a closing undone        refused: rows that are used up never come back
a movement without transfers, a transfer        found: entries have no index by transfer, which would cost
without entries, other times in its parts       postings a seventh
ids that no sequence gave out                   found: `ids_were_given_out`
a posting in the window, behind the gate        found: `nothing_is_booked_…`
a payment without its code, its movement        found: `payments_have_a_used_code`, `payments_are_booked_once`
spending that is more than what was paid        found: `spending_stays_within_limits`
a notice that is late, put off for ever         found: `messages_are_sent`
more codes by SMS than may leave in a day       found: `sms_stay_within_a_days_cap`
that a code was typed, a notice sent, the       its word
night's deeds by night, the time of a booking,
what the bank itself books
==============================================  =============================================================
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from cast import Admin, Cast
from test_books import IN_BANK, a_working_day, found

from dega.bank import Bank
from dega.embedded.supervisor import Servers

__all__ = ["a_working_day"]

CHANGES = "(VALUES ({lek}, -{minor}), ({other}, {minor})) AS change (account_id, minor)"

PARTS = {
    "movement": "INSERT INTO movement VALUES ({movement}, {key}, '{kind}', {at}, now(), false, '', NULL, '', NULL, '')",
    "transfer": "INSERT INTO transfer VALUES ({transfer}, {movement}, 'payment', {lek}, {second}, 'ALL', {minor})",
    "entries": "INSERT INTO entry SELECT id, {seq}, {transfer}, change.minor, {before} + change.minor,"
    f" {{entered_at}} FROM account JOIN {CHANGES} ON account_id = id",
    "balances": "UPDATE account SET balance_minor = {before} + change.minor, last_seq = {seq}"
    f" FROM {CHANGES} WHERE account_id = id",
}

WHOLE = tuple(PARTS)
NEW_IDS = "SELECT nextval('movement_id'), nextval('transfer_id');"


def statement(*parts: str, **other: object) -> str:
    """These parts of a booking in one statement; right, but for what is `other`. Accounts' places are left open."""
    facts: dict[str, object] = {
        "movement": "currval('movement_id')",
        "transfer": "currval('transfer_id')",
        "key": "gen_random_uuid()",
        "kind": "test",
        "at": "timestamptz '2026-11-23 11:00+01'",
        "minor": 100,
        "seq": "last_seq + 1",
        "before": "balance_minor",
        "lek": "{lek}",
        "second": "{second}",
        "other": "{second}",
        **other,
    }
    facts.setdefault("entered_at", facts["at"])
    *first, last = [PARTS[part].format(**facts) for part in parts]
    before = ", ".join(f"part_{place} AS ({each})" for place, each in enumerate(first))
    return f"WITH {before} {last}" if first else last


def booking(*parts: str, **other: object) -> str:
    """The same with ids of its own."""
    return NEW_IDS + statement(*(parts or WHOLE), **other)


LAST = "(SELECT max(id) FROM transfer)"
DRAFT = "(SELECT id FROM payment WHERE state = 'draft' LIMIT 1)"
PAID = f"(SELECT challenge_id FROM payment WHERE id = {IN_BANK})"

# What is tried, and what the schema says to it.
REFUSED = {
    "entries of a transfer that was booked before": (
        booking("entries", "balances", transfer=LAST),
        "are not its two sides",
    ),
    "entries twice for one transfer": (
        f"BEGIN; {booking()}; {statement('entries', 'balances')}",
        "are not its two sides",
    ),
    "a transfer after its movement": (
        f"BEGIN; {booking('movement')}; {statement('transfer', 'entries', 'balances')}",
        "isn't written with its movement",
    ),
    "entries after their transfer": (
        f"BEGIN; {booking('movement', 'transfer')}; {statement('entries', 'balances')}",
        "are not its two sides",
    ),
    "a transfer of a movement that was booked before": (
        booking("transfer", "entries", "balances", movement="(SELECT max(id) FROM movement)"),
        "isn't written with its movement",
    ),
    "a transfer of no movement": (booking("transfer", "entries", "balances"), "isn't written with its movement"),
    "entries after a gap": (booking(seq="last_seq + 2"), "is not what its entries say"),
    "entries with another balance before": (booking(before="balance_minor + 7"), "is not what its entries say"),
    "entries that no balance follows": (booking("movement", "transfer", "entries"), "and in the balances"),
    "entries that one balance doesn't follow": (
        f"{booking()} AND id = {{lek}}",
        "and in the balances",
    ),
    "entries of an account that the transfer doesn't name": (booking(other="{euro}"), "are not its two sides"),
    "an account that isn't there": (
        booking(second=999999, other=999999),
        "are not its two sides",
    ),
    "two currencies": (booking(second="{euro}", other="{euro}"), "in its currency"),
    "more than an account has": (booking(minor=900000000000), "balance_is_never_below_the_floor"),
    "less than nothing": (booking(minor=-100).replace("--", "+"), "transfer_amount_is_positive"),
    "a table `entry` of its own": (
        "CREATE TEMP TABLE entry (account_id bigint, seq bigint, balance_after_minor bigint);"
        "INSERT INTO pg_temp.entry VALUES ({lek}, 99, 1000000);"
        "UPDATE public.account SET balance_minor = 1000000, last_seq = 99 WHERE id = {lek}",
        "is not what its entries say",
    ),
    "a table `account` of its own": (
        "CREATE TEMP TABLE account AS SELECT id, 'ALL' AS currency, balance_minor, last_seq FROM account;"
        + booking(second="{euro}", other="{euro}").replace("UPDATE account", "UPDATE public.account"),
        "in its currency",
    ),
    "a deed a second time": (
        booking(key="(SELECT max(deed_key::text)::uuid FROM movement)"),
        "a_deed_is_booked_once",
    ),
    "a payment that another's movement made": (
        "UPDATE payment SET state = 'posted', decided_at = now(), movement_id = 1 WHERE state = 'draft'",
        "was not made by the movement that it names",
    ),
    "a payment that no movement made": (
        "UPDATE payment SET state = 'posted', decided_at = now(), movement_id = -1 WHERE state = 'draft'",
        "was not made by the movement that it names",
    ),
    "a payment that gives its movement away": (
        f"UPDATE payment SET movement_id = movement_id + 1 WHERE id = {IN_BANK}",
        "never comes back",
    ),
    "a payment that wasn't made after all": (
        f"UPDATE payment SET state = 'draft', movement_id = NULL, decided_at = NULL WHERE id = {IN_BANK}",
        "never comes back",
    ),
    "a payment with another code": (f"UPDATE payment SET challenge_id = NULL WHERE id = {IN_BANK}", "never comes back"),
    "a code that wasn't used after all": (
        f"UPDATE challenge SET consumed_at = NULL WHERE id = {PAID}",
        "never comes back",
    ),
    "a used code that lives on": (
        f"UPDATE challenge SET expires_at = 'infinity' WHERE id = {PAID}",
        "never comes back",
    ),
    "less spent than it was": ("UPDATE spending_day SET spent_minor = spent_minor - 1", "never comes back"),
    "spending below nothing": (
        "INSERT INTO spending_day SELECT 1, '2026-11-25', 'ALL', -100, 100",
        "spending_is_counted_up",
    ),
    "a closing with another end": (
        "INSERT INTO gate_closing (closed_at, closed_by, opened_at) VALUES (now(), 'night', now());"
        "UPDATE gate_closing SET opened_at = closed_at",
        "never comes back",
    ),
}

# What is tried and isn't refused, which check finds it, and a part of what that says.
FOUND = {
    "a movement of nothing": (booking("movement"), "movements_are_whole", "has no transfer"),
    "a transfer of nothing": (booking("movement", "transfer"), "transfers_have_two_sides", "0 entries that sum to"),
    "parts at other times": (
        booking(entered_at="now() - interval '1 day'"),
        "movements_are_whole",
        "was booked at",
    ),
    "ids of its own": (
        booking(movement=1000000),
        "ids_were_given_out",
        "movement 1000000: ids have been given out up to",
    ),
    "a booking in the window": (
        booking(at="timestamptz '2026-11-23 22:00+01'"),
        "nothing_is_booked_in_the_window",
        "at 2026-11-23 22:00:00, inside the window from 21:00:00 to 00:00:00",
    ),
    "a booking behind the closed gate": (
        "INSERT INTO gate_closing (closed_at, closed_by) VALUES (now() - interval '1 hour', 'night');" + booking(),
        "nothing_is_booked_behind_a_closed_gate",
        "the gate was closed by the night",
    ),
    "a payment that moves nothing": (
        booking("movement", key=DRAFT) + f"; UPDATE payment SET state = 'posted', decided_at = now(),"
        f" movement_id = currval('movement_id') WHERE id = {DRAFT}",
        "payments_are_booked_once",
        "of other particulars",
    ),
    "more spent than was paid": (
        "UPDATE spending_day SET spent_minor = spent_minor + 1",
        "spending_stays_within_limits",
        "paid 150000 ALL, counted 150001",
    ),
    "a notice that is late": (
        "UPDATE outbox SET due_at = due_at - interval '1 hour'",
        "messages_are_sent",
        "neither sent nor given up",
    ),
    "more codes by SMS than may leave": (
        "UPDATE challenge SET sms_most = 0 WHERE consumed_at IS NULL; INSERT INTO challenge (id, purpose, customer_id,"
        " digest, issued_at, expires_at, sms_at, sms_most) SELECT gen_random_uuid(), 'login', 1, 'd', now(), now(),"
        " ARRAY[now()], 3 FROM generate_series(1, 4)",
        "sms_stay_within_a_days_cap",
        "of at most 3",
    ),
    "half an exchange": (
        booking().replace("'payment'", "'exchange'"),
        "exchanges_go_through_positions",
        "isn't one transfer into a position",
    ),
}


@pytest.fixture
async def app(servers: Servers, database_name: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection as the web process has it."""
    connection = await asyncpg.connect(servers.postgres_dsn("dega_app", database_name))
    yield connection
    await connection.close()


def against(cast: Cast, attack: str) -> str:
    return attack.format(lek=cast.arta.lek.id, second=cast.arta.second.id, euro=cast.arta.euro.id)


async def test_a_booking_as_it_should_be_is_taken_and_leaves_nothing_to_find(
    app: Admin, bank: Bank, cast: Cast, a_working_day: None
) -> None:
    await app.execute(against(cast, booking()))
    assert await found(bank) == {}


async def test_what_would_make_the_books_lie_is_refused(
    app: Admin, bank: Bank, cast: Cast, a_working_day: None
) -> None:
    let_through = []
    for attack, (statements, answer) in REFUSED.items():
        said = "nothing"
        try:
            await app.execute(against(cast, statements))
        except asyncpg.PostgresError as error:
            said = str(error)
        if answer not in said:
            let_through.append((attack, said))
        await app.execute("ROLLBACK")
        await app.execute("DISCARD TEMP")
    assert let_through == []
    assert await found(bank) == {}


@pytest.mark.parametrize("attack", FOUND)
async def test_what_is_not_refused_is_found(
    app: Admin, bank: Bank, cast: Cast, a_working_day: None, attack: str
) -> None:
    statements, check, what = FOUND[attack]
    await app.execute(against(cast, statements))
    guilty = await found(bank)
    assert any(what in sentence for sentence in guilty[check]), guilty
