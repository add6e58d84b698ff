"""A stand-in for PostgreSQL under a simulation: transactions at READ COMMITTED, locks, constraints, and every way in
which a connection ends.

What it does as PostgreSQL does: a statement sees what was committed when it began and what its own transaction wrote;
locks are held until the transaction ends and waited for two seconds; a unique key waits for whoever has just written
it; a row that was waited for is read anew; COMMIT is all or nothing; a connection that is lost is noticed by the server
later than by the client, sometimes much later, and only then its transaction is rolled back and its locks are free.
A request can arrive, a COMMIT too, after its client was told that the connection is gone.

What it leaves out: SQL, types and plans; deadlock detection (whoever waits in a circle runs into the two seconds);
time-outs of statements and of idle transactions; standbys and failover; savepoints; the sealing of fields.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
Key = tuple[Any, ...]
Row = dict[str, Any]

LOCK_TIMEOUT = 2.0
NOTICED_AFTER = 6.0
"""Seconds after which the server has noticed at the latest that a client is gone."""

LOST: tuple[Callable[[], Exception], ...] = (
    lambda: ConnectionResetError("reset by peer"),
    lambda: asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    lambda: asyncpg.InterfaceError("cannot perform operation: connection is closed"),
)
"""What a client hears of a connection that is lost."""


class Lock:
    """One lock with its shared and its exclusive side; whoever came first is served first."""

    def __init__(self) -> None:
        self.holders: dict[Session, bool] = {}
        self.queue: deque[tuple[Session, bool, asyncio.Future[None]]] = deque()

    def is_free_for(self, exclusive: bool) -> bool:
        return not self.holders or (not exclusive and not any(self.holders.values()))

    async def take(self, session: "Session", exclusive: bool, seconds: float) -> None:
        if session in self.holders:
            return
        if not self.queue and self.is_free_for(exclusive):
            self.holders[session] = exclusive
            return
        granted = asyncio.get_running_loop().create_future()
        self.queue.append((session, exclusive, granted))
        try:
            await asyncio.wait_for(granted, seconds)
        except TimeoutError:
            self.leave(session)
            raise asyncpg.LockNotAvailableError("canceling statement due to lock timeout") from None

    def leave(self, session: "Session") -> None:
        self.holders.pop(session, None)
        self.queue = deque(waiting for waiting in self.queue if waiting[0] is not session)
        while self.queue and self.is_free_for(self.queue[0][1]):
            waiting, exclusive, granted = self.queue.popleft()
            if not granted.done():
                self.holders[waiting] = exclusive
                granted.set_result(None)


@dataclass
class Weather:
    """How things go wrong: the chance that a connection is lost during a statement, and how long anything takes."""

    chance: random.Random
    loss: float
    slowness: float

    def delay(self) -> float:
        return self.chance.expovariate(1 / self.slowness)

    def loses(self, *, at_commit: bool) -> str:
        """What is lost with the connection: the request, its answer, or ("late") nothing, and the client can't know.

        COMMIT is where it matters, so there it happens more often.
        """
        lost = self.chance.random() < self.loss * (6 if at_commit else 1)
        return self.chance.choice(("request", "answer", "late")) if lost else ""


@dataclass
class Server:
    """The database: what is committed, who holds which lock, and the bank's clock."""

    weather: Weather
    start: datetime
    rows: dict[Key, Row] = field(default_factory=dict)
    locks: dict[Key, Lock] = field(default_factory=dict)
    committed_at: dict[Key, float] = field(default_factory=dict)
    sequence: int = 0
    moved_by: timedelta = timedelta(0)
    is_up: bool = True
    sessions: dict["Session", None] = field(default_factory=dict)
    watchers: list[Callable[[dict[Key, Row]], None]] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.start + self.moved_by + timedelta(seconds=asyncio.get_running_loop().time())

    def next(self) -> int:
        self.sequence += 1
        return self.sequence

    def crash(self) -> None:
        """As by kill -9: who isn't committed is rolled back, and nobody is told."""
        self.is_up = False
        for session in list(self.sessions):
            session.client_is_gone = True
            session.end()

    def recover(self) -> None:
        self.is_up = True


