"""Until when people are answered: the law counts working days, and a weekend or a holiday isn't one."""

from collections.abc import Collection
from datetime import date, timedelta

from dega.bank import Bank
from dega.clock import local_day
from dega.store.database import Connection

FRIDAY = 5

NO_HOLIDAYS: frozenset[date] = frozenset()
"""The bank keeps no calendar of holidays here: it answers a little sooner than it must."""


def deadline(day: date, working_days: int, holidays: Collection[date]) -> date:
    """The last of so many working days after `day`, which doesn't count itself; with none of them, that day."""
    while working_days > 0:
        day += timedelta(days=1)
        if day.isoweekday() <= FRIDAY and day not in holidays:
            working_days -= 1
    return day


async def last_day(_connection: Connection, bank: Bank, working_days: int) -> date:
    """The last of so many working days after today, in Tirana."""
    return deadline(local_day(bank.clock.now()), working_days, NO_HOLIDAYS)


def days_for(bank: Bank, kind: str) -> int:
    """In how many working days a letter of this kind is answered."""
    settings = bank.config.inbox
    return settings.complaint_days if kind == "complaint" else settings.message_days
