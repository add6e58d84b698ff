"""Soft limits of how often something may happen. They live in Valkey: losing it forgets them, and blocks nobody."""

from dega.store.cache import Cache, Script

_ADMIT = Script(
    """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return count <= tonumber(ARGV[1]) and 1 or 0
"""
)


async def admit(cache: Cache, key: str, most: int, seconds: int) -> bool:
    """Count one more under `key`; whether it is within `most` in a span of `seconds`."""
    return bool(await cache.run(_ADMIT, [f"throttle:{key}"], [most, seconds]))
