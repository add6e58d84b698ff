"""What is done besides the gate, once a day or again and again: one line a job. Each can be repeated without harm."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from dega.bank import Bank
from dega.clock import TIRANA
from dega.contact.reminders import remind_staff
from dega.store import devices, factors, night


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is due every day at `at` on Tirana's wall clock, and answers how many things it did."""

    name: str
    at: time
    run: Callable[[Bank], Awaitable[int]]

    def due_on(self, day: date) -> datetime:
        """When it is due on that day."""
        return datetime.combine(day, self.at, TIRANA)


@dataclass(frozen=True, slots=True)
class Round:
    """`run` is done every so many seconds, whatever the clock shows, and answers how many things it did."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[int]]


async def _forget_strangers(bank: Bank) -> int:
    async with bank.database.transaction() as connection:
        return await night.forget_strangers(connection)


async def _forget_devices(bank: Bank) -> int:
    async with bank.database.transaction() as connection:
        return await devices.forget(connection)


async def _remove_factors(bank: Bank) -> int:
    async with bank.database.transaction() as connection:
        return await factors.let_leave(connection)


TIMETABLE = (
    Job("forget strangers", time(4, 30), _forget_strangers),
    Job("forget browsers", time(4, 35), _forget_devices),
    Job("remove factors that have left", time(4, 40), _remove_factors),
)
"""Not between 02:00 and 03:00, the hour that is missing or comes twice when the clocks change."""


def timetable(bank: Bank) -> tuple[Job, ...]:
    """The same, with what needs more of the bank than its database."""
    return (*TIMETABLE, Job("remind staff of letters", time(8, 0), lambda _: remind_staff(bank)))
