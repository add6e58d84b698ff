"""Rows of the outbox."""

from dataclasses import dataclass

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("outbox")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to be told; `data` is JSON for the template."""

    id: int
    channel: str
    recipient: str
    template: str
    language: str
    data: str
    attempts: int


async def put(connection: Connection, channel: str, recipient: str, template: str, language: str, data: str) -> None:
    """Add one row, due at once."""
    await connection.execute(_sql.put, channel, recipient, template, language, data)


async def mark_sent(connection: Connection, row_id: int) -> None:
    """The gateway took it."""
    await connection.execute(_sql.mark_sent, row_id)


async def mark_failed(connection: Connection, row_id: int, error: str, again_in_seconds: float | None) -> None:
    """The gateway refused it; None gives it up."""
    await connection.execute(_sql.mark_failed, row_id, error, again_in_seconds)
