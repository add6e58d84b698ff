"""Valkey: what may expire. Losing it logs everyone out and voids pending codes; it never unblocks or loses anything."""

from typing import Any, cast

import redis.asyncio as valkey
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from dega.config import Cache as Settings
from dega.errors import PartAway

CONNECTIONS = 32
WAIT_SECONDS = 5
"""How many commands may be under way, and how long one waits for its turn. The library's default refuses the 101st."""


class Script:
    """A Lua script: atomic, one round trip. Known to the server by its digest after its first run."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest: str | None = None


class Cache:
    """One connection pool to Valkey. `PartAway` is raised where it doesn't answer in time; nothing is tried again."""

    def __init__(self, settings: Settings) -> None:
        seconds = settings.timeout_ms / 1000
        self.prefix = settings.prefix
        pool = valkey.BlockingConnectionPool.from_url(
            settings.url,
            max_connections=CONNECTIONS,
            timeout=WAIT_SECONDS,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            protocol=2,
            decode_responses=False,
        )
        self._client = valkey.Redis.from_pool(pool)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def run(self, script: Script, keys: list[str], arguments: list[str | int | float | bytes]) -> Any:
        """What `script` answers for `keys` (without the prefix) and `arguments`."""
        whole = [self.prefix + key for key in keys]
        try:
            if script.digest is None:
                script.digest = await self._client.script_load(script.source)
            try:
                return await cast(Any, self._client.evalsha(script.digest, len(whole), *whole, *arguments))
            except NoScriptError:
                return await cast(Any, self._client.eval(script.source, len(whole), *whole, *arguments))
        except (RedisError, OSError, TimeoutError) as error:
            raise PartAway() from error

    async def command(self, *words: str | int | float | bytes) -> Any:
        """What the server answers to one plain command; keys in it carry the prefix already."""
        try:
            return await cast(Any, self._client).execute_command(*words)
        except (RedisError, OSError, TimeoutError) as error:
            raise PartAway() from error

    async def problem(self) -> str | None:
        """Why this server must not be used (it may evict counters, or is a replica), or None."""
        policy = await self.command("CONFIG", "GET", "maxmemory-policy")
        if policy and policy[1] != b"noeviction":
            return f"maxmemory-policy is {policy[1].decode()}: expected noeviction"
        role = await self.command("ROLE")
        return None if role[0] == b"master" else "this is a replica: the primary is needed"
