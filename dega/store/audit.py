"""Rows of the audit trail."""

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("audit")


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
