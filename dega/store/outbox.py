"""Rows of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from dega.sealing import Fields
from dega.store import sealed
from dega.store.database import NO_TIMEOUT, Connection
from dega.store.queries import queries

_sql = queries("outbox")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to be told; `data` is JSON for the template. The recipient is sealed until it is told."""

    id: int
    channel: str
    recipient: str
    template: str
    language: str
    data: str
    attempts: int

    def reveal(self, fields: Fields) -> str:
        """The phone or mailbox. Raises NotSealedHere."""
        return sealed.reveal_recipient(fields, self.id, self.recipient)


async def put(
    connection: Connection, fields: Fields, channel: str, recipient: str, template: str, language: str, data: str
) -> int:
    """Add one row, due at once; its id."""
    row_id: int = await connection.fetchval(_sql.next_row)
    kept = sealed.seal_recipient(fields, row_id, recipient)
    await connection.execute(_sql.put, row_id, channel, kept, template, language, data)
    return row_id


async def mark_sent(connection: Connection, row_ids: Sequence[int]) -> dict[int, bool]:
    """The gateways took these. One statement, kept when it answers: as a COMMIT it has no time-out."""
    await connection.execute(_sql.mark_sent, row_ids, timeout=NO_TIMEOUT)
    return dict.fromkeys(row_ids, True)


async def mark_failed(connection: Connection, row_id: int, error: str, again_in_seconds: float | None) -> None:
    """The gateway refused it; None gives it up."""
    await connection.execute(_sql.mark_failed, row_id, error, again_in_seconds)
