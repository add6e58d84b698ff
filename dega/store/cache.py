"""Valkey: what may expire. Losing it logs everyone out and voids pending codes; it never unblocks or loses anything."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

import hiredis
import redis.asyncio as valkey
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from dega.config import Cache as Settings
from dega.errors import PartAway

LANES = 2
"""Connections. Commands come to a lane by the handful, so that none is waited for while the other is being read."""

LOOKS = 3
"""Parts of a time-out. A process that was late itself, so that it couldn't see what had come, has missed one of them:
Valkey isn't away for that."""

Word = str | int | float | bytes
AWAY = (RedisError, hiredis.HiredisError, OSError, TimeoutError)


class Script:
    """A Lua script: atomic, one round trip. Known to the server by its digest after its first run."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


_Question = tuple[bytes, asyncio.Future[Any], Script | None, tuple[Word, ...]]
"""A command as it is sent, who waits for its answer, and which script it runs on which words, if it runs one."""


class Cache:
    """What is asked of Valkey in one turn of the loop goes there together, and is answered one by one.

    `PartAway` is raised where it doesn't answer in time; nothing is tried again. A command that fails harms no other.
    """

    def __init__(self, settings: Settings) -> None:
        self.prefix = settings.prefix
        pool = valkey.ConnectionPool.from_url(
            settings.url,
            socket_timeout=None,  # an exchange has one time-out of its own
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            protocol=2,
        )
        self._lanes = [
            _Lane(cast(Any, pool).make_connection(), settings.timeout_ms / 1000, self._settle, self._rest)
            for _ in range(LANES)
        ]
        self._free = list(self._lanes)
        self._waiting: list[_Question] = []
        self._is_due = False
        self._is_closed = False
        self._at_rest: asyncio.Future[None] | None = None

    async def close(self) -> None:
        """Close all connections, once what was asked is answered. Nothing can be asked afterwards: PartAway."""
        if self._waiting or len(self._free) < LANES:
            self._at_rest = asyncio.get_running_loop().create_future()
            await self._at_rest
        self._is_closed = True
        for lane in self._lanes:
            await lane.close()

    def run(self, script: Script, keys: list[str], arguments: list[Word]) -> Awaitable[Any]:
        """What `script` answers for `keys` (without the prefix) and `arguments`. Asked at once, as `command` is."""
        words = (len(keys), *[self.prefix + key for key in keys], *arguments)
        return self._ask(("EVALSHA", script.digest, *words), script, words)

    def command(self, *words: Word) -> Awaitable[Any]:
        """What the server answers to one plain command; keys in it carry the prefix already. Raises PartAway.

        It is asked for at once: of two commands that don't wait for one another, both answers come at the same time.
        """
        return self._ask(words, None, ())

    def _ask(self, command: tuple[Word, ...], script: Script | None, words: tuple[Word, ...]) -> asyncio.Future[Any]:
        if self._is_closed:
            raise PartAway()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((hiredis.pack_command(cast(Any, command)), answer, script, words))
        if not self._is_due and self._free:
            self._is_due = True
            loop.call_soon(self._send)
        return answer

    def _send(self) -> None:
        """What came since the last turn of the loop goes out, on a free lane. Where all are busy, it waits for one."""
        self._is_due = False
        if self._waiting and self._free:
            asked, self._waiting = self._waiting, []
            self._free.pop().exchange(asked)
        elif self._at_rest is not None and len(self._free) == LANES and not self._at_rest.done():
            self._at_rest.set_result(None)

    def _settle(self, question: _Question, said: Any) -> None:
        """One answer, or why there is none. A script that the server doesn't know is given to it once, whole."""
        _, answer, script, words = question
        if answer.done():  # whoever asked may be gone
            return
        if not isinstance(said, BaseException):
            answer.set_result(said)
        elif script is not None and str(said).startswith("NOSCRIPT"):
            command = hiredis.pack_command(cast(Any, ("EVAL", script.source, *words)))
            self._waiting.append((command, answer, None, ()))
        else:
            answer.set_exception(_away(said))

    def _rest(self, lane: "_Lane", error: BaseException | None) -> None:
        """An exchange is over. Whoever waited while it wasn't answered would wait as long again, and is refused too."""
        if error is not None:
            asked, self._waiting = self._waiting, []
            for question in asked:
                self._settle(question, error)
        self._free.append(lane)
        self._send()

    async def problem(self) -> str | None:
        """Why this server must not be used (it may evict counters, or is a replica), or None."""
        policy = await self.command("CONFIG", "GET", "maxmemory-policy")
        if policy and policy[1] != b"noeviction":
            return f"maxmemory-policy is {policy[1].decode()}: expected noeviction"
        role = await self.command("ROLE")
        return None if role[0] == b"master" else "this is a replica: the primary is needed"


