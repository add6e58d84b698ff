"""Refusals of what is typed of a payment or of its days: accounts, amounts, IBANs, dates."""

from dega.errors.refusal import Refusal


class AccountMissing(Refusal):
    """Choose an account."""

    code = "account_missing"


class AmountMissing(Refusal):
    """Write the amount."""

    code = "amount_missing"


class AmountNotANumber(Refusal):
    """Write the amount in digits, for example 1234,50."""

    code = "amount_not_a_number"


class AmountNegative(Refusal):
    """The amount can't be negative. Write it without a sign."""

    code = "amount_negative"


class AmountZero(Refusal):
    """The amount must be more than zero."""

    code = "amount_zero"


class AmountDecimals(Refusal):
    """The amount has too many decimals: %(currency)s has two."""

    code = "amount_decimals"


class AmountAmbiguous(Refusal):
    """Do you mean %(larger)s or %(smaller)s? Write the amount with two decimals, for example 1234,00."""

    code = "amount_ambiguous"


class AmountTooLarge(Refusal):
    """The amount is larger than any payment can be."""

    code = "amount_too_large"


class IbanMissing(Refusal):
    """Write the payee's IBAN."""

    code = "iban_missing"


class IbanCharacters(Refusal):
    """An IBAN has only letters and digits. Check what you wrote."""

    code = "iban_characters"


class IbanCountry(Refusal):
    """An IBAN begins with the two letters of a country, for example AL. Check the first two letters."""

    code = "iban_country"


class IbanLength(Refusal):
    """The IBAN has %(length)s characters; one of this country has %(expected)s. Something is missing or too much."""

    code = "iban_length"


class IbanCheckDigits(Refusal):
    """The check digits of the IBAN aren't right: a character is mistyped. Compare it with the original."""

    code = "iban_check_digits"


class IbanNationalDigit(Refusal):
    """The national check digit of the IBAN (the 12th character) isn't right. Compare it with the original."""

    code = "iban_national_digit"


class IbanOfAnotherBank(Refusal):
    """This IBAN belongs to another bank. Here you can pay accounts of our bank only."""

    code = "iban_of_another_bank"


class DayShape(Refusal):
    """Write the date as day.month.year, for example 22.11.2026."""

    code = "day_shape"


class DaysInverted(Refusal):
    """The first day is after the last one."""

    code = "days_inverted"
