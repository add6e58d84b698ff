"""The bank's calendar: on which days Albania works. Days are Tirana's.

A year whose holidays weren't imported has its Saturdays and Sundays only (`dega calendar import YEAR`); the night warns
of that in December.
"""

from collections.abc import Mapping
from datetime import date

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("calendar")


async def is_working_day(connection: Connection, day: date) -> bool:
    """Whether it is neither a Saturday nor a Sunday nor a holiday."""
    answer: bool = await connection.fetchval(_sql.is_working_day, day)
    return answer


async def working_day_on_or_after(connection: Connection, day: date) -> date:
    """The day itself where it is a working day, else the next one. LookupError where a whole year has none."""
    return _there(await connection.fetchval(_sql.working_days_from, day, 0), day)


async def working_day_on_or_before(connection: Connection, day: date) -> date:
    """The day itself where it is a working day, else the last one before. LookupError where a whole year has none."""
    return _there(await connection.fetchval(_sql.working_day_upto, day), day)


async def working_day_after(connection: Connection, day: date, count: int) -> date:
    """The working day that is `count` (1 or more) working days after `day`; from Friday, 1 is Monday. ValueError for
    fewer than one, LookupError where a whole year has none."""
    if count < 1:
        raise ValueError("count working days from one on")
    return _there(
        await connection.fetchval(_sql.working_days_from, date.fromordinal(day.toordinal() + 1), count - 1), day
    )


def _there(found: date | None, day: date) -> date:
    if found is None:
        raise LookupError(f"the calendar has no working day in the year around {day}")
    return found


async def holidays(connection: Connection, year: int) -> dict[date, str]:
    """The holidays of the year by day, in their order; empty where it wasn't imported."""
    return {row["day"]: row["name"] for row in await connection.fetch(_sql.holidays, year)}


async def keep(connection: Connection, days: Mapping[date, str]) -> int:
    """Keep these days as holidays, beside those that are there; how many are new."""
    return len(await connection.fetch(_sql.keep, list(days), list(days.values())))


async def remove(connection: Connection, day: date) -> str | None:
    """Make a holiday a day like others; its name, or None where it was none."""
    name: str | None = await connection.fetchval(_sql.remove, day)
    return name


async def remove_year(connection: Connection, year: int) -> None:
    """Forget the holidays of the year."""
    await connection.execute(_sql.remove_year, year)
