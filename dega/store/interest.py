"""What accounts accrue, day by day and exactly, and what was settled of it."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("interest")

Side = Literal["credit", "debit"]
"""`credit`: the bank owes it to the customer; `debit`: the customer owes it to the bank."""


class RateRow(NamedTuple):
    """A rate by the first day on which it holds: parts of a million a year of so many days."""

    product: str
    side: Side
    currency: str
    first_day: date
    rate_ppm: int
    year: int


class DueRow(NamedTuple):
    """A period to settle, with its account. `accrued` in parts of a minor unit (`tariff.PARTS_OF_MINOR`)."""

    account_id: int
    first_day: date
    closed_on: date
    accrued: int
    iban: str
    currency: str
    holder: str


class SettledRow(NamedTuple):
    """What became of a period: settled where it has amounts, else closed and still due."""

    account_id: int
    side: Side
    first_day: date
    closed_on: date
    gross_minor: int | None = None
    tax_minor: int | None = None
    movement_id: int | None = None


async def rates(connection: Connection) -> tuple[list[RateRow], date | None]:
    """All rates that are kept, and the last day that accrued (None: there is none, or there are no rates)."""
    rows = await connection.fetch(_sql.rates)
    return [RateRow(*row[:6]) for row in rows], rows[0]["accrued_upto"] if rows else None


async def keep_rates(connection: Connection, wanted: Sequence[RateRow]) -> None:
    """Keep these rates, new or in the place of others. The schema refuses days whose interest has accrued."""
    await connection.execute(_sql.keep_rates, list(wanted))


async def first_to_accrue(connection: Connection, day: date) -> date:
    """The first of the days that accrue together with this one: itself, unless nights were left out before it."""
    first: date = await connection.fetchval(_sql.first_to_accrue, day)
    return first


async def accrue(connection: Connection, first: date, last: date, after: int, most: int) -> tuple[int, int | None]:
    """Accrue these days for the next accounts behind this id; how many accounts, and the last one's id."""
    row = await connection.fetchrow(_sql.accrue, first, last, after, most)
    assert row is not None, "an aggregate has its row"  # noqa: S101
    return row["done"], row["last_id"]


async def note_accrued(connection: Connection, day: date) -> None:
    """All accounts have accrued up to this day."""
    await connection.execute(_sql.note_accrued, day)


async def count_accounts(connection: Connection) -> int:
    """How many accounts accrue."""
    count: int = await connection.fetchval(_sql.count_accounts)
    return count


async def due(
    connection: Connection, side: Side, day: date, after: int, is_end: bool, most_accounts: int
) -> list[DueRow]:
    """The periods to settle of the next accounts behind this id, locked; with the open ones where a period ends."""
    rows = await connection.fetch(_sql.due, side, day, after, is_end, most_accounts)
    return [
        DueRow(account_id, first_day, closed_on, int(accrued), *whose)
        for account_id, first_day, closed_on, accrued, *whose in rows
    ]


async def count_due(connection: Connection, side: Side, day: date, is_end: bool) -> int:
    """How many periods there are to settle."""
    count: int = await connection.fetchval(_sql.count_due, side, day, is_end)
    return count


async def settle(connection: Connection, day: date, settled: Sequence[SettledRow]) -> None:
    """Keep what became of these periods on this day."""
    rows = [
        (row.account_id, row.side, row.first_day, None, None, row.closed_on, None, row.gross_minor, row.tax_minor,
         row.movement_id)
        for row in settled
    ]  # fmt: skip
    await connection.execute(_sql.settle, day, rows)


async def accrued_of(connection: Connection, account_id: int, side: Side) -> int:
    """What the account has accrued that isn't booked yet, in parts of a minor unit."""
    return int(await connection.fetchval(_sql.accrued_of, account_id, side))
