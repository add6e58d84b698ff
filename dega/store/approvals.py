"""Rows of what one operator asks for and another one decides."""

from dataclasses import dataclass
from datetime import datetime

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("approvals")


@dataclass(frozen=True, slots=True)
class Approval:
    """A request, with the customer whom it concerns (moments in UTC). `arguments` is sealed and empty once decided."""

    id: int
    customer_id: int
    number: str
    name: str
    action: str
    arguments: str
    shown: str
    seen: bytes
    requested_by: str
    reason: str
    requested_at: datetime
    expires_at: datetime
    decision: str | None
    decided_by: str | None
    is_expired: bool


async def request(
    connection: Connection,
    customer_id: int,
    action: str,
    arguments: str,
    shown: str,
    seen: bytes,
    requested_by: str,
    reason: str,
    hours: int,
) -> tuple[int, datetime]:
    """Keep a request for so many hours; its id, and when it expires (UTC)."""
    row = await connection.fetchrow(
        _sql.request, customer_id, action, arguments, shown, seen, requested_by, reason, hours
    )
    assert row is not None, "an INSERT returns its row"  # noqa: S101
    return row["id"], row["expires_at"]


async def lock(connection: Connection, approval_id: int) -> Approval | None:
    """The request, locked for this transaction."""
    row = await connection.fetchrow(_sql.lock, approval_id)
    return Approval(**row) if row else None


async def decide(connection: Connection, approval_id: int, decision: str, operator: str) -> None:
    """Keep the decision (`approved` or `declined`) and forget the arguments."""
    await connection.execute(_sql.decide, approval_id, decision, operator)


async def waiting(connection: Connection, customer_id: int | None, most: int) -> list[Approval]:
    """What waits for a second operator, the oldest first; of all customers where None is named."""
    return [Approval(**row) for row in await connection.fetch(_sql.waiting, customer_id, most)]
