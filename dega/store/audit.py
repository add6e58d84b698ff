"""Rows of the audit trail."""

from dataclasses import dataclass
from datetime import datetime

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("audit")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to the subject, with what outcome; `data` is JSON."""

    at: datetime
    actor: str
    action: str
    outcome: str
    data: str


async def write(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    outcome: str,
    request_id: str,
    address_prefix: str,
    data: str,
) -> None:
    """Keep one row; `data` is JSON without secrets."""
    await connection.execute(_sql.write, actor, action, subject, outcome, request_id, address_prefix, data)


async def latest(connection: Connection, subject: str, most: int) -> list[AuditRow]:
    """What was done lately to the subject, newest first."""
    return [AuditRow(**row) for row in await connection.fetch(_sql.latest, subject, most)]
