"""One-time codes: what may expire of them in Valkey (derived values, tries, caps), and their rows in PostgreSQL.

A record is a hash under the challenge's id: `mac` (what the right code derives to; empty where none is right any more),
`subject`, `tries`, `resends`, `number` (which sending it is), `sent_at`, `expires_at`, `delivery`, `verified`, and
`excused` where the failure counted beforehand was taken back, since no code could be sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from dega.store.cache import Cache, Script
from dega.store.database import NO_TIMEOUT, Connection
from dega.store.queries import queries

_sql = queries("codes")

HOUR_SECONDS, DAY_SECONDS = 3600, 86400
_WRONG = "wrong-codes:"

Delivery = Literal["waiting", "handed_over", "delivered", "unsent", "undelivered"]
"""Where an SMS is. `waiting`: for the provider to take it. `unsent`, `undelivered`: nowhere, the code being void."""

Verdict = Literal["right", "again", "wrong", "spent", "expired", "unsent"]
"""`again`: right, as it was before. `spent`: too many tries, of this code or in a row. `unsent`: it never left for the
phone."""


class Evaluation(Struct, frozen=True):
    """What became of one try, how many were used up with it (0 to the limit), and who it counts against.

    `excused`: the failure that its login had been counted as beforehand was taken back.
    """

    verdict: Verdict
    tries: int
    subject: bytes
    excused: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A code as its page shows it; moments are of `clock.seconds()`."""

    sent_at: float
    expires_at: float
    resends: int
    tries: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class About:
    """What a code was issued for, and for whom (None: nobody) with their customer number."""

    purpose: str
    customer_id: int | None
    customer_number: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """Whether that was news, of whose code, and whether it excuses the attempt that was counted beforehand: once."""

    is_news: bool
    subject: bytes
    excuses: bool


class Admission(Struct, frozen=True):
    """Whether a block or a bar stands against whoever typed a right code, and until when (UTC), if that is known."""

    is_refused: bool
    blocked_until: datetime | None


# Each cap is a sorted set of moments: those that have slid out of the window no longer count.
_RESERVE = Script("""
local now = tonumber(ARGV[1])
for i = 1, 2 do
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - tonumber(ARGV[2 * i + 1]))
    if redis.call('ZCARD', KEYS[i]) >= tonumber(ARGV[2 * i + 2]) then return 0 end
end
for i = 1, 2 do
    redis.call('ZADD', KEYS[i], ARGV[1], ARGV[2])
    redis.call('EXPIRE', KEYS[i], ARGV[2 * i + 1])
end
return 1
""")

_STORE = Script("""
redis.call('HSET', KEYS[1], 'mac', ARGV[1], 'subject', ARGV[2], 'sent_at', ARGV[3], 'expires_at', ARGV[4],
           'tries', 0, 'resends', 0, 'number', 0, 'delivery', 'waiting', 'verified', 0)
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
""")

# A script runs alone, so that of any number of tries at once no more than the limit are compared: of one code, and in a
# row of all codes of the subject, however many logins and payments are open side by side. Only the first time a code is
# right does it end that row: one that is known can't be typed again and again between guesses at others.
# What is compared are HMACs under a key that isn't here: how long that takes tells nothing about the code.
# The name of the row's key is in the record, so it can't be among KEYS: this is for a single server, as all of it is.
_TRY = Script("""
local r = redis.call('HMGET', KEYS[1], 'mac', 'subject', 'expires_at', 'tries', 'verified', 'delivery', 'excused')
if not r[1] then return {'expired', 0, '', 0} end
local tries, row, excused = tonumber(r[4]), ARGV[5] .. r[2], tonumber(r[7] or 0)
local unsent = r[6] == 'unsent' or r[6] == 'undelivered'
if unsent and ARGV[4] == '1' then return {'unsent', tries, r[2], excused} end
if tries >= tonumber(ARGV[3]) or tonumber(redis.call('GET', row) or 0) >= tonumber(ARGV[6]) then
    return {'spent', tries, r[2], excused}
end
if tonumber(ARGV[2]) >= tonumber(r[3]) then return {'expired', tries, r[2], excused} end
if r[1] == ARGV[1] or ARGV[8] == '1' then
    if r[5] == '1' then return {'again', tries, r[2], excused} end
    redis.call('HSET', KEYS[1], 'verified', 1)
    redis.call('DEL', row)
    return {'right', tries, r[2], excused}
end
redis.call('INCR', row)
redis.call('EXPIRE', row, ARGV[7])
return {'wrong', redis.call('HINCRBY', KEYS[1], 'tries', 1), r[2], excused}
""")

