"""The tariff: what the bank pays and charges, each from a first day on. `[tariff]` of config.toml, as frozen records.

A rate is parts of a million a year, by the days that passed over a year of 360 or of 365 (actual/360, actual/365).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from dega.money import Currency, round_half_even

T = TypeVar("T")

TERMS = (1, 3, 6, 12, 24, 36)
"""For how many months time deposits are taken."""

PARTS = 26_280
"""Divisible by both years, so that a day's interest is a whole number of parts whichever the rate counts by."""

PARTS_OF_MINOR = 1_000_000 * PARTS
"""How many parts a minor unit has."""

_PERCENT = r"[0-9]{1,2}(?:\.[0-9]{1,4})?"
_RATE = re.compile(rf"(?P<percents>{_PERCENT}(?: {_PERCENT})*) act/(?P<year>360|365)")
_KEYS = ("savings", "overdraft", "term", "term_least", "fee_current", "fee_savings")


@dataclass(frozen=True, slots=True)
class Rate:
    """Interest of a year in parts of a million (15 000 are 1.5 %), and how many days that year counts."""

    ppm: int
    year: int

    def parts(self, minor: int, days: int) -> int:
        """What so many minor units earn in so many days, in parts of a minor unit; exact."""
        return minor * self.ppm * days * (PARTS // self.year)


def settle(parts: int) -> int:
    """Minor units of that many parts, rounded once, when they are booked: half to even. What is left is dropped."""
    return round_half_even(parts, PARTS_OF_MINOR)


def tax_on(gross_minor: int, tax_ppm: int) -> int:
    """The tax on so much interest, in minor units, rounded half to even."""
    return round_half_even(gross_minor * tax_ppm, 1_000_000)


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """Values by the first day on which each holds, the earliest first."""

    steps: tuple[tuple[date, T], ...]

    def on(self, day: date) -> T | None:
        """What holds on that day; None before the first one."""
        return next((value for first_day, value in reversed(self.steps) if first_day <= day), None)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds in one currency: amounts in minor units, fees a month. `term` has a rate for each of TERMS."""

    savings: Dated[Rate]
    overdraft: Dated[Rate]
    term: Dated[Mapping[int, Rate]]
    term_least: int
    fee_current: Dated[int]
    fee_savings: Dated[int]


@dataclass(frozen=True, slots=True)
class Tariff:
    """All of it. `tax` on interest is in parts of a million."""

    tax: Dated[int]
    currencies: Mapping[Currency, Conditions]

    def __getitem__(self, currency: Currency) -> Conditions:
        return self.currencies[currency]


def read(values: Any, problems: list[str]) -> Tariff | None:
    """The tariff of a parsed file; None where something is wrong, with a sentence for each problem."""
    if not isinstance(values, dict):
        problems.append("tariff: a section [tariff] with sections like [tariff.ALL] is expected")
        return None
    found = len(problems)
    problems += [f"tariff.{key}: this key is unknown" for key in values.keys() - {"tax", *Currency}]
    tax = _dated("tariff.tax", values.get("tax"), _percent, problems)
    currencies = {currency: _conditions(currency, values.get(currency), problems) for currency in Currency}
    if tax is None or len(problems) > found:
        return None
    return Tariff(tax, {currency: read for currency, read in currencies.items() if read is not None})


def _conditions(currency: Currency, values: Any, problems: list[str]) -> Conditions | None:
    name = f"tariff.{currency}"
    if not isinstance(values, dict):
        problems.append(f"[{name}]: this section is missing")
        return None
    problems += [f"{name}.{key}: this key is unknown" for key in values.keys() - set(_KEYS)]
    savings = _dated(f"{name}.savings", values.get("savings"), _rate, problems)
    overdraft = _dated(f"{name}.overdraft", values.get("overdraft"), _rate, problems)
    term = _dated(f"{name}.term", values.get("term"), _rates, problems)
    fee_current = _dated(f"{name}.fee_current", values.get("fee_current"), _amount, problems)
    fee_savings = _dated(f"{name}.fee_savings", values.get("fee_savings"), _amount, problems)
    try:
        least = _amount(values.get("term_least"))
    except ValueError as error:
        problems.append(f"{name}.term_least: {error}")
        return None
    if savings is None or overdraft is None or term is None or fee_current is None or fee_savings is None:
        return None
    return Conditions(savings, overdraft, term, least, fee_current, fee_savings)


def _dated(name: str, values: Any, read_value: Callable[[Any], T], problems: list[str]) -> Dated[T] | None:
    if not isinstance(values, dict) or not values:
        problems.append(f'{name}: values by their first day are expected, like {{ 2026-01-01 = "…" }}')
        return None
    steps: list[tuple[date, T]] = []
    for day, text in values.items():
        try:
            steps.append((date.fromisoformat(day), read_value(text)))
        except ValueError as error:
            problems.append(f"{name}.{day} = {text!r}: {error}")
    return Dated(tuple(sorted(steps, key=lambda step: step[0])))


def _rates(text: Any) -> Mapping[int, Rate]:
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    percents = match["percents"].split() if match else []
    if match is None or len(percents) != len(TERMS):
        terms = ", ".join(map(str, TERMS))
        raise ValueError(f'expected percents for {terms} months and how days are counted, "1.00 … 3.00 act/365"')
    return {months: Rate(_percent(each), int(match["year"])) for months, each in zip(TERMS, percents, strict=True)}


def _rate(text: Any) -> Rate:
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or " " in match["percents"]:
        raise ValueError('expected percent a year and how days are counted, "1.25 act/365"')
    return Rate(_percent(match["percents"]), int(match["year"]))


def _percent(text: Any) -> int:
    if not isinstance(text, str) or not re.fullmatch(_PERCENT, text):
        raise ValueError('expected percent as a text with at most four decimals, "1.25"')
    return int(Decimal(text) * 10_000)


def _amount(text: Any) -> int:
    """Minor units: all our currencies have two decimals."""
    try:
        amount = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < 10**9 or amount != round(amount, 2):
        raise ValueError('expected an amount as a text with two decimals, "100.00"')
    return int(amount * 100)
