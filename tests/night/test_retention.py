"""What the night forgets and what it keeps: nothing that is young, nothing that proves a payment, in pieces."""

import asyncio
from dataclasses import replace
from datetime import date

import asyncpg
import ordering
import pytest
from cast import Admin, Cast
from conftest import Phones
from paying import ACTOR, confirm, prepare, send_code

from dega.access import otp
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.ledger.books import check_books
from dega.ledger.closing import Piece
from dega.night import retention
from dega.night.retention import IN_TURN, forget
from dega.payments.prepare_order import cancel_order

DAY = date(2026, 11, 23)
A_DAY = 86400
KEPT = {
    "drafts": ("payment", "state <> 'posted'"),
    "order_drafts": ("standing_order", "made_at IS NULL"),
    "codes": ("challenge", "true"),
    "notices": ("outbox", "true"),
    "messages": ("message", "true"),
    "sign_ins": ("sign_in", "true"),
    "faults": ("fault_case", "true"),
}


async def night(bank: Bank) -> dict[str, int]:
    """All pieces; how many rows of each were forgotten."""
    forgotten = dict.fromkeys(IN_TURN, 0)
    after: int | None = 0
    while after is not None:
        turn = IN_TURN[after]
        async with bank.database.transaction() as connection:
            done, after = await forget(bank, connection, DAY, after)
        forgotten[turn] += done
    return {what: count for what, count in forgotten.items() if count}


async def live(bank: Bank, cast: Cast, admin: Admin, phones: Phones) -> None:
    """Payments and orders, made or not; a login's code, notices, messages, tries to log in, a fault."""
    paid, draft = await prepare(bank, cast.arta, cast.besnik.lek), await prepare(bank, cast.arta, cast.besnik.lek)
    await confirm(bank, cast.arta, paid, await send_code(bank, phones.sent, cast.arta, paid))
    await send_code(bank, phones.sent, cast.arta, draft)
    await ordering.prepare_own(bank, cast.arta)
    await cancel_order(bank, cast.arta.id, await ordering.prepare_own(bank, cast.arta), ACTOR)
    await ordering.give_own(bank, cast.arta)
    await otp.issue(
        bank, purpose="login", customer_id=cast.arta.id, mobile=cast.arta.mobile or "", text=str, digest=b"",
        subject=b"x",
    )  # fmt: skip
    await admin.execute("UPDATE outbox SET sent_at = written_at")
    await admin.execute(
        "INSERT INTO message (reference, kind, name, customer_id, text, language, received_at, due_on, closed_at,"
        "                     closed_by)"
        " SELECT state, 'message', 'A', $1, 'a', 'sq', at, current_date,"
        "        CASE state WHEN 'closed' THEN at END, CASE state WHEN 'closed' THEN 'vera' END"
        "   FROM unnest(ARRAY['received', 'answered', 'closed']) AS state, bank_clock() AS at",
        cast.arta.id,
    )
    await admin.execute(
        "INSERT INTO reply (message_id, operator, text, said_at)"
        " SELECT id, 'vera', 'Po.', received_at FROM message WHERE reference = 'answered'"
    )
    await admin.execute(
        "INSERT INTO sign_in (customer_id, at, succeeded, address_prefix, browser)"
        " VALUES ($1, bank_clock(), true, '', '')",
        cast.arta.id,
    )
    await admin.execute("INSERT INTO fault_case VALUES ('K1', bank_clock(), '/', '', '', '')")


# How many days later each night is, and what it forgets beside what the nights before did: codes are looked for in the
# month before their days are over, so the nights come often enough.
NIGHTS = [
    (1, {}),
    (29, {"drafts": 1, "order_drafts": 2}),
    (30, {}),
    (31, {"codes": 2, "notices": 2}),
    (280, {"faults": 1}),
    (40, {"sign_ins": 1}),
    (1500, {"messages": 2}),
    (5000, {}),
]


async def test_each_thing_is_forgotten_after_its_days_and_proofs_never_are(
    bank: Bank, cast: Cast, admin: Admin, phones: Phones, machine: TimeMachine
) -> None:
    await live(bank, cast, admin, phones)
    for days, forgotten in NIGHTS:
        await machine.wait(days * A_DAY)
        assert await night(bank) == forgotten, days
    assert await admin.fetchval("SELECT count(*) FROM challenge WHERE consumed_at IS NOT NULL") == 1
    assert await admin.fetchval("SELECT reference FROM message") == "received"
    assert await check_books(admin) == []


async def test_the_night_forgets_in_pieces_and_two_at_once_forget_no_more(
    bank: Bank, admin: Admin, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    await admin.execute(
        "INSERT INTO fault_case SELECT 'K' || n, bank_clock(), '/', '', '', '' FROM generate_series(1, 35) AS n"
    )
    await machine.wait(400 * A_DAY)
    async with bank.database.transaction() as connection:
        assert await forget(bank, connection, DAY, IN_TURN.index("faults")) == Piece(10, IN_TURN.index("faults"))
    done = await asyncio.gather(night(bank), night(bank))
    assert sum(each.get("faults", 0) for each in done) == 25


async def test_a_piece_that_dies_forgets_nothing(bank: Bank, admin: Admin, machine: TimeMachine) -> None:
    await admin.execute("INSERT INTO fault_case VALUES ('K1', bank_clock(), '/', '', '', '')")
    await machine.wait(400 * A_DAY)
    with pytest.raises(RuntimeError):
        await _piece_that_dies(bank)
    assert await night(bank) == {"faults": 1}


async def _piece_that_dies(bank: Bank) -> None:
    async with bank.database.transaction() as connection:
        await forget(bank, connection, DAY, IN_TURN.index("faults"))
        raise RuntimeError("before it commits")


async def test_what_nobody_told_yet_stays(
    bank: Bank, cast: Cast, admin: Admin, phones: Phones, machine: TimeMachine
) -> None:
    await live(bank, cast, admin, phones)
    await admin.execute("UPDATE outbox SET sent_at = NULL")
    await machine.wait(100 * A_DAY)
    assert "notices" not in await night(bank)


@pytest.mark.parametrize("what", IN_TURN)
async def test_the_web_process_can_not_have_anything_young_forgotten(
    bank: Bank, cast: Cast, admin: Admin, phones: Phones, what: str
) -> None:
    await live(bank, cast, admin, phones)
    table, where = KEPT[what]
    before = await admin.fetchval(f"SELECT count(*) FROM {table} WHERE {where}")
    async with bank.database.transaction() as connection:
        assert await connection.fetchval(f"SELECT forget_{what}(-1000, 1000000)") == 0
    assert await admin.fetchval(f"SELECT count(*) FROM {table} WHERE {where}") == before > 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with bank.database.transaction() as connection:
            await connection.execute(f"DELETE FROM {table}")


def test_every_days_of_the_configuration_is_of_something(bank: Bank) -> None:
    for name in bank.config.retention.__dataclass_fields__:
        settings = replace(bank.config.retention, **{name: 7777})
        assert 7777 in [retention.days_of(settings, what) for what in IN_TURN], name
    assert retention.days_of(replace(bank.config.retention, faults_days=77), "faults") == 77
