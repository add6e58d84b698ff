"""Time deposits, a row for each term of each."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("deposits")


class DepositRow(NamedTuple):
    """One term of a deposit, with its account; amounts in minor units. The last four are there once it has ended."""

    account_id: int
    first_day: date
    months: int
    matures_on: date
    principal_minor: int
    rate_ppm: int
    year: int
    pays_to_id: int
    renewal: str
    iban: str
    currency: str
    holder: str
    pays_to_iban: str
    outcome: str | None
    ended_on: date | None
    gross_minor: int | None
    tax_minor: int | None


async def begin(
    connection: Connection,
    account_id: int,
    first_day: date,
    months: int,
    matures_on: date,
    principal_minor: int,
    rate_ppm: int,
    year: int,
    pays_to_id: int,
    renewal: str,
) -> None:
    """Begin a term; one runs at a time."""
    await connection.execute(
        _sql.begin, account_id, first_day, months, matures_on, principal_minor, rate_ppm, year, pays_to_id, renewal
    )


async def latest_of(connection: Connection, customer_id: int, iban: str) -> DepositRow | None:
    """The customer's deposit with this IBAN: the term that runs, or the one that ended last."""
    row = await connection.fetchrow(_sql.latest_of, customer_id, iban)
    return DepositRow(*row) if row else None


async def running_of(connection: Connection, customer_id: int, iban: str) -> DepositRow | None:
    """The customer's deposit with this IBAN, if its term runs; locked."""
    row = await connection.fetchrow(_sql.running_of, customer_id, iban)
    return DepositRow(*row) if row else None


async def maturing(connection: Connection, day: date, after: int, most: int) -> list[DepositRow]:
    """The next deposits behind this account whose day came by then, locked."""
    return [DepositRow(*row) for row in await connection.fetch(_sql.maturing, day, after, most)]


async def count_maturing(connection: Connection, day: date) -> int:
    """How many deposits there are whose day came by then."""
    count: int = await connection.fetchval(_sql.count_maturing, day)
    return count


async def finish(connection: Connection, day: date, ended: Sequence[tuple[int, str, int, int]]) -> None:
    """End the running terms of these accounts: how, with which interest and tax."""
    columns = map(list, zip(*ended, strict=True)) if ended else ([], [], [], [])
    await connection.execute(_sql.finish, day, *columns)


async def set_renewal(connection: Connection, account_id: int, renewal: str) -> None:
    """What becomes of the deposit when it matures."""
    await connection.execute(_sql.set_renewal, account_id, renewal)


async def is_paid_to(connection: Connection, account_id: int) -> bool:
    """Whether a deposit is paid out to this account."""
    found: bool = await connection.fetchval(_sql.is_paid_to, account_id)
    return found
