"""PostgreSQL: one pool for postings and one for everything else, so that neither starves the other."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg

from dega.config import Database as Settings
from dega.errors import Busy, PartAway
from dega.keyring import Keyring

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

Record = asyncpg.Record
"""One row of an answer."""

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked between the server's last words and the end of the line
)
"""What is raised when PostgreSQL doesn't answer: for a read, nothing happened; for a commit, the outcome is unknown."""

STILL_HELD = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)
"""What is raised when somebody else's lock isn't given back in time."""

CONSTRAINT_BROKEN = asyncpg.IntegrityConstraintViolationError
"""What the schema itself refused."""

NO_TIMEOUT = 86400
"""Seconds: asyncpg takes None for its default."""

SILENT_SECONDS = 15
"""A line to PostgreSQL on which its system confirms nothing for so long is dead, though nobody said so."""

_LIMITS = {
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",
    "statement_timeout": "3000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
}


_LOOKING_UP = {
    "plan_cache_mode": "force_generic_plan",
    **dict.fromkeys(("enable_seqscan", "enable_material", "enable_hashjoin", "enable_mergejoin"), "off"),
    "jit": "off",
}
"""A posting looks rows up by their keys, one after the other. A plan is made once and kept: without
this, one made while a table was empty would read all of it later. Before PostgreSQL 18 a table that can only be read
whole, as the gate's one row, costs so much then that each time its plan would be compiled first."""


def name_with(rings: Iterable[Keyring]) -> str:
    """What a process calls itself that closes things with the current keys of these: `dega (pepper 0a1b2c3d)`."""
    return f"dega ({', '.join(f'{ring.purpose} {ring.kid}' for ring in rings)})"


class _Watched(asyncpg.Connection):
    """A connection that breaks when its line is dead: nothing else ends a COMMIT, which is never given up by us.

    The systems at both ends ask each other; a PostgreSQL that only takes its time, for its standby say, is left to it.
    """

    def __init__(self, protocol: Any, transport: asyncio.Transport, *more: Any) -> None:
        super().__init__(protocol, transport, *more)
        _notice_silence(transport.get_extra_info("socket"))


def _notice_silence(line: socket.socket) -> None:
    if line.family == socket.AF_UNIX:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    asks = {"TCP_KEEPIDLE": SILENT_SECONDS // 3, "TCP_KEEPINTVL": SILENT_SECONDS // 3, "TCP_KEEPCNT": 2}
    for name, value in {**asks, "TCP_USER_TIMEOUT": SILENT_SECONDS * 1000}.items():
        if hasattr(socket, name):  # elsewhere than on Linux the system's own patience has to do
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _keep(_connection: object) -> None:
    """Connections go back as they are: the code sets nothing that outlives a transaction."""


class Connections:
    """A pool, and those of its connections that came back whole: they are lent again as they are.

    To give one back to the pool, and take it again, costs more than a statement. Once there are as many as the pool may
    have, they stay for as long as they are whole.
    """

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._idle: list[Connection] = []
        self._asking = 0
        self._is_closing = False

    async def take(self) -> "Connection":
        """A connection, the one used last if it is free. Raises PartAway where there is none within five seconds."""
        while self._idle:
            if _is_whole(connection := self._idle.pop()):
                return connection
        self._asking += 1
        try:
            return await self._pool.acquire(timeout=5)
        except AWAY as error:
            raise PartAway() from error
        finally:
            self._asking -= 1

    async def give_back(self, connection: "Connection", *, failed: bool) -> None:
        """It isn't needed any more. After a failure, or for somebody who waits, it goes through the pool."""
        if failed or self._asking or self._is_closing or not _is_whole(connection):
            await self._pool.release(cast(Any, connection))
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """End all of them, waiting a few seconds for those in use."""
        self._is_closing = True
        try:
            async with asyncio.timeout(5):
                while self._idle:
                    await self._pool.release(cast(Any, self._idle.pop()))
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


class _Loan(AbstractAsyncContextManager["Connection"]):
    """One of them, for as long as a block runs."""

    __slots__ = ("_connection", "_connections")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> "Connection":
        self._connection = await self._connections.take()
        return self._connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        await self._connections.give_back(self._connection, failed=error is not None)


class _Reading(_Loan):
    """The same, and what PostgreSQL can't answer is a refusal."""

    __slots__ = ()

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await super().__aexit__(kind, error, trace)
        if isinstance(error, AWAY):
            raise PartAway() from error
        if isinstance(error, STILL_HELD):
            raise Busy() from error


def _is_whole(connection: "Connection") -> bool:
    """Whether it is open, and nothing begun on it."""
    try:
        return not connection.is_closed() and not connection.is_in_transaction()
    except asyncpg.InterfaceError:  # the pool has taken a broken one back
        return False


class Database:
    """The two pools. `PartAway` is raised where PostgreSQL doesn't answer; nothing was done then."""

    def __init__(self, general: Connections, postings: Connections) -> None:
        self._general = general
        self._postings = postings

    @classmethod
    async def open(cls, dsn: str, settings: Settings, name: str = "dega") -> "Database":
        """Connect as the role of `dsn`; raises OSError or a PostgreSQL error where that can't be.

        `name` is what PostgreSQL shows of the connections.
        """
        limits = {**_LIMITS, "application_name": name}
        general = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=settings.reading_connections,
            server_settings=limits,
            statement_cache_size=300,
            command_timeout=10,
            timeout=5,
            reset=_keep,
            connection_class=_Watched,
        )
        postings = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=settings.posting_connections,
            server_settings={**limits, **_LOOKING_UP},
            timeout=5,
            reset=_keep,
            connection_class=_Watched,
        )
        return cls(Connections(general), Connections(postings))

    async def close(self) -> None:
        """Give all connections back, waiting a few seconds for those in use."""
        for connections in (self._general, self._postings):
            await connections.close()

    def connection(self) -> "AbstractAsyncContextManager[Connection]":
        """A connection for reading. Raises PartAway where PostgreSQL goes away, Busy where a lock isn't to be had."""
        return _Reading(self._general)

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Connection]":
        """One transaction: everything written in it is kept together, or nothing of it.

        Its COMMIT has no time-out: given up by us, it could still be kept, or be kept here and lost by a standby.
        """
        async with self.connection() as connection:
            await connection.execute("BEGIN")
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT", timeout=NO_TIMEOUT)

    def posting(self) -> "AbstractAsyncContextManager[Connection]":
        """A connection of the pool that is kept for postings."""
        return _Loan(self._postings)
