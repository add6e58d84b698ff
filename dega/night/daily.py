"""The last stages of a night: what is reported of the day to those who keep the books, and which day comes next."""

import logging
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import msgspec

from dega.bank import Bank
from dega.ledger.closing import Piece
from dega.store import calendar, reports
from dega.store.database import Connection

log = logging.getLogger(__name__)

DECEMBER = 12
"""The month by whose beginning the holidays of the next year are to be there."""

Report = Callable[[Bank, Connection, date], Awaitable[object]]


async def _trial_balance(_bank: Bank, connection: Connection, day: date) -> object:
    return await reports.trial_balance(connection, day)


async def _turnover(_bank: Bank, connection: Connection, day: date) -> object:
    return await reports.turnover(connection, day)


async def _rejected(bank: Bank, connection: Connection, day: date) -> object:
    """From closing to closing: so it is the same whenever the night of the day is made."""
    window = bank.config.window.window
    begins_at, ends_at = window.on(day - timedelta(days=1))[0], window.on(day)[0]
    return await reports.rejected(connection, begins_at, ends_at) + await reports.waiting(connection)


REPORTS: tuple[tuple[str, Report], ...] = (
    ("trial balance", _trial_balance),
    ("turnover", _turnover),
    ("rejected", _rejected),
)


async def make_reports(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """A piece of the night: one report of the day; `after` counts those that are made. It stays as it was first."""
    name, report = REPORTS[after]
    await _keep(connection, day, name, await report(bank, connection, day))
    return Piece(1, after + 1 if after + 1 < len(REPORTS) else None)


async def count_reports(_connection: Connection, _day: date) -> int:
    """How many reports a day has."""
    return len(REPORTS)


async def note_next_business_day(_bank: Bank, connection: Connection, day: date, _after: int) -> Piece:
    """A piece of the night, its only one: note which working day comes after this day.

    From December on it warns where the next year's holidays aren't there: what falls due then would be due on them.
    """
    warning = ""
    if day.month == DECEMBER and not await calendar.holidays(connection, day.year + 1):
        warning = f"the holidays of {day.year + 1} are missing: dega calendar import {day.year + 1}"
        log.error("the calendar of the next year is missing", extra={"year": day.year + 1})
    following = await calendar.working_day_after(connection, day, 1)
    await _keep(connection, day, "next business day", [{"next": following, "warning": warning}])
    return Piece(1, None)


async def _keep(connection: Connection, day: date, name: str, data: object) -> None:
    await reports.keep(connection, day, name, msgspec.json.encode(data).decode())
