"""Whatever is paid in and out, and whenever the nights are made: interest is what the value dates say, day for day."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

import pytest
from accounts.closing_days import INTEREST, booked, days, evening, guilty, noon, open_for, run, take_out
from accounts.test_interest import accrued, with_rates
from cast import Account, Admin, Cast, balance, fund

from dega.accounts.accounts import Product
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.money import Currency
from dega.tariff import Dated, Rate

FIRST, LAST = date(2026, 12, 24), date(2027, 1, 6)
CHANGE = date(2026, 12, 29)
SAVINGS = Dated(((date(2020, 1, 1), Rate(12_345, 365)), (CHANGE, Rate(33_333, 360))))
OVERDRAFT = Dated(((date(2020, 1, 1), Rate(141_417, 365)), (CHANGE, Rate(99_999, 360))))
WHOLE = 1_000_000 * 360 * 365
"""Parts of the model: others than the bank's."""


@dataclass
class Book:
    """An account by hand: what changed it, from which day on; what accrued on each side, what was booked of it."""

    changes: list[tuple[date, int]] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    booked: list[tuple[date, str, int]] = field(default_factory=list)

    def on(self, day: date) -> int:
        return sum(minor for first_day, minor in self.changes if first_day <= day)

    def night(self, day: date) -> None:
        minor = self.on(day)
        side, dated = ("debit", OVERDRAFT) if minor < 0 else ("credit", SAVINGS)
        rate = dated.on(day)
        assert rate is not None
        self.parts[side] += abs(minor) * rate.ppm * (365 if rate.year == 360 else 360)
        if day == date(2026, 12, 31):
            gross = nearest(self.parts.pop("credit", 0), WHOLE)
            self._book(day, ("interest", gross), ("tax", -nearest(gross * 15, 100)))
            self._book(day, ("interest", -nearest(self.parts.pop("debit", 0), WHOLE)))

    def _book(self, day: date, *legs: tuple[str, int]) -> None:
        self.booked += [(day, purpose, minor) for purpose, minor in legs if minor]
        self.changes += [(day + timedelta(days=1), minor) for _, minor in legs]


def nearest(numerator: int, denominator: int) -> int:
    """Half to even, as Python's fractions round."""
    return round(Fraction(numerator, denominator))


@pytest.mark.parametrize("seed", range(6))
async def test_what_accrues_and_is_booked_is_what_a_ledger_kept_by_hand_says(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine, seed: int
) -> None:
    chance = random.Random(seed)
    bank = with_rates(bank, savings=SAVINGS, overdraft=OVERDRAFT)
    await machine.travel_to(noon(FIRST))
    books = {await open_for(office, cast.arta, Product.SAVINGS): Book() for _ in range(3)}
    owing = await open_for(office, cast.arta, Product.CURRENT, overdraft_minor=10**9)
    by_hand = {**books, owing: Book()}
    waiting: list[date] = []
    for day in days(FIRST, LAST):
        await machine.travel_to(noon(day))
        for account, book in by_hand.items():
            if chance.random() < 0.6:
                await pay(bank, admin, account, book, day, chance)
        waiting.append(day)
        if day == LAST or chance.random() < 0.5:  # else the night is left out, and caught up later
            await machine.travel_to(evening(day))
            for night in waiting:
                for stage in INTEREST:
                    await run(bank, stage, night)
                for book in by_hand.values():
                    book.night(night)
            waiting.clear()
        assert await guilty(bank) == []
    for account, book in by_hand.items():
        assert await booked(admin, account) == book.booked
        if account is owing:  # a current account has no credit rate
            assert await accrued(bank, account.id, "debit") * WHOLE == book.parts["debit"] * 26_280_000_000
        else:
            assert await accrued(bank, account.id) * WHOLE == book.parts["credit"] * 26_280_000_000


async def pay(bank: Bank, admin: Admin, account: Account, book: Book, day: date, chance: random.Random) -> None:
    """Something in, or something out of what is there; what is owed stays owed."""
    minor = chance.choice((1, 99, 18_25, 54_75, chance.randrange(1, 10_000_000)))
    there = await balance(admin, account)
    is_owing = await admin.fetchval("SELECT floor_minor < 0 FROM account WHERE id = $1", account.id)
    if is_owing or (there > minor and chance.random() < 0.4):
        await take_out(bank, account, minor)
        minor = -minor
    else:
        await fund(bank, account, minor)
    book.changes.append((day, minor))
    assert account.currency is Currency.ALL
