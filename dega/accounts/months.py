"""What accounts held when the last months ended: the small history beside a balance."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from dega.accounts.accounts import Account
from dega.bank import Bank
from dega.clock import day_start, local_day
from dega.money import Money
from dega.store.accounts import balances_before

MONTHS = 6
"""Ended months that the history shows."""

MOST_KEPT = 100_000
"""Month ends that a process keeps: some twenty megabytes. Beyond, it begins anew."""


class MonthEnd(NamedTuple):
    """What an account held when a month ended in Tirana; `last_day` is that month's."""

    last_day: date
    balance: Money


async def month_ends(bank: Bank, mine: Sequence[Account]) -> dict[int, tuple[MonthEnd, ...]]:
    """By the account's id the ends of its last months, the oldest first; those before it was opened are left out.

    What was is asked once of the database and then kept, since nothing is booked into the past (but by a demo's clock
    that goes back: then an old picture may stand until the next start).
    """
    firsts = _firsts(local_day(bank.clock.now()))
    wanted = {account.id: [first for first in firsts if first > account.opened_on] for account in mine}
    missing = [each for each, days in wanted.items() if any((each, day) not in bank.month_ends for day in days)]
    if missing:
        await _learn(bank, missing, firsts)
    return {
        account.id: tuple(
            MonthEnd(day - timedelta(days=1), Money(bank.month_ends[account.id, day], account.currency))
            for day in wanted[account.id]
        )
        for account in mine
    }


async def _learn(bank: Bank, account_ids: Sequence[int], firsts: Sequence[date]) -> None:
    day_of = {day_start(first): first for first in firsts}
    async with bank.database.connection() as connection:
        found = await balances_before(connection, account_ids, list(day_of))
    if len(bank.month_ends) + len(found) > MOST_KEPT:
        bank.month_ends.clear()
    bank.month_ends.update({(account_id, day_of[moment]): minor for (account_id, moment), minor in found.items()})


@lru_cache(maxsize=2)
def _firsts(today: date) -> tuple[date, ...]:
    """The first days of this month and of those before it, the oldest first: as many as months are shown."""
    months = today.year * 12 + today.month - 1
    return tuple(date(month // 12, month % 12 + 1, 1) for month in range(months - MONTHS + 1, months + 1))
