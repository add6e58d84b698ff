"""What is reported of a day, and the reports that were made."""

from dataclasses import dataclass
from datetime import date, datetime

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("reports")

Rows = list[dict[str, object]]
"""Lines of a report; amounts in minor units of their currency."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report that was made (UTC); `data` is JSON."""

    name: str
    data: str
    made_at: datetime


async def trial_balance(connection: Connection, day: date) -> Rows:
    """What all accounts had when the day ended: the bank's one by one, customers' by product."""
    return [dict(row) for row in await connection.fetch(_sql.trial_balance, day)]


async def turnover(connection: Connection, day: date) -> Rows:
    """What was booked with that value date, by kind, purpose and currency."""
    return [dict(row) for row in await connection.fetch(_sql.turnover, day)]


async def rejected(connection: Connection, begins_at: datetime, ends_at: datetime) -> Rows:
    """Payments that were refused between these instants, by reason, kind and currency."""
    return [dict(row) for row in await connection.fetch(_sql.rejected, begins_at, ends_at)]


async def waiting(connection: Connection) -> Rows:
    """Credits from outside that couldn't be booked so far, by reason and currency."""
    return [dict(row) for row in await connection.fetch(_sql.waiting)]


async def keep(connection: Connection, day: date, name: str, data: str) -> None:
    """Keep a report of the day; the one that is there stays."""
    await connection.execute(_sql.keep, day, name, data)


async def find(connection: Connection, day: date) -> list[ReportRow]:
    """The reports of the day."""
    return [ReportRow(*row) for row in await connection.fetch(_sql.find, day)]
