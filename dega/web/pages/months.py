"""The small picture of an account's last months: bars for the eye, and the same as a table."""

from dataclasses import dataclass
from functools import lru_cache

from dega.accounts.months import MonthEnd
from dega.i18n import N_, Language, translate
from dega.money import NO_BREAK_SPACE, Money, format_amount

MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
HEIGHT, STEP, WIDTH = 40, 24, 14
"""Of the picture, from bar to bar, and of a bar, in the picture's own points."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One balance; `top` and `height` in points of the picture."""

    left: int
    top: float
    height: float
    is_now: bool


@dataclass(frozen=True, slots=True)
class History:
    """The picture, its zero line `zero` points from the top, and its table: months with what there was at their end."""

    width: int
    zero: float
    bars: tuple[Bar, ...]
    rows: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def history(ends: tuple[MonthEnd, ...], now: Money, language: Language) -> History | None:
    """The last months of an account up to now; None where there was nothing in it at any time."""
    balances = [*(end.balance.minor for end in ends), now.minor]
    highest, lowest = max(0, *balances), min(0, *balances)
    if not ends or highest == lowest:
        return None
    zero = HEIGHT * highest / (highest - lowest)
    bars = []
    for place, minor in enumerate(balances):
        height = max(abs(minor) * HEIGHT / (highest - lowest), 1)
        top = zero - height if minor > 0 else zero
        bars.append(Bar(place * STEP, round(top, 1), round(height, 1), place == len(ends)))
    rows = tuple((_month(end, language), _amount(end.balance)) for end in reversed(ends))
    return History(len(balances) * STEP - (STEP - WIDTH), round(zero, 1), tuple(bars), rows)


def _month(end: MonthEnd, language: Language) -> str:
    return f"{translate(language, MONTHS[end.last_day.month - 1])} {end.last_day.year}"


def _amount(balance: Money) -> str:
    return f"{format_amount(balance.minor, balance.currency)}{NO_BREAK_SPACE}{balance.currency}"