_REPLACE = Script("""
local now = tonumber(ARGV[1])
local r = redis.call('HMGET', KEYS[1], 'tries', 'resends', 'sent_at', 'verified', 'number')
if not r[1] or r[4] == '1' or tonumber(r[1]) >= tonumber(ARGV[2]) then return {'spent', 0} end
local waits = tonumber(r[3]) + tonumber(ARGV[3]) - now
if waits > 0 then return {'soon', math.ceil(waits)} end
if tonumber(r[2]) >= tonumber(ARGV[4]) then return {'many', 0} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[5]))
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then return {'many', 0} end
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[7])
redis.call('EXPIRE', KEYS[2], ARGV[5])
local number = redis.call('HINCRBY', KEYS[1], 'number', 1)
redis.call('HINCRBY', KEYS[1], 'resends', 1)
redis.call('HSET', KEYS[1], 'mac', ARGV[8], 'sent_at', ARGV[1], 'expires_at', ARGV[9], 'delivery', 'waiting')
redis.call('EXPIRE', KEYS[1], ARGV[10])
return {'sent', number}
""")

# Of the last sending only: a newer one may be under way. What is told goes forward, in whatever order it arrives: what
# reached the phone, or was typed from it, is there. Not sent, it excuses the attempt once, and only while there was no
# try: after one, what was counted beforehand stands for that try. Whose attempts nothing excuses is the last argument.
_TELL = Script("""
local r = redis.call('HMGET', KEYS[1], 'number', 'delivery', 'tries', 'verified', 'subject')
if r[1] ~= ARGV[1] then return {0, '', 0} end
local stage = {waiting = 1, handed_over = 2, delivered = 3, unsent = 3, undelivered = 3}
local is_void = ARGV[2] == 'unsent' or ARGV[2] == 'undelivered'
if stage[ARGV[2]] <= stage[r[2]] or (is_void and r[4] == '1') then return {0, r[5], 0} end
redis.call('HSET', KEYS[1], 'delivery', ARGV[2])
if not is_void then return {1, r[5], 0} end
redis.call('HSET', KEYS[1], 'mac', '')
if r[3] ~= '0' or r[5] == ARGV[3] then return {1, r[5], 0} end
return {1, r[5], redis.call('HSETNX', KEYS[1], 'excused', 1)}
""")

_FORGET = Script("return redis.call('DEL', KEYS[1])")

_READ = Script("return redis.call('HMGET', KEYS[1], 'sent_at', 'expires_at', 'resends', 'tries', 'delivery')")


class Rules(Struct, frozen=True):
    """What holds for the codes of one purpose: seconds of life and of waiting, the caps, what may be said.

    `tries` are those of one code, `row` the wrong ones in a row of all codes of a subject, for `row_seconds`.
    """

    life_seconds: int
    kept_seconds: int
    tries: int
    resend_seconds: int
    resends: int
    hourly: int
    daily_sms: int
    row: int
    row_seconds: int
    says_unsent: bool


async def reserve(cache: Cache, challenge_id: UUID, purpose: str, subject: bytes, now: float, rules: Rules) -> bool:
    """Count one code and one SMS more for the subject; False where the hour's codes or the day's SMS are used up."""
    keys = [f"codes-of-hour:{purpose}:{subject.hex()}", _sms_of_day(subject)]
    caps: list[str | int | float | bytes] = [HOUR_SECONDS, rules.hourly, DAY_SECONDS, rules.daily_sms]
    return bool(await cache.run(_RESERVE, keys, [now, f"{challenge_id}:0", *caps]))


async def store(cache: Cache, challenge_id: UUID, mac: bytes, subject: bytes, now: float, rules: Rules) -> None:
    """Keep what the right code derives to, until it can neither be used nor replaced any more."""
    expires_at = now + rules.life_seconds
    await cache.run(_STORE, [_code(challenge_id)], [mac.hex(), subject.hex(), now, expires_at, rules.kept_seconds])


async def evaluate(
    cache: Cache, challenge_id: UUID, mac: bytes, now: float, rules: Rules, *, fits: bool = False
) -> Evaluation:
    """Compare one try, counting it if it is wrong; a code unknown here has expired.

    `fits`: what was typed is right in another way (an app's code), and all else that holds for codes is still asked.
    """
    row: list[str | int | float | bytes] = [cache.prefix + _WRONG, rules.row, rules.row_seconds]
    answer = await cache.run(
        _TRY, [_code(challenge_id)], [mac.hex(), now, rules.tries, int(rules.says_unsent), *row, int(fits)]
    )
    verdict: Verdict = answer[0].decode()
    return Evaluation(verdict, int(answer[1]), bytes.fromhex(answer[2].decode()), bool(answer[3]))


