"""Rows of promises: payments that were confirmed during the daily update."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("promises")


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise that waits for its day. `challenge_id` is the code that it was given by, if it needed one."""

    payment_id: UUID
    due_on: date
    challenge_id: UUID | None
    customer_id: int


async def keep(connection: Connection, payment_id: UUID, due_on: date, challenge_id: UUID | None) -> None:
    """Keep a promise for that day."""
    await connection.execute(_sql.keep, payment_id, due_on, challenge_id)


async def waiting_for(connection: Connection, payment_id: UUID) -> date | None:
    """The day for which a payment is promised; None where no promise of it waits."""
    day: date | None = await connection.fetchval(_sql.waiting_for, payment_id)
    return day


async def days(connection: Connection, payment_id: UUID) -> list[date]:
    """All days for which a payment was promised."""
    return [row["due_on"] for row in await connection.fetch(_sql.days, payment_id)]


async def waiting(connection: Connection, day: date) -> list[Promise]:
    """Promises whose day has come."""
    return [Promise(**row) for row in await connection.fetch(_sql.waiting, day)]


async def decide(connection: Connection, payment_id: UUID, due_on: date, refusal: str) -> bool:
    """Keep what became of a promise: refused with that code, or kept where it is ""; False where that is known."""
    return str(await connection.execute(_sql.decide, payment_id, due_on, refusal)) == "UPDATE 1"
