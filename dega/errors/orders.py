"""Refusals of what is typed of a payment or of its days: accounts, amounts, IBANs, dates."""

from dega.errors.refusal import Refusal


class AccountMissing(Refusal):
    """Choose an account."""

    code = "account_missing"
    remedy = "Choose it from the list of your accounts."


class AmountMissing(Refusal):
    """Write the amount."""

    code = "amount_missing"
    remedy = "Write it in digits, for example 1234,50."


class AmountNotANumber(Refusal):
    """Write the amount in digits, for example 1234,50."""

    code = "amount_not_a_number"
    remedy = "Write digits only, with a comma before the decimals, and no currency."


class AmountNegative(Refusal):
    """The amount can't be negative. Write it without a sign."""

    code = "amount_negative"
    remedy = "If the money should go the other way, exchange the two accounts."


class AmountZero(Refusal):
    """The amount must be more than zero."""

    code = "amount_zero"
    remedy = "Write what you want to pay, for example 1234,50."


class AmountDecimals(Refusal):
    """The amount has too many decimals: %(currency)s has two."""

    code = "amount_decimals"
    remedy = "Write two digits after the comma, for example 1234,50."


class AmountAmbiguous(Refusal):
    """Do you mean %(larger)s or %(smaller)s? Write the amount with two decimals, for example 1234,00."""

    code = "amount_ambiguous"
    remedy = (
        "A single point or comma before three digits can mean thousands or decimals. With two decimals it is clear."
    )


class AmountTooLarge(Refusal):
    """The amount is larger than any payment can be."""

    code = "amount_too_large"
    remedy = "Check the digits: a comma may be missing."


class IbanMissing(Refusal):
    """Write the payee's IBAN."""

    code = "iban_missing"
    remedy = "Ask the payee for it. An Albanian IBAN begins with AL and has 28 characters."


class IbanCharacters(Refusal):
    """An IBAN has only letters and digits. Check what you wrote."""

    code = "iban_characters"
    remedy = "Leave out points, lines and brackets. Spaces don't matter."


class IbanCountry(Refusal):
    """An IBAN begins with the two letters of a country, for example AL. Check the first two letters."""

    code = "iban_country"
    remedy = "Write the whole IBAN from its first letter on, not the account number alone."


class IbanLength(Refusal):
    """The IBAN has %(length)s characters; one of this country has %(expected)s. Something is missing or too much."""

    code = "iban_length"
    remedy = "Compare it with the original character by character, or copy it from a message of the payee."


class IbanCheckDigits(Refusal):
    """The check digits of the IBAN aren't right: a character is mistyped. Compare it with the original."""

    code = "iban_check_digits"
    remedy = (
        "Easily mistaken are 0 and O, 1 and I, and two digits that changed places. If it is as the payee wrote "
        "it, ask the payee."
    )


class IbanNationalDigit(Refusal):
    """The national check digit of the IBAN (the 12th character) isn't right. Compare it with the original."""

    code = "iban_national_digit"
    remedy = "Look at the characters from the 5th to the 12th. If they are as the payee wrote them, ask the payee."


class IbanOfAnotherBank(Refusal):
    """This IBAN belongs to another bank. Here you can pay accounts of our bank only."""

    code = "iban_of_another_bank"
    remedy = "Ask the payee for an account at our bank, or pay at a branch."


class DayShape(Refusal):
    """Write the date as day.month.year, for example 22.11.2026."""

    code = "day_shape"
    remedy = "The day comes first, then the month, then the year with four digits."


class DayUnknown(Refusal):
    """There is no such day in the calendar. Look at the day, the month and the year."""

    code = "day_unknown"
    remedy = "The day comes first, then the month. A month has 31 days at most, and some have fewer."


class DaysInverted(Refusal):
    """The first day is after the last one."""

    code = "days_inverted"
    remedy = "Exchange the two dates."


class ChoiceMissing(Refusal):
    """Choose one of the answers."""

    code = "choice_missing"
    remedy = "Mark one answer of each question, then continue."


class FirstDayPassed(Refusal):
    """The first payment can be on %(day)s at the earliest: the night of an earlier day has begun."""

    code = "first_day_passed"
    remedy = "Choose that day or a later one. What must be paid today is a transfer."


class OrderOver(Refusal):
    """This order was stopped or has ended. Make a new one."""

    code = "order_over"
    remedy = "The order's own page shows what it paid, and when."


class PromiseNotNeeded(Refusal):
    """The daily update isn't running: the payment can be confirmed now, and is made at once."""

    code = "promise_not_needed"
    remedy = "Open the payment in Transfers, check it and confirm it."
