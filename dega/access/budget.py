"""How many codes leave by SMS in all: whoever makes the bank send more (SMS pumping) costs no more than the budget.

Past it an alarm is raised once a window. Who is logged in is told so; before login nobody learns anything: the page is
as always, and the code that wasn't sent is void.
"""

import logging
from typing import Literal

from dega import audit
from dega.audit import Actor
from dega.bank import Bank
from dega.ids import country_prefix
from dega.store import budget as cache

log = logging.getLogger(__name__)

OTHER = "other"

SOMEBODYS = "+355690000000"
"""A mobile number to look at where there is none: who is sent no code waits as long for the page."""


async def spend(bank: Bank, mobile: str | None, *, registering: bool = False) -> bool:
    """Whether a code may be sent there; it counts from now on. For nobody (None) the same work. Raises PartAway.

    Registering, which needs no password, has a third of the hour's budget for itself: who makes the bank send to it
    leaves the codes of all others alone.
    """
    sms = bank.config.sms
    purse, hourly = ("register", max(1, sms.hourly_budget // 3)) if registering else ("all", sms.hourly_budget)
    found = country_prefix(mobile or SOMEBODYS)
    prefix = found if mobile else ""
    own = prefix if prefix in sms.daily_budgets else OTHER
    daily = sms.daily_budgets[own]
    spent = await cache.spend(bank.cache, purse, int(mobile is not None), bank.clock.seconds(), hourly, prefix, daily)
    if spent.over and spent.is_first:
        await _alarm(bank, spent.over, prefix, hourly if spent.over == "hour" else daily)
    return not spent.over


async def _alarm(bank: Bank, over: Literal["hour", "country"], prefix: str, budget: int) -> None:
    log.error("a budget of SMS is used up: no code is sent until it is renewed", extra={"over": over, "prefix": prefix})
    async with bank.database.transaction() as connection:
        await audit.record(
            connection, Actor("bank"), "sms.budget", f"sms:{over}", "used up", prefix=prefix, budget=budget
        )