async def forget_wrong(cache: Cache, subject: bytes) -> bool:
    """End the subject's row of wrong codes; False where there was none."""
    return bool(await cache.run(_FORGET, [_WRONG + subject.hex()], []))


async def replace(
    cache: Cache, challenge_id: UUID, mac: bytes, subject: bytes, now: float, rules: Rules, member: str
) -> tuple[Literal["sent", "soon", "many", "spent"], int]:
    """Put a new code in the place of the last one, whose tries stay counted.

    `sent` with the number of this sending; `soon` with the seconds to wait; `many` over a cap; `spent`.
    """
    answer = await cache.run(
        _REPLACE,
        [_code(challenge_id), _sms_of_day(subject)],
        [
            now,
            rules.tries,
            rules.resend_seconds,
            rules.resends,
            DAY_SECONDS,
            rules.daily_sms,
            member,
            mac.hex(),
            now + rules.life_seconds,
            rules.kept_seconds,
        ],
    )
    outcome: Literal["sent", "soon", "many", "spent"] = answer[0].decode()
    return outcome, int(answer[1])


async def tell(cache: Cache, challenge_id: UUID, number: int, delivery: Delivery, *, unexcused: bytes = b"") -> Told:
    """What became of the sending of that number; a code that isn't on the phone is void.

    This excuses no attempt of the subject `unexcused`.
    """
    answer = await cache.run(_TELL, [_code(challenge_id)], [number, delivery, unexcused.hex()])
    return Told(bool(answer[0]), bytes.fromhex(answer[1].decode()), bool(answer[2]))


async def record(cache: Cache, challenge_id: UUID) -> Record | None:
    """How a code stands, or None where nothing is known of it any more."""
    answer = await cache.run(_READ, [_code(challenge_id)], [])
    if not answer[0]:
        return None
    delivery: Delivery = answer[4].decode()
    return Record(float(answer[0]), float(answer[1]), int(answer[2]), int(answer[3]), delivery)


async def write(
    connection: Connection,
    challenge_id: UUID,
    purpose: str,
    customer_id: int | None,
    digest: bytes,
    life_seconds: int,
    sms_most: int,
) -> bool:
    """Keep that a code was issued; whether it leaves by SMS: not where `sms_most` left in 24 hours already."""
    await connection.execute(_sql.one_at_a_time, customer_id, challenge_id)
    return bool(
        await connection.fetchval(_sql.issue, challenge_id, purpose, customer_id, digest, float(life_seconds), sms_most)
    )


async def about(connection: Connection, challenge_id: UUID) -> About | None:
    """What the code was issued for, or None where there was none."""
    row = await connection.fetchrow(_sql.about, challenge_id)
    return None if row is None else About(**row)


async def extend(
    connection: Connection, challenge_id: UUID, customer_id: int | None, life_seconds: int, sms_most: int
) -> bool:
    """Its replacement lives as long again; whether it leaves by SMS, as `write` says."""
    await connection.execute(_sql.one_at_a_time, customer_id, challenge_id)
    return bool(await connection.fetchval(_sql.extend, challenge_id, float(life_seconds), customer_id, sms_most))


async def authorise(connection: Connection, challenge_id: UUID, by: str) -> bool:
    """Keep that the right code was typed, and by what: `sms`, `app`, …; True for the first time only."""
    return bool(await connection.fetchval(_sql.authorise, challenge_id, by))


async def admit(
    connection: Connection, typed: Sequence[tuple[UUID, bytes, int | None]]
) -> dict[tuple[UUID, bytes, int | None], Admission]:
    """Keep that right codes from SMS were typed, each of a challenge, subject and customer, unless something stands
    against these; and forgive the failures before, the first time. One statement, kept when it answers."""
    # As a COMMIT it has no time-out: given up by us, what is kept here could be lost by a standby.
    rows = await connection.fetch(_sql.admit, *map(list, zip(*typed, strict=True)), timeout=NO_TIMEOUT)
    found = {row["challenge_id"]: Admission(row["is_refused"], row["blocked_until"]) for row in rows}
    return {one: found[one[0]] for one in typed}


async def consume(connection: Connection, challenge_id: UUID) -> bool:
    """Use the code up; True for one caller only, and only in time."""
    return bool(await connection.fetchval(_sql.consume, challenge_id))


async def spend(connection: Connection, challenge_id: UUID, customer_id: int, digest: bytes, seconds: int) -> bool:
    """Use up what agreed to exactly this change, in that many seconds after it was typed; True for one caller only."""
    return bool(await connection.fetchval(_sql.spend, challenge_id, customer_id, digest, float(seconds)))


def _code(challenge_id: UUID) -> str:
    return f"code:{challenge_id}"


def _sms_of_day(subject: bytes) -> str:
    return f"sms-of-day:{subject.hex()}"
