"""Rows of statements of account."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dega.sealing import Fields, NotSealedHere
from dega.store import sealed
from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("statements")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement: its account, its period (Tirana days, both included), behind which entry it begins and with which it
    ends, and minor units of the account's currency."""

    id: int
    iban: str
    currency: str
    period: str
    first_day: date
    last_day: date
    seq_after: int
    seq_upto: int
    opening_minor: int
    paid_in_minor: int
    paid_out_minor: int
    closing_minor: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told of a statement."""

    id: int
    name: str
    mobile: str | None
    email: str | None
    language: str


async def customers_after(connection: Connection, after: int, most: int) -> list[int]:
    """The next customers who have accounts, behind this id."""
    return [row["customer_id"] for row in await connection.fetch(_sql.customers_after, after, most)]


async def make(
    connection: Connection,
    customers: Sequence[int],
    period: str,
    first_day: date,
    last_day: date,
    begins_at: datetime,
    ends_at: datetime,
) -> list[int]:
    """Make the statements that these customers' accounts lack; the customer of each.

    The instants are those at which the first day begins and the last one ends.
    """
    rows = await connection.fetch(_sql.make, customers, period, first_day, last_day, begins_at, ends_at)
    return [row["customer_id"] for row in rows]


async def count_accounts(connection: Connection) -> int:
    """How many accounts of customers aren't closed."""
    count: int = await connection.fetchval(_sql.count_accounts)
    return count


async def readers(connection: Connection, fields: Fields, customers: Sequence[int]) -> list[Reader]:
    """These customers, as they are told of something; one whose row can't be read is left out, and the log says so."""
    found = []
    for row in await connection.fetch(_sql.readers, customers):
        try:
            found.append(Reader(**{**row, **sealed.reveal_contact(fields, row["id"], row)}))
        except NotSealedHere as error:
            log.error("a customer can't be told of a statement", extra={"customer": row["id"], "why": str(error)})
    return found


async def of_account(connection: Connection, customer_id: int, iban: str, most: int) -> list[StatementRow]:
    """The statements of the customer's account, newest first."""
    return [StatementRow(*row) for row in await connection.fetch(_sql.of_account, customer_id, iban, most)]


async def find(connection: Connection, customer_id: int, statement_id: int) -> StatementRow | None:
    """The customer's statement; somebody else's is not found."""
    row = await connection.fetchrow(_sql.find, customer_id, statement_id)
    return StatementRow(*row) if row else None
