"""Sessions in Valkey: who is there, under an HMAC of the id that only the browser has; each call is one round trip.

What stands for as long as the session does is one record, as JSON; its facts, which come and go, are another beside it.
For each customer one key more names the one session in which they are logged in.
"""

import math
from collections.abc import Mapping

import msgspec

from dega.store.cache import Cache, Script, Word


class Lifetime(msgspec.Struct, frozen=True):
    """How long a session may be idle, and how long it may last at all, in seconds."""

    idle: int
    absolute: int


_json = msgspec.json.Encoder().encode
_facts = msgspec.json.Decoder(dict[str, str]).decode

_LOAD = Script("""
local kept = redis.call('HMGET', KEYS[1], 'record', 'facts', 'started', 'seen')
if not kept[1] then return false end
local now, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
local ends = tonumber(kept[3]) + tonumber(ARGV[3])
if now >= ends or now >= tonumber(kept[4]) + idle then
    redis.call('DEL', KEYS[1])
    return false
end
if ARGV[4] == '1' then
    redis.call('HSET', KEYS[1], 'seen', ARGV[1])
    redis.call('EXPIRE', KEYS[1], math.ceil(math.min(idle, ends - now)))
end
return {kept[1], kept[2]}
""")

_START = Script("""
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'facts', ARGV[3], 'started', ARGV[4], 'seen', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
""")

# The old session must still be there: one that was logged out meanwhile must not come back as another.
_REPLACE = Script("""
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'record', ARGV[2], 'facts', ARGV[3], 'started', ARGV[4], 'seen', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[1])
if KEYS[3] then
    local other = redis.call('GET', KEYS[3])
    if other then redis.call('DEL', other) end
    redis.call('SET', KEYS[3], KEYS[2], 'EX', ARGV[6])
end
return 1
""")

# Facts are texts only: numbers would lose digits on their way through Lua.
_WRITE = Script("""
local kept = redis.call('HGET', KEYS[1], 'facts')
if not kept then return 0 end
local facts = cjson.decode(kept)
for name, text in pairs(cjson.decode(ARGV[1])) do
    if text == cjson.null then facts[name] = nil else facts[name] = text end
end
redis.call('HSET', KEYS[1], 'facts', cjson.encode(facts))
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


async def load(
    cache: Cache, key: str, now: float, lifetime: Lifetime, touch: bool
) -> tuple[bytes, dict[str, str]] | None:
    """Record and facts of a session that hasn't ended at `now`; `touch` makes this its last use.

    Raises msgspec.DecodeError, or UnicodeDecodeError, where its facts are none of ours.
    """
    found = await cache.run(_LOAD, [_session(key)], [now, lifetime.idle, lifetime.absolute, int(touch)])
    return (found[0], _facts(found[1])) if found else None


async def start(
    cache: Cache, key: str, record: bytes, facts: Mapping[str, str], now: float, lifetime: Lifetime
) -> None:
    """A new session, which starts now."""
    await cache.run(_START, [_session(key)], [lifetime.idle, record, _json(facts), now, now])


async def replace(
    cache: Cache,
    old: str,
    new: str,
    record: bytes,
    facts: Mapping[str, str],
    started: float,
    now: float,
    lifetime: Lifetime,
    customer_id: int | None,
) -> bool:
    """A new session in the place of the old one and, with `customer_id`, of theirs elsewhere. False: it's gone."""
    keys = [_session(old), _session(new)] + ([_current(customer_id)] if customer_id is not None else [])
    left = max(1, min(lifetime.idle, math.ceil(started + lifetime.absolute - now)))
    words: list[Word] = [left, record, _json(facts), started, now, lifetime.absolute]
    return bool(await cache.run(_REPLACE, keys, words))


async def write(cache: Cache, key: str, facts: Mapping[str, str | None]) -> bool:
    """Set some facts and remove those that are None, whatever happens to others. False: the session is gone."""
    return bool(await cache.run(_WRITE, [_session(key)], [_json(facts)]))


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
