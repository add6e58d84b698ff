"""What people type in forms, read into values; what can't be read becomes the refusal that says why."""

from datetime import date

from dega.clock import DayError, DayProblem, parse_day
from dega.errors import (
    AmountAmbiguous,
    AmountDecimals,
    AmountMissing,
    AmountNegative,
    AmountNotANumber,
    AmountTooLarge,
    AmountZero,
    DayShape,
    DayUnknown,
    IbanCharacters,
    IbanCheckDigits,
    IbanCountry,
    IbanLength,
    IbanMissing,
    IbanNationalDigit,
    Refusal,
)
from dega.ids import IBAN_LENGTHS, IbanError, IbanProblem, compact, parse_iban
from dega.money import AmountError, AmountProblem, Currency, Money, parse_amount

_AMOUNT: dict[AmountProblem, type[Refusal]] = {
    AmountProblem.EMPTY: AmountMissing,
    AmountProblem.NOT_A_NUMBER: AmountNotANumber,
    AmountProblem.NEGATIVE: AmountNegative,
    AmountProblem.ZERO: AmountZero,
    AmountProblem.TOO_LARGE: AmountTooLarge,
}

_IBAN: dict[IbanProblem, type[Refusal]] = {
    IbanProblem.CHARACTERS: IbanCharacters,
    IbanProblem.COUNTRY: IbanCountry,
    IbanProblem.CHECK_DIGITS: IbanCheckDigits,
    IbanProblem.NATIONAL_DIGIT: IbanNationalDigit,
}


def read_amount(text: str, currency: Currency, field: str = "amount") -> Money:
    """The amount in `text`: never rounded, never guessed. Raises the Refusal that says what is wrong with it."""
    try:
        return Money(parse_amount(text, currency), currency)
    except AmountError as error:
        raise _amount_refusal(error, currency, field) from error


def read_iban(text: str, field: str) -> str:
    """The IBAN in `text`, without spaces. Raises the Refusal that names its wrong part."""
    if not text.strip():
        raise IbanMissing(field)
    try:
        return parse_iban(text)
    except IbanError as error:
        if error.reason is IbanProblem.LENGTH:
            iban = compact(text)
            raise IbanLength(field, length=len(iban), expected=IBAN_LENGTHS[iban[:2]]) from error
        raise _IBAN[error.reason](field) from error


def read_day(text: str, field: str) -> date:
    """The day in `text`. Raises the Refusal that says whether it is no date at all, or one that no calendar has."""
    try:
        return parse_day(text)
    except DayError as error:
        raise (DayUnknown if error.reason is DayProblem.NO_SUCH_DAY else DayShape)(field) from error


def _amount_refusal(error: AmountError, currency: Currency, field: str) -> Refusal:
    if error.reason is AmountProblem.TOO_MANY_DECIMALS:
        return AmountDecimals(field, currency=currency)
    if error.reason is not AmountProblem.AMBIGUOUS:
        return _AMOUNT[error.reason](field)
    larger, smaller = max(error.readings), min(error.readings)
    if larger == smaller:  # 1.234: as a fraction it has a decimal too many, but it is what may have been meant
        smaller = larger // 1000
    if smaller == 0:  # 0,500: no thousands can have been meant
        return AmountDecimals(field, currency=currency)
    return AmountAmbiguous(field, larger=Money(larger, currency), smaller=Money(smaller, currency))