class Session:
    """A server process: one connection's transaction."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.writes: dict[Key, Row] = {}
        self.locks: dict[Key, Lock] = {}
        self.is_broken = self.has_ended = self.client_is_gone = False
        self.task: asyncio.Task[None] | None = None
        server.sessions[self] = None

    def read(self, key: Key) -> Row | None:
        return self.writes.get(key) or self.server.rows.get(key)

    def find(self, table: str) -> Iterator[Row]:
        """All rows of a table."""
        mine = {key: row for key, row in self.writes.items() if key[0] == table}
        yield from (mine.pop(key, row) for key, row in list(self.server.rows.items()) if key[0] == table)
        yield from mine.values()

    def write(self, key: Key, row: Row) -> None:
        self.writes[key] = row

    async def lock(self, key: Key, *, exclusive: bool = True, seconds: float = LOCK_TIMEOUT) -> None:
        lock = self.locks[key] = self.server.locks.setdefault(key, Lock())
        await lock.take(self, exclusive, seconds)

    async def commit(self) -> None:
        if not self.is_broken:
            await asyncio.sleep(self.server.weather.delay())  # the disk
            now = asyncio.get_running_loop().time()
            for watcher in self.server.watchers:
                watcher(self.writes)
            self.server.rows.update(self.writes)
            self.server.committed_at.update(dict.fromkeys(self.writes, now))
        self.roll_back()

    def roll_back(self) -> None:
        self.writes, self.is_broken = {}, False
        held, self.locks = self.locks, {}
        for lock in held.values():
            lock.leave(self)

    def end(self) -> None:
        self.has_ended = True
        self.server.sessions.pop(self, None)
        if self.task is not None:
            self.task.cancel()
        self.roll_back()

    async def perform(self, statement: "Callable[[Session], Awaitable[T]]") -> T:
        if self.is_broken and statement not in (Session.commit, roll_back):
            raise asyncpg.InFailedSQLTransactionError("current transaction is aborted")
        try:
            return await statement(self)
        except asyncpg.PostgresError:
            self.is_broken = True
            raise


async def roll_back(session: Session) -> None:
    session.roll_back()


async def begin(session: Session) -> None:
    """Nothing is seen or held yet."""


WORDS: dict[str, Callable[[Session], Awaitable[None]]] = {
    "BEGIN": begin,
    "COMMIT": Session.commit,
    "ROLLBACK": roll_back,
}


class Connection:
    """The client's end of a session. Statements are functions of the session."""

    def __init__(self, server: Server) -> None:
        self.server, self.session, self.lost = server, Session(server), False

    def is_closed(self) -> bool:
        return self.lost

    def is_in_transaction(self) -> bool:
        return bool(self.session.locks or self.session.writes or self.session.is_broken)

    async def execute(self, words: str, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as asyncpg has it
        await self.perform(WORDS[words])

    async def perform(self, statement: Callable[[Session], Awaitable[T]]) -> T:
        """Have the server do it, and hear of it; or hear that the connection is lost, and know nothing."""
        if self.lost:
            raise asyncpg.InterfaceError("the connection is closed")
        weather = self.server.weather
        loss = weather.loses(at_commit=statement is Session.commit)
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        session = self.session
        session.task = asyncio.create_task(self._serve(session, statement, loss, answer))
        try:
            if loss == "late":  # the client is told first, and the request still arrives
                await asyncio.sleep(weather.delay())
                raise weather.chance.choice(LOST)()
            return await answer
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) or session.client_is_gone or loss:
                self.lose()
            raise

    def lose(self) -> None:
        """The client's end is gone; the server will notice."""
        if not self.lost:
            self.lost = True
            self.hanging_up = asyncio.create_task(self._hang_up())

    async def _hang_up(self) -> None:
        await asyncio.sleep(self.server.weather.chance.uniform(0, NOTICED_AFTER))
        while self.session.task is not None and not self.session.task.done():  # it does what it was asked for first
            with suppress(asyncio.CancelledError, Exception):
                await asyncio.shield(self.session.task)
        self.session.end()

    async def _serve(
        self, session: Session, statement: Callable[[Session], Awaitable[T]], loss: str, answer: "asyncio.Future[T]"
    ) -> None:
        weather = self.server.weather
        with telling(answer, weather.chance):
            await asyncio.sleep(weather.chance.uniform(0, 2) if loss == "late" else weather.delay())
            if loss == "request" or session.has_ended:
                raise weather.chance.choice(LOST)()
            try:
                result, error = await session.perform(statement), None
            except asyncpg.PostgresError as refused:
                error = refused
            await asyncio.sleep(weather.delay())
            if loss:
                raise weather.chance.choice(LOST)()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)


@contextmanager
def telling(answer: "asyncio.Future[T]", chance: random.Random) -> Iterator[None]:
    """Whatever ends the server's side, the client hears that the connection is lost."""
    try:
        yield
    except BaseException as error:
        if not answer.done():
            answer.set_exception(error if isinstance(error, Exception) else chance.choice(LOST)())
            answer.exception()
        if not isinstance(error, Exception):
            raise


class Pool:
    """Connections of one process: at most so many, made anew where one was lost."""

    def __init__(self, server: Server, size: int) -> None:
        self.server, self.free = server, asyncio.Semaphore(size)
        self.idle: list[Connection] = []
        self.all: list[Connection] = []

    async def acquire(self, *, timeout: float) -> Connection:  # noqa: ASYNC109  # as asyncpg has it
        async with asyncio.timeout(timeout):
            await self.free.acquire()
        self.idle = [connection for connection in self.idle if not connection.lost]
        await asyncio.sleep(self.server.weather.delay())
        if not self.server.is_up:
            self.free.release()
            raise ConnectionRefusedError("nobody listens")
        connection = self.idle.pop() if self.idle else Connection(self.server)
        self.all.append(connection)
        if connection.session.has_ended:  # it was lost while nobody used it
            connection.lost = True
        return connection

    async def release(self, connection: Connection) -> None:
        self.all.remove(connection)
        if not connection.lost:
            self.idle.append(connection)
        self.free.release()

    def cut(self) -> None:
        """The process is dead."""
        for connection in [*self.all, *self.idle]:
            connection.lose()
