"""How many SMS all customers together were sent: in Valkey, by the hour and by country and day."""

from dataclasses import dataclass
from typing import Literal

from dega.store.cache import Cache, Script

HOUR_SECONDS, DAY_SECONDS = 3600, 86400

# Nothing (ARGV[1] = 0) takes the same path as one. The first that is over in a window learns it, and no other.
_SPEND = Script("""
local over, limit = '', {tonumber(ARGV[2]), tonumber(ARGV[3])}
for i = 1, 2 do
    if over == '' and tonumber(redis.call('GET', KEYS[i]) or 0) + ARGV[1] > limit[i] then over = i end
end
local first = 0
for i = 1, 2 do
    redis.call('INCRBY', KEYS[i], over == '' and ARGV[1] or 0)
    redis.call('EXPIRE', KEYS[i], ARGV[3 + i])
end
if over ~= '' and redis.call('SET', KEYS[over] .. ':told', 1, 'NX', 'EX', ARGV[3 + over]) then first = 1 end
return {over == '' and 0 or over, first}
""")


Over = Literal["", "hour", "country"]
_OVER: tuple[Over, ...] = ("", "hour", "country")


@dataclass(frozen=True, slots=True)
class Spent:
    """Which budget is used up, if one is, and whether this is the first time in its window that somebody noticed."""

    over: Over
    is_first: bool


async def spend(cache: Cache, purse: str, sms: int, now: float, hourly: int, country: str, daily: int) -> Spent:
    """Take one SMS from both budgets, or from neither; 0 does the same work and takes nothing. Raises PartAway.

    The hour's is that of a `purse`; the day's is of a country and one for all.
    """
    keys = [f"sms-of-{purse}:{int(now // HOUR_SECONDS)}", f"sms-of-country:{country}:{int(now // DAY_SECONDS)}"]
    over, first = await cache.run(_SPEND, keys, [sms, hourly, daily, HOUR_SECONDS, DAY_SECONDS])
    return Spent(_OVER[over], bool(first))
