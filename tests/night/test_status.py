"""What operators see of the gate, and their hand on it."""

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
from cast import Admin, Cast, fund
from night.nights import Process, gate, tirana

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import Config
from dega.errors import BankClosed, UpdateWindow
from dega.night.status import NightStatus, freeze, status, unfreeze
from dega.store import end_of_day as notes
from dega.store.database import Database

OPERATOR = Actor("operator:blerta")


@pytest.fixture
async def staff(config: Config, bank: Bank) -> AsyncIterator[Database]:
    """The database as the commands of staff reach it."""
    database = await Database.open(config.database.staff_dsn, config.database)
    yield database
    await database.close()


async def see(database: Database) -> NightStatus:
    async with database.connection() as connection:
        return await status(connection)


async def test_a_gate_that_was_never_moved_is_open_since_ever(staff: Database, machine: TimeMachine) -> None:
    await machine.travel_to(tirana("2026-11-23 10:00"))
    seen = await see(staff)
    assert (seen.state, seen.closed_by, seen.since, seen.closings) == ("open", None, None, [])
    assert (seen.in_window, seen.next_change_at) == (False, tirana("2026-11-23 21:00"))


async def test_at_night_it_says_since_when_by_whom_and_until_when(
    staff: Database, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await process.turn()
    seen = await see(staff)
    assert (seen.state, seen.closed_by, seen.in_window) == ("closed", "night", True)
    assert seen.next_change_at == tirana("2026-11-24 00:00")
    (closing,) = seen.closings
    assert (seen.since, closing.opened_at) == (closing.closed_at, None)


async def test_an_operator_stops_financial_operations_and_lets_them_go_on(
    bank: Bank, cast: Cast, staff: Database, process: Process
) -> None:
    assert await freeze(staff, "a fault in the clearing", OPERATOR) is True
    assert (await see(staff)).reason == "a fault in the clearing"
    assert await process.turn() is True
    with pytest.raises(BankClosed):
        await fund(bank, cast.arta.lek, 100)
    assert await unfreeze(staff, "mended", OPERATOR) is True
    assert await process.turn() is False
    await fund(bank, cast.arta.lek, 100)


async def test_the_hand_of_an_operator_is_in_the_audit_trail(admin: Admin, staff: Database) -> None:
    await freeze(staff, "a fault in the clearing", OPERATOR)
    await unfreeze(staff, "mended", OPERATOR)
    rows = await admin.fetch("SELECT actor, action, data FROM audit WHERE subject = 'gate' ORDER BY id")
    assert [(row["actor"], row["action"], json.loads(row["data"])["reason"]) for row in rows] == [
        ("operator:blerta", "gate.freeze", "a fault in the clearing"),
        ("operator:blerta", "gate.unfreeze", "mended"),
    ]


async def test_freezing_twice_or_opening_an_open_gate_changes_nothing(admin: Admin, staff: Database) -> None:
    assert await unfreeze(staff, "by mistake", OPERATOR) is False
    assert await freeze(staff, "first", OPERATOR) is True
    since = (await see(staff)).since
    assert await freeze(staff, "second", Actor("operator:dritan")) is False
    seen = await see(staff)
    assert (seen.reason, seen.since) == ("first", since)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE subject = 'gate'") == 1


async def test_opening_inside_the_window_books_nothing_and_the_night_closes_again(
    bank: Bank, cast: Cast, admin: Admin, staff: Database, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 22:00"))
    await freeze(staff, "a fault in the clearing", OPERATOR)
    await unfreeze(staff, "mended", OPERATOR)
    with pytest.raises(UpdateWindow):
        await fund(bank, cast.arta.lek, 100)
    await process.turn()
    assert await gate(admin) == ("closed", "night")


async def test_the_night_that_is_seen_is_the_one_that_money_waits_for(
    bank: Bank, staff: Database, machine: TimeMachine, process: Process
) -> None:
    """A later day that an operator passed over hides no stage that has failed."""
    await machine.travel_to(tirana("2026-11-23 20:00"))
    await process.turn()
    async with bank.database.transaction() as connection:
        await notes.begin_night(connection, date(2026, 11, 23))
        await notes.begin_stage(connection, date(2026, 11, 23), "statements")
        await notes.note_failure(connection, date(2026, 11, 23), "statements", "no paper")
    await machine.travel_to(tirana("2026-11-24 21:30"))
    await freeze(staff, "the books are looked at", OPERATOR)
    await unfreeze(staff, "they can wait", OPERATOR)
    seen = await see(staff)
    assert [day.day for day in seen.days_due] == [23, 24]
    assert (seen.night, [stage.error for stage in seen.stages]) == (date(2026, 11, 23), ["no paper"])
