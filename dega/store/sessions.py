"""Sessions in Valkey: who is there, under an HMAC of the id that only the browser has; each call is one round trip.

A record is a hash of fields. For each customer one key more names the one session in which they are logged in.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dega.store.cache import Cache, Script


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may be idle, and how long it may last at all, in seconds."""

    idle: int
    absolute: int


_LOAD = Script("""
local now, idle, absolute = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local times = redis.call('HMGET', KEYS[1], 'started', 'seen')
if not times[1] then return false end
local ends = tonumber(times[1]) + absolute
if now >= ends or now >= tonumber(times[2]) + idle then
    redis.call('DEL', KEYS[1])
    return false
end
if ARGV[4] == '1' then
    redis.call('HSET', KEYS[1], 'seen', ARGV[1])
    redis.call('EXPIRE', KEYS[1], math.ceil(math.min(idle, ends - now)))
end
return redis.call('HGETALL', KEYS[1])
""")

_START = Script("""
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
""")

# The old session must still be there: one that was logged out meanwhile must not come back as another.
_REPLACE = Script("""
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[2], ARGV[1])
if KEYS[3] then
    local other = redis.call('GET', KEYS[3])
    if other then redis.call('DEL', other) end
    redis.call('SET', KEYS[3], KEYS[2], 'EX', ARGV[2])
end
return 1
""")

_WRITE = Script("""
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local gone = tonumber(ARGV[1])
if gone > 0 then redis.call('HDEL', KEYS[1], unpack(ARGV, 2, gone + 1)) end
if #ARGV > gone + 1 then redis.call('HSET', KEYS[1], unpack(ARGV, gone + 2)) end
return 1
""")

_REMOVE = Script("""
local there = redis.call('DEL', KEYS[1])
if KEYS[2] and redis.call('GET', KEYS[2]) == KEYS[1] then redis.call('DEL', KEYS[2]) end
return there
""")

_REMOVE_CURRENT = Script("""
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
redis.call('DEL', KEYS[1])
return redis.call('DEL', current)
""")


async def load(cache: Cache, key: str, now: float, lifetime: Lifetime, touch: bool) -> dict[str, str] | None:
    """The fields of a session that hasn't ended at `now`; `touch` makes this its last use."""
    arguments: list[str | int | float | bytes] = [now, lifetime.idle, lifetime.absolute, int(touch)]
    flat = await cache.run(_LOAD, [_session(key)], arguments)
    if not flat:
        return None
    texts = [item.decode() for item in flat]
    return dict(zip(texts[::2], texts[1::2], strict=True))


async def start(cache: Cache, key: str, fields: Mapping[str, str], now: float, lifetime: Lifetime) -> None:
    """A new session."""
    await cache.run(_START, [_session(key)], [lifetime.idle, *_flat(fields, now)])


async def replace(
    cache: Cache, old: str, new: str, fields: Mapping[str, str], now: float, lifetime: Lifetime, customer_id: int | None
) -> bool:
    """A new session in the place of the old one and, with `customer_id`, of theirs elsewhere. False: it's gone."""
    keys = [_session(old), _session(new)] + ([_current(customer_id)] if customer_id is not None else [])
    left = max(1, min(lifetime.idle, math.ceil(float(fields["started"]) + lifetime.absolute - now)))
    return bool(await cache.run(_REPLACE, keys, [left, lifetime.absolute, *_flat(fields, now)]))


async def write(cache: Cache, key: str, fields: Mapping[str, str | None]) -> bool:
    """Set some fields and remove those that are None. False: the session is gone."""
    gone = [name for name, value in fields.items() if value is None]
    kept = [text for name, value in fields.items() if value is not None for text in (name, value)]
    return bool(await cache.run(_WRITE, [_session(key)], [len(gone), *gone, *kept]))


async def remove(cache: Cache, key: str, customer_id: int | None) -> None:
    """End one session."""
    await cache.run(_REMOVE, [_session(key)] + ([_current(customer_id)] if customer_id is not None else []), [])


async def remove_current(cache: Cache, customer_id: int) -> None:
    """End the session in which the customer is logged in."""
    await cache.run(_REMOVE_CURRENT, [_current(customer_id)], [])


def _session(key: str) -> str:
    return f"session:{key}"


def _current(customer_id: int) -> str:
    return f"session-of:{customer_id}"


def _flat(fields: Mapping[str, str], now: float) -> list[str]:
    flat = [text for pair in fields.items() for text in pair]
    return [*flat, "seen", repr(now)]
