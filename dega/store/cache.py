"""Valkey: what may expire. Losing it logs everyone out and voids pending codes; it never unblocks or loses anything."""

import asyncio
import hashlib
from typing import Any, cast

import hiredis
import redis.asyncio as valkey
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from dega.config import Cache as Settings
from dega.errors import PartAway

LANES = 2
"""Connections. Commands come to a lane by the handful, so that none is waited for while the other is being read."""

Word = str | int | float | bytes
AWAY = (RedisError, OSError, TimeoutError)


class Script:
    """A Lua script: atomic, one round trip. Known to the server by its digest after its first run."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


class Cache:
    """What is asked of Valkey in one turn of the loop goes there together, and is answered one by one.

    `PartAway` is raised where it doesn't answer in time; nothing is tried again. A command that fails harms no other.
    """

    def __init__(self, settings: Settings) -> None:
        self.prefix = settings.prefix
        self._seconds = settings.timeout_ms / 1000
        self._pool = valkey.ConnectionPool.from_url(
            settings.url,
            socket_timeout=None,  # an exchange has one time-out of its own
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            protocol=2,
            decode_responses=False,
        )
        self._lanes = [cast(Any, self._pool).make_connection() for _ in range(LANES)]
        self._free = list(self._lanes)
        self._waiting: list[tuple[bytes, asyncio.Future[Any]]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_due = False
        self._is_closed = False

    async def close(self) -> None:
        """Close all connections, once what was asked is answered. Nothing can be asked afterwards: PartAway."""
        while self._under_way:  # what waited for a lane goes out meanwhile
            await asyncio.wait(self._under_way)
        self._is_closed = True
        for lane in self._lanes:
            await lane.disconnect()

    async def run(self, script: Script, keys: list[str], arguments: list[Word]) -> Any:
        """What `script` answers for `keys` (without the prefix) and `arguments`."""
        words = (len(keys), *[self.prefix + key for key in keys], *arguments)
        try:
            return await self.command("EVALSHA", script.digest, *words)
        except NoScriptError:
            return await self.command("EVAL", script.source, *words)

    async def command(self, *words: Word) -> Any:
        """What the server answers to one plain command; keys in it carry the prefix already.

        Raises PartAway, and NoScriptError for a script that the server doesn't know.
        """
        if self._is_closed:
            raise PartAway()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((hiredis.pack_command(cast(Any, words)), answer))
        if not self._is_due and self._free:
            self._is_due = True
            loop.call_soon(self._send)
        return await answer

    def _send(self) -> None:
        """What came since the last turn of the loop goes out, on a free lane. Where all are busy, it waits for one."""
        self._is_due = False
        if self._waiting and self._free:
            asked, self._waiting = self._waiting, []
            task = asyncio.get_running_loop().create_task(self._exchange(self._free.pop(), asked))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _exchange(self, lane: Any, asked: list[tuple[bytes, asyncio.Future[Any]]]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._talk(lane, asked)
        except BaseException as error:
            await lane.disconnect(nowait=True)
            # Whoever waits has waited while this wasn't answered, and would wait as long again.
            asked += self._waiting
            self._waiting = []
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(_away(error))
            if not isinstance(error, AWAY):
                raise
        finally:
            self._free.append(lane)
            self._send()

    @staticmethod
    async def _talk(lane: Any, asked: list[tuple[bytes, asyncio.Future[Any]]]) -> None:
        if lane.is_connected and await lane.can_read():  # nothing was asked: the server has hung up since
            await lane.disconnect(nowait=True)
        await lane.connect()
        await lane.send_packed_command([command for command, _ in asked], check_health=False)
        for _, answer in asked:
            try:
                said = await lane.read_response()
            except ResponseError as error:
                if not answer.done():
                    answer.set_exception(error if isinstance(error, NoScriptError) else _away(error))
            else:
                if not answer.done():  # whoever asked may be gone
                    answer.set_result(said)

    async def problem(self) -> str | None:
        """Why this server must not be used (it may evict counters, or is a replica), or None."""
        policy = await self.command("CONFIG", "GET", "maxmemory-policy")
        if policy and policy[1] != b"noeviction":
            return f"maxmemory-policy is {policy[1].decode()}: expected noeviction"
        role = await self.command("ROLE")
        return None if role[0] == b"master" else "this is a replica: the primary is needed"


def _away(cause: BaseException) -> PartAway:
    away = PartAway()
    away.__cause__ = cause
    return away
