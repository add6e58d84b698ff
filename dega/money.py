"""Money is a whole number of minor units (qindarka, cents) in one currency: no floats, no silent rounding.

Amounts are read in every way people here type them and written in one: `1 234 567,50 ALL`.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import cache

from msgspec import Struct

NO_BREAK_SPACE = "\u00a0"
MINUS_SIGN = "\u2212"

# PostgreSQL's bigint; every amount and balance is kept in one.
MAX_MINOR = 2**63 - 1
# The most that one typed amount may be: 900,000 of them still fit a balance.
MAX_AMOUNT_MINOR = 10**13


class Currency(StrEnum):
    """The currencies the bank keeps accounts in, by their ISO 4217 codes."""

    ALL = "ALL"
    EUR = "EUR"
    USD = "USD"
    GBP = "GBP"
    CHF = "CHF"
    CAD = "CAD"
    AUD = "AUD"

    @property
    def exponent(self) -> int:
        """Decimal places of the minor unit (ISO 4217). CLDR shows the lek with none; banks keep its two."""
        return 2


class Money(Struct, frozen=True):
    """An amount in minor units of one currency; it may be negative. It refuses what bigint can't hold.

    Different currencies neither add nor compare: ValueError. They are merely unequal, so that sets and dicts work.
    """

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int or type(self.currency) is not Currency:
            raise TypeError("Money is an int of minor units and a Currency")
        if abs(self.minor) > MAX_MINOR:
            raise OverflowError("the amount doesn't fit a bigint")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return format_money(self)

    @property
    def is_positive(self) -> bool:
        """More than nothing."""
        return self.minor > 0

    def _same(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money doesn't combine with {type(other).__name__}")
        if other.currency is not self.currency:
            raise ValueError(f"{self.currency} doesn't combine with {other.currency}")
        return other.minor


def round_half_even(numerator: int, denominator: int) -> int:
    """The quotient to the nearest whole number, ties to the even one, so that many roundings favour nobody."""
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1):
        return whole + 1
    return whole


def format_amount(minor: int, currency: Currency) -> str:
    """`1 234 567,50` from minor units: no-break spaces, decimal comma, a true minus sign."""
    return _writer(currency, "")(minor)


def format_money(money: Money) -> str:
    """`1 234 567,50 ALL`, all in one line: the spaces don't break."""
    return money_in(money.currency)(money.minor)


def money_in(currency: Currency) -> Callable[[int], str]:
    """What writes minor units of that currency as `format_money` does: asked for once where there are many amounts."""
    return _writer(currency, f"{NO_BREAK_SPACE}{currency}")


_THOUSANDS = tuple(f"{NO_BREAK_SPACE}{rest:03d}" for rest in range(1_000))
"""What stands behind the thousands: looking it up costs half of what formatting it does."""


@cache
def _writer(currency: Currency, behind: str) -> Callable[[int], str]:
    unit: int = 10**currency.exponent
    # What stands after the whole number for each rest of minor units: `,00` to `,99`.
    ends = tuple(f",{rest:0{currency.exponent}d}{behind}" for rest in range(unit))

    def write(minor: int) -> str:
        whole, rest = divmod(abs(minor), unit)
        digits = ends[rest]
        while whole >= 1_000:
            whole, three = divmod(whole, 1_000)
            digits = _THOUSANDS[three] + digits
        digits = f"{whole}{digits}"
        return MINUS_SIGN + digits if minor < 0 else digits

    return write


def sms_amount(minor: int, currency: Currency) -> str:
    """`12.500,00 ALL` from minor units, in plain ASCII: a no-break space would halve the length of an SMS."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{format_amount(abs(minor), currency).replace(NO_BREAK_SPACE, '.')} {currency}"


class AmountProblem(StrEnum):
    """Why a text isn't an amount that can be paid."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    ZERO = "zero"
    TOO_MANY_DECIMALS = "too_many_decimals"
    AMBIGUOUS = "ambiguous"
    TOO_LARGE = "too_large"


class AmountError(ValueError):
    """The text is no payable amount. `readings` are the minor units an ambiguous one may mean, for the page to ask."""

    def __init__(self, reason: AmountProblem, readings: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.readings = readings


_LONGEST_TEXT = 64
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f", " "))
_SIGNS = ("-", MINUS_SIGN)
_PLAIN = re.compile(r"(?P<whole>[0-9]+)(?:[.,](?P<decimals>[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<group>[ .,])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?!(?P=group))[.,](?P<decimals>[0-9]+))?"
)
# What may stand after the number, in lower case, the longest first.
_SUFFIXES = {
    Currency.ALL: ("lekë", "leke", "lek", "all"),
    Currency.EUR: ("euro", "eur", "€"),
    Currency.USD: ("usd", "$"),
    Currency.GBP: ("gbp", "£"),
    Currency.CHF: ("chf",),
    Currency.CAD: ("cad",),
    Currency.AUD: ("aud",),
}


def parse_amount(text: str, currency: Currency) -> int:
    """Minor units from `1234,5`, `1 234,50`, `1.234,50`, `1,234.50`, `10 000 lekë`: above zero, at most 10^13.

    Raises AmountError. Never rounds and never guesses: one separator before exactly three digits (`1.234`) may be
    a group or a fraction, so it is AMBIGUOUS and carries every reading that is exact.
    """
    text = text.strip()
    if not text:
        raise AmountError(AmountProblem.EMPTY)
    if len(text) > _LONGEST_TEXT:
        raise AmountError(AmountProblem.NOT_A_NUMBER)
    number = _without_suffix(unicodedata.normalize("NFC", text).translate(_SPACES), currency)
    negative = number.startswith(_SIGNS)
    number = number[1:].lstrip() if negative else number
    plain = _PLAIN.fullmatch(number)
    match = plain or _GROUPED.fullmatch(number)
    if match is None:
        raise AmountError(AmountProblem.NOT_A_NUMBER)
    if negative:
        raise AmountError(AmountProblem.NEGATIVE)
    whole = re.sub("[ .,]", "", match["whole"])
    decimals = match["decimals"] or ""
    if plain and len(decimals) == 3 and (readings := _readings(whole, decimals, currency)):
        raise AmountError(AmountProblem.AMBIGUOUS, readings)
    return _minor(whole, decimals, currency)


def _without_suffix(text: str, currency: Currency) -> str:
    lowered = text.lower()
    for suffix in _SUFFIXES[currency]:
        if lowered.endswith(suffix):
            return lowered[: -len(suffix)].rstrip()
    return text


def _minor(whole: str, decimals: str, currency: Currency) -> int:
    if not (whole + decimals).strip("0"):
        raise AmountError(AmountProblem.ZERO)
    if len(decimals) > currency.exponent:
        raise AmountError(AmountProblem.TOO_MANY_DECIMALS)
    minor = int(whole + decimals.ljust(currency.exponent, "0"))
    if minor > MAX_AMOUNT_MINOR:
        raise AmountError(AmountProblem.TOO_LARGE)
    return minor


def _readings(whole: str, three: str, currency: Currency) -> tuple[int, ...]:
    """What `whole.three` may mean, as a group of thousands first, then as a fraction whose last digit is empty."""
    readings = []
    if len(whole) <= 3 and not whole.startswith("0"):
        readings.append(_minor(whole + three, "", currency))
    if three.endswith("0") and (whole + three).strip("0"):
        readings.append(_minor(whole, three.rstrip("0"), currency))
    return tuple(readings)
