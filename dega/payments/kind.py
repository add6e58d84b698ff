"""A kind of payment: what is asked for, how it is read into an order, and which rules it is under."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from dega.bank import Bank
from dega.config import Config
from dega.money import Money
from dega.store.payments import OwnAccount


@dataclass(frozen=True, slots=True)
class Order:
    """What the customer asks for, read and checked: everything that the check page shows and the code is bound to."""

    debit: OwnAccount
    credit_account_id: int
    payee_name: str
    payee_iban: str
    payee_typed: str
    amount: Money
    fee: Money
    description: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `spends` counts for the limits; `needs_code` says whether a one-time code or a passkey confirms it."""

    name: str
    read: Callable[[Bank, int, Mapping[str, str]], Awaitable[Order]]
    spends: bool
    needs_code: Callable[[Config], bool]
