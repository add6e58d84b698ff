"""What the night asks the database: who leads, how the gate stands, what is to be told, what may be forgotten."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dega.errors import PartAway
from dega.store import ledger
from dega.store.database import AWAY, Connection
from dega.store.outbox import Waiting
from dega.store.queries import queries

_sql = queries("night")

_LIMITS = {
    "application_name": "dega night",
    "timezone": "UTC",
    "statement_timeout": "3000",
    # A leader that stopped without dying, or whose machine is gone, makes room for another one.
    "idle_session_timeout": "120000",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


class Watch:
    """One connection of the night's own: it looks at the gate, and holds the lead for as long as it lives."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self.is_leader = False

    async def look(self) -> ledger.GateRow:
        """The gate as it stands; takes the lead where nobody has it. Raises PartAway: then the lead is lost."""
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self._dsn, timeout=5, command_timeout=5, server_settings=_LIMITS
                )
            if not self.is_leader:
                self.is_leader = await self._connection.fetchval(_sql.take_the_lead)
            return await ledger.gate(self._connection)
        except BaseException as error:
            self.close()
            if isinstance(error, AWAY):
                raise PartAway() from error
            raise

    def close(self) -> None:
        """Give the lead back."""
        self.is_leader = False
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


@dataclass(frozen=True, slots=True)
class Closing:
    """One time that the gate was closed (UTC); `opened_at` is None while it lasts.

    `in_flight` transactions with postings were waited for, `drained_ms` milliseconds long.
    """

    closed_at: datetime
    closed_by: str
    opened_at: datetime | None
    in_flight: int | None
    drained_ms: int | None


async def last_closings(connection: Connection, most: int) -> list[Closing]:
    """The last closings of the gate, newest first."""
    return [Closing(*row) for row in await connection.fetch(_sql.last_closings, most)]


async def take_due(connection: Connection, channel: str, most: int, lease_seconds: float) -> list[Waiting]:
    """The next things to tell by `channel`, each taken by one dispatcher until its lease ends."""
    rows = await connection.fetch(_sql.take_due, channel, most, lease_seconds)
    return sorted((Waiting(**row) for row in rows), key=lambda waiting: waiting.id)


async def forget_strangers(connection: Connection) -> int:
    """Forget failures against numbers that nobody has, thirty days later; how many."""
    forgotten: int = await connection.fetchval(_sql.forget_strangers)
    return forgotten