class _Lane(asyncio.Protocol):
    """One connection, and one exchange on it at a time: questions go out in one piece, answers come in their order.

    redis-py opens it, since it knows addresses, passwords and TLS; what is said then is too much work its way.
    """

    def __init__(
        self,
        connection: Any,
        seconds: float,
        settle: Callable[[_Question, Any], None],
        rest: Callable[["_Lane", BaseException | None], None],
    ) -> None:
        self._connection, self._seconds, self._settle, self._rest = connection, seconds, settle, rest
        self._asked: deque[_Question] = deque()
        self._is_busy = False
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._connecting: asyncio.Task[None] | None = None
        self._limit: asyncio.TimerHandle | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as one knows who hasn't asked."""
        return self._transport is not None

    def exchange(self, asked: list[_Question]) -> None:
        """Ask all of this. Each is settled with its answer or an error within the time-out; then the lane rests."""
        loop = asyncio.get_running_loop()
        self._is_busy = True
        self._asked.extend(asked)
        ends = loop.time() + self._seconds
        if self._transport is None:
            self._connecting = loop.create_task(self._connect(ends))
        else:
            self._say(self._transport, ends)

    async def close(self) -> None:
        """End the connection."""
        self._transport = None
        await self._connection.disconnect(nowait=True)

    async def _connect(self, ends: float) -> None:
        try:
            async with asyncio.timeout_at(ends):
                await self._connection.disconnect(nowait=True)  # what is left of the last one
                await self._connection.connect()
        except BaseException as error:
            self._end(error)
            if not isinstance(error, AWAY):
                raise
            return
        self._transport = self._connection._writer.transport
        self._transport.set_protocol(self)
        self._reader = hiredis.Reader()
        self._say(self._transport, ends)

    def _say(self, transport: asyncio.Transport, ends: float) -> None:
        self._wait((ends - asyncio.get_running_loop().time()) / LOOKS, LOOKS)
        transport.write(b"".join([question[0] for question in self._asked]))

    def data_received(self, data: bytes) -> None:
        """Some answers, whole or in part."""
        try:
            self._reader.feed(data)
            while (said := self._reader.gets()) is not False:  # not enough for one more
                self._settle(self._asked.popleft(), said)
        except (hiredis.ProtocolError, IndexError) as error:  # not how Valkey speaks, or said without being asked
            self._break(error)
        else:
            if not self._asked:
                self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        """The server has hung up, now or while nothing was asked."""
        self._break(error or ConnectionResetError())

    def _wait(self, seconds: float, looks: int) -> None:
        """Give up after so many times so long, unless all is answered by then."""
        if looks:
            self._limit = asyncio.get_running_loop().call_later(seconds, self._wait, seconds, looks - 1)
        else:
            self._break(TimeoutError())

    def _break(self, error: BaseException) -> None:
        """What comes on this connection from now on answers nothing any more."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.set_protocol(asyncio.Protocol())
            transport.abort()
        if self._is_busy:  # the last answer may have come, and too much behind it
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._is_busy = False
        asked, self._asked = self._asked, deque()
        for question in asked:
            self._settle(question, error)
        self._rest(self, error)


def _away(cause: BaseException) -> PartAway:
    away = PartAway()
    away.__cause__ = cause
    return away
