"""The fields of payment forms, each read with its own sentences; all problems of a form are told together."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from dega.errors import (
    AccountMissing,
    AccountNotYours,
    CurrencyMismatch,
    DepositAccount,
    Refusal,
    Refusals,
    TextCharacters,
    TextTooLong,
)
from dega.ids import TextError, TextProblem, clean_name, clean_text, compact, format_iban
from dega.ledger.decide import STANDING
from dega.money import Currency, Money
from dega.store.payments import OwnAccount
from dega.typed import read_amount, read_iban

T = TypeVar("T")

DESCRIPTION_LENGTH = 140
NAME_LENGTH = 70
DEPOSIT = "term"
"""The product of accounts that no payment goes out of or into."""

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
        elif account.product == DEPOSIT:
            self.refuse(DepositAccount(field))
        elif account.status in STANDING:
            self.refuse(STANDING[account.status](field, iban=format_iban(account.iban)))

    def amount(self, currency: str | None) -> Money | None:
        """The amount, in the currency of the account (lek where none was chosen). Never rounded, never guessed."""
        known = Currency(currency) if currency else Currency.ALL
        wanted = self._typed.get("currency", "").upper()
        if currency and wanted and wanted != currency:
            self.refuse(CurrencyMismatch("currency", debit=currency, credit=wanted))
        return self._take(lambda: read_amount(self._typed.get("amount", ""), known))

    def iban(self, field: str) -> str | None:
        """The IBAN in `field`, without spaces."""
        return self._take(lambda: read_iban(self._typed.get(field, ""), field))

    def description(self) -> str:
        """The purpose of the transfer; it may be empty."""
        return self._text("description", DESCRIPTION_LENGTH)

    def payee_name(self) -> str:
        """The payee's name as the payer knows it; it may be empty and never decides where money goes."""
        return self._text("to_name", NAME_LENGTH)

    def _take(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Refusal as refusal:
            self.refuse(refusal)
            return None

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
