"""The monthly fees that accounts owe, and those that were booked."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("fees")


class OwedRow(NamedTuple):
    """A fee that is owed for the month that ended on `month_end`, with its account; minor units."""

    account_id: int
    month_end: date
    amount_minor: int
    iban: str
    currency: str
    holder: str


async def owe(
    connection: Connection, month_end: date, after: int, most: int, fees: Sequence[tuple[str, str, int]]
) -> tuple[int, int | None]:
    """Let the next accounts behind this id owe the month, by the fees of each product and currency, in minor units.

    How many accounts were looked at, and the last one's id. An account owes a month once.
    """
    products, currencies, amounts = map(list, zip(*fees, strict=True)) if fees else ([], [], [])
    row = await connection.fetchrow(_sql.owe, month_end, after, most, products, currencies, amounts)
    assert row is not None, "an aggregate has its row"  # noqa: S101
    return row["done"], row["last_id"]


async def owed(connection: Connection, after: int, upto: int | None, most_accounts: int) -> list[OwedRow]:
    """What is owed by the accounts behind one id up to another (None: by the next ones that owe anything), locked."""
    return [OwedRow(*row) for row in await connection.fetch(_sql.owed, after, upto, most_accounts)]


async def count_owed(connection: Connection) -> int:
    """How many accounts owe a fee of an earlier month."""
    count: int = await connection.fetchval(_sql.count_owed)
    return count


async def settle(connection: Connection, day: date, booked: Sequence[tuple[int, date, int]]) -> None:
    """These fees (account, end of the month, movement) were booked on this day."""
    columns = map(list, zip(*booked, strict=True)) if booked else ([], [], [])
    await connection.execute(_sql.settle, day, *columns)
