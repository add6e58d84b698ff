"""Alerts: of what customers are told and on which ways, as they chose it. What protects them can't be silenced.

A way that was chosen but leads nowhere (no e-mail address is known) is replaced by the other one: an alert that
somebody wants never falls between two stools.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, Protocol

from msgspec import Struct

from dega.bank import Bank
from dega.config import Config
from dega.deeds import Notice
from dega.money import Currency, Money
from dega.store import alerts as store
from dega.store.database import Connection


class Kind(StrEnum):
    """What a customer may choose about. A block, and whatever staff do, is always told on every way."""

    NEW_DEVICE = "new_device"
    CREDENTIALS = "credentials"
    NEW_PAYEE = "new_payee"
    LARGE_PAYMENT = "large_payment"
    PAYMENT = "payment"
    STATEMENT = "statement"


class Ways(Struct, frozen=True):
    """On which ways something is told."""

    sms: bool
    email: bool

    def __str__(self) -> str:
        return "+".join(name for name, on in (("sms", self.sms), ("email", self.email)) if on) or "none"

    @property
    def any(self) -> bool:
        """Whether it is told at all."""
        return self.sms or self.email


class Recipient(Protocol):
    """Whom to tell, where and in which language."""

    @property
    def mobile(self) -> str | None:
        """The declared mobile number."""
        ...

    @property
    def email(self) -> str | None:
        """The declared e-mail address."""
        ...

    @property
    def language(self) -> str:
        """The language in which the bank writes to them."""
        ...


class Choices(Struct, frozen=True):
    """On which ways each kind is told; from how many minor units on a payment is a large one, where they chose that."""

    ways: dict[Kind, Ways]
    thresholds: dict[str, int]
    config: Config

    def large(self, currency: Currency) -> Money:
        """From this amount on a payment is a large one to them."""
        least = self.thresholds.get(currency)
        return self.config.large_payment(currency) if least is None else Money(least, currency)


EVERY_WAY = Ways(True, True)
ToOperations = Literal["night_failed"]
"""Letters that the bank's own operations get; `what` failed, `why`, `at`."""

AS_THE_BANK_DOES_IT: dict[Kind, Ways] = {
    Kind.NEW_DEVICE: EVERY_WAY,
    Kind.CREDENTIALS: EVERY_WAY,
    Kind.NEW_PAYEE: EVERY_WAY,
    Kind.LARGE_PAYMENT: EVERY_WAY,
    Kind.PAYMENT: Ways(sms=False, email=True),
    Kind.STATEMENT: Ways(sms=False, email=False),
}
"""Without a choice."""

NEVER_SILENT = frozenset({Kind.CREDENTIALS})
"""Kinds that one way at least must stay open for."""


async def choices_of(connection: Connection, bank: Bank, customer_id: int) -> Choices:
    """What holds for the customer: what they chose, and for the rest what the bank does."""
    return choices_by(bank, (await store.choices(connection, [customer_id])).get(customer_id))


def choices_by(bank: Bank, made: store.Choices | None) -> Choices:
    """The same, of who made these choices or none."""
    if made is None:
        return Choices(AS_THE_BANK_DOES_IT, {}, bank.config)
    chosen = {Kind(row.kind): Ways(row.by_sms, row.by_email) for row in made.ways}
    return Choices(AS_THE_BANK_DOES_IT | chosen, made.thresholds, bank.config)


async def wanted_by(connection: Connection, kind: Kind, customers: Sequence[int]) -> dict[int, Ways]:
    """Those of the customers who want to hear of it, and on which ways."""
    made = await store.choices(connection, customers)
    ways = dict.fromkeys(customers, AS_THE_BANK_DOES_IT[kind]) | {
        customer: Ways(row.by_sms, row.by_email)
        for customer, choices in made.items()
        for row in choices.ways
        if row.kind == kind
    }
    return {customer: way for customer, way in ways.items() if way.any}


def reaching(ways: Ways, to: Recipient) -> Ways:
    """The ways on which it reaches them: those chosen, or the other one where none of them leads anywhere."""
    if to.mobile and to.email:
        return ways
    chosen = Ways(ways.sms and bool(to.mobile), ways.email and bool(to.email))
    return chosen if chosen.any or not ways.any else Ways(bool(to.mobile), bool(to.email))


def notices(to: Recipient, about: str, ways: Ways, data: Mapping[str, str]) -> tuple[Notice, ...]:
    """The notices of one thing, for the outbox: `about` is the template."""
    by = reaching(ways, to)
    told: list[Notice] = []
    if by.sms and to.mobile:
        told.append(Notice("sms", to.mobile, about, to.language, dict(data)))
    if by.email and to.email:
        told.append(Notice("email", to.email, about, to.language, dict(data)))
    return tuple(told)


def to_operations(address: str, about: ToOperations, data: Mapping[str, str]) -> Notice:
    """A letter to the bank's own operations, in English."""
    return Notice("email", address, about, "en", dict(data))
