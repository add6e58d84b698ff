"""The fields of payment forms, each read with its own sentences; all problems of a form are told together."""

from collections.abc import Mapping

from dega.errors import (
    AccountBlocked,
    AccountClosed,
    AccountDormant,
    AccountMissing,
    AccountNotYours,
    AmountAmbiguous,
    AmountDecimals,
    AmountMissing,
    AmountNegative,
    AmountNotANumber,
    AmountTooLarge,
    AmountZero,
    CurrencyMismatch,
    IbanCharacters,
    IbanCheckDigits,
    IbanCountry,
    IbanLength,
    IbanMissing,
    IbanNationalDigit,
    Refusal,
    Refusals,
    TextCharacters,
    TextTooLong,
)
from dega.ids import (
    IBAN_LENGTHS,
    IbanError,
    IbanProblem,
    TextError,
    TextProblem,
    clean_name,
    clean_text,
    compact,
    format_iban,
    parse_iban,
)
from dega.money import AmountError, AmountProblem, Currency, Money, format_money, parse_amount
from dega.store.payments import OwnAccount

DESCRIPTION_LENGTH = 140
NAME_LENGTH = 70

_STANDING: dict[str, type[Refusal]] = {"blocked": AccountBlocked, "dormant": AccountDormant, "closed": AccountClosed}

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

__all__ = ["Form", "compact", "is_ours", "same_currency"]


class Form:
    """Reads one form; what is refused is kept until `raise_any`."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self._refusals: list[Refusal] = []

    def refuse(self, refusal: Refusal) -> None:
        """Keep a refusal."""
        self._refusals.append(refusal)

    def raise_any(self) -> None:
        """Raise Refusals where anything was refused."""
        if self._refusals:
            raise Refusals(self._refusals)

    def own_account(self, field: str, account: OwnAccount | None) -> None:
        """The account chosen in `field`: the customer's own, and able to pay."""
        if not self._typed.get(field, ""):
            self.refuse(AccountMissing(field))
        elif account is None:
            self.refuse(AccountNotYours(field))
        elif account.status in _STANDING:
            self.refuse(_STANDING[account.status](field, iban=format_iban(account.iban)))

    def amount(self, currency: str | None) -> Money | None:
        """The amount, in the currency of the account (lek where none was chosen). Never rounded, never guessed."""
        known = Currency(currency) if currency else Currency.ALL
        wanted = self._typed.get("currency", "").upper()
        if currency and wanted and wanted != currency:
            self.refuse(CurrencyMismatch("currency", debit=currency, credit=wanted))
        try:
            return Money(parse_amount(self._typed.get("amount", ""), known), known)
        except AmountError as error:
            self.refuse(_amount_refusal(error, known))
            return None

    def iban(self, field: str) -> str | None:
        """The IBAN in `field`, without spaces."""
        text = self._typed.get(field, "")
        if not text.strip():
            self.refuse(IbanMissing(field))
            return None
        try:
            return parse_iban(text)
        except IbanError as error:
            self.refuse(_iban_refusal(error, field, text))
            return None

    def description(self) -> str:
        """The purpose of the transfer; it may be empty."""
        return self._text("description", DESCRIPTION_LENGTH)

    def payee_name(self) -> str:
        """The payee's name as the payer knows it; it may be empty and never decides where money goes."""
        return self._text("to_name", NAME_LENGTH)

    def _text(self, field: str, most: int) -> str:
        text = self._typed.get(field, "")
        if not text.strip():
            return ""
        try:
            return clean_name(text, most) if field == "to_name" else clean_text(text, most)
        except TextError as error:
            too_long = error.reason is TextProblem.TOO_LONG
            self.refuse(TextTooLong(field, most=most) if too_long else TextCharacters(field))
            return ""


def same_currency(debit: str, credit: str, field: str) -> None:
    """Both accounts are in one currency, or CurrencyMismatch."""
    if debit != credit:
        raise CurrencyMismatch(field, debit=debit, credit=credit)


def is_ours(iban: str, bank_code: str) -> bool:
    """Whether a well-formed IBAN is of our bank."""
    return iban.startswith("AL") and iban[4:7] == bank_code


def _amount_refusal(error: AmountError, currency: Currency) -> Refusal:
    if error.reason is AmountProblem.TOO_MANY_DECIMALS:
        return AmountDecimals("amount", currency=currency)
    if error.reason is AmountProblem.AMBIGUOUS:
        larger, smaller = max(error.readings), min(error.readings)
        if larger == smaller:  # 1.234: as a fraction it has a decimal too many, but it is what may have been meant
            smaller = larger // 1000
        if smaller == 0:  # 0,500: no thousands can have been meant
            return AmountDecimals("amount", currency=currency)
        meant = {"larger": format_money(Money(larger, currency)), "smaller": format_money(Money(smaller, currency))}
        return AmountAmbiguous("amount", **meant)
    return _AMOUNT[error.reason]("amount")


def _iban_refusal(error: IbanError, field: str, text: str) -> Refusal:
    if error.reason is IbanProblem.LENGTH:
        iban = compact(text)
        return IbanLength(field, length=len(iban), expected=IBAN_LENGTHS[iban[:2]])
    return _IBAN[error.reason](field)
