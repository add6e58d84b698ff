"""Soft limits of how often something may happen. They live in Valkey: losing it forgets them, and blocks nobody."""

from collections.abc import Awaitable

from dega.store.cache import Cache, Script

_ONE_MORE = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
"""
_COUNT = Script(_ONE_MORE + "return count")
_ADMIT = Script(_ONE_MORE + "return count <= tonumber(ARGV[2])")

_GIVE_BACK = Script("""
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 1
""")


def admit(cache: Cache, key: str, most: int, seconds: int) -> Awaitable[bool | None]:
    """Count one more under `key`, at once; whether it is within `most` in a span of `seconds`. None is no."""
    return cache.run(_ADMIT, [_key(key)], [seconds, most])


async def count(cache: Cache, key: str, seconds: int) -> int:
    """Count one more under `key`; how many there are in this span of `seconds`."""
    return int(await cache.run(_COUNT, [_key(key)], [seconds]))


async def give_back(cache: Cache, key: str) -> None:
    """Count one less under `key`: it turned out not to be what is counted."""
    await cache.run(_GIVE_BACK, [_key(key)], [])


def _key(key: str) -> str:
    return f"throttle:{key}"
