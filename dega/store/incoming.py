"""Rows of credits from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("incoming")


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit that came (UTC, minor units), what became of it, and the account with its holder where there is one."""

    id: int
    key: str
    deed_key: UUID
    iban: str
    currency: str
    amount_minor: int
    payer_name: str
    payer_iban: str | None
    description: str
    received_at: datetime
    refused: str
    movement_id: int | None
    returned_at: datetime | None
    account_id: int | None
    product: str | None
    payee_name: str | None


async def keep(
    connection: Connection,
    key: str,
    deed_key: UUID,
    iban: str,
    currency: str,
    amount_minor: int,
    payer_name: str,
    payer_iban: str | None,
    description: str,
) -> bool:
    """Keep a credit that came; False where its key came before."""
    kept = await connection.fetchval(
        _sql.keep, key, deed_key, iban, currency, amount_minor, payer_name, payer_iban, description
    )
    return kept is not None


async def find(connection: Connection, key: str) -> CreditRow | None:
    """The credit with this key."""
    row = await connection.fetchrow(_sql.find, key)
    return CreditRow(*row) if row else None


async def waiting(connection: Connection, after: int, most: int) -> list[CreditRow]:
    """Credits behind this id that are neither booked nor sent back."""
    return [CreditRow(*row) for row in await connection.fetch(_sql.waiting, after, most)]


async def late(connection: Connection, most: int) -> list[CreditRow]:
    """Credits that only the hour kept waiting."""
    return [CreditRow(*row) for row in await connection.fetch(_sql.late, most)]


async def lock_waiting(connection: Connection, after: int, most: int) -> list[CreditRow]:
    """The same, and nobody else settles them until this transaction ends."""
    return [CreditRow(*row) for row in await connection.fetch(_sql.lock_waiting, after, most)]


async def count_waiting(connection: Connection) -> int:
    """How many are neither booked nor sent back."""
    count: int = await connection.fetchval(_sql.count_waiting)
    return count


async def settle(connection: Connection, outcomes: Sequence[tuple[int, int | None, str]]) -> None:
    """Keep what became of credits: id, movement (None: none), code of the refusal ('' for none)."""
    await connection.execute(_sql.settle, *(map(list, zip(*outcomes, strict=True)) if outcomes else ([], [], [])))


async def send_back(connection: Connection, key: str) -> bool:
    """Mark a credit that couldn't be booked as sent back; False where it is none of those."""
    return str(await connection.execute(_sql.send_back, key)) == "UPDATE 1"
