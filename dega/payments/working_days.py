"""Which days are working days: Monday to Friday."""

from datetime import date, timedelta

from dega.store.database import Connection

_SATURDAY = 5


async def is_working_day(_connection: Connection, day: date) -> bool:
    """Whether the bank's branches work on that day."""
    return day.weekday() < _SATURDAY


async def working_day_on_or_after(connection: Connection, day: date) -> date:
    """That day, or the first working day after it."""
    while not await is_working_day(connection, day):
        day += timedelta(days=1)
    return day


async def working_day_on_or_before(connection: Connection, day: date) -> date:
    """That day, or the last working day before it."""
    while not await is_working_day(connection, day):
        day -= timedelta(days=1)
    return day
