"""A payment as its customer sees it, and the digest that a one-time code is bound to."""

import asyncio
import hashlib
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from dega.bank import Bank
from dega.errors import NotFound
from dega.ids import mask_name, name_skeleton, reference
from dega.money import Currency, Money
from dega.store import payments
from dega.store.database import Connection
from dega.store.payments import Payer, PaymentRow


class Made(Struct, frozen=True):
    """What a made payment leaves: its reference, the moment (UTC) and the balance of the payer's account after it."""

    reference: str
    booked_at: datetime
    balance_after: Money


class Payment(Struct, frozen=True):
    """A payment: a draft, `made`, or cancelled. The code that stands for it lives until `code_expires_at` (UTC)."""

    id: UUID
    customer_id: int
    kind: str
    state: str
    debit_account_id: int
    debit_iban: str
    credit_account_id: int
    payee_name: str
    payee_iban: str
    payee_typed: str
    amount: Money
    fee: Money
    description: str
    prepared_at: datetime
    challenge_id: UUID | None
    made: Made | None
    code_expires_at: datetime | None = None

    @property
    def total(self) -> Money:
        """What leaves the payer's account."""
        return self.amount + self.fee

    @property
    def name_fits(self) -> bool:
        """Whether the payer wrote the name of the account's holder, in whatever order and spelling of its letters."""
        return names_fit(self.payee_typed, self.payee_name)

    @property
    def payee_shown(self) -> str:
        """The payee's name for the payer: whole where they know it, else masked, so that no IBAN tells a name."""
        known = self.made is not None or self.kind == "own" or self.name_fits
        return self.payee_name if known else mask_name(self.payee_name)


async def find_payment(bank: Bank, customer_id: int, payment_id: UUID) -> Payment:
    """The customer's payment. Raises NotFound, for somebody else's too."""
    return _payment(await bank.together.ask(payments.payments, (customer_id, payment_id)))


async def find_payer(bank: Bank, customer_id: int) -> Payer:
    """The customer who pays. Raises NotFound, NotSealedHere."""
    return _known(await bank.together.ask(payments.payers, customer_id, bank.fields))


class Asked(Struct, frozen=True):
    """A payment and its payer that were asked for, and are there soon."""

    row: "asyncio.Future[PaymentRow | None]"
    payer: "asyncio.Future[Payer | None]"

    async def answered(self) -> tuple[Payment, Payer]:
        """Both. Raises NotFound, for somebody else's too, and NotSealedHere."""
        return _payment(await self.row), _known(await self.payer)


def ask(bank: Bank, customer_id: int, payment_id: UUID) -> Asked:
    """Ask for the customer's payment and the customer at the same time, and at once."""
    row = bank.together.ask(payments.payments, (customer_id, payment_id))
    return Asked(row, bank.together.ask(payments.payers, customer_id, bank.fields))


async def find_with_payer(bank: Bank, customer_id: int, payment_id: UUID) -> tuple[Payment, Payer]:
    """The customer's payment and the customer. Raises NotFound, NotSealedHere."""
    return await ask(bank, customer_id, payment_id).answered()


async def read_payment(connection: Connection, customer_id: int, payment_id: UUID) -> Payment:
    """The same on a connection of the caller's."""
    found = await payments.payments(connection, [(customer_id, payment_id)])
    return _payment(found.get((customer_id, payment_id)))


async def my_drafts(bank: Bank, customer_id: int) -> list[payments.ListedRow]:
    """What the customer prepared in the last day and didn't make, newest first."""
    async with bank.database.connection() as connection:
        return await payments.drafts(connection, customer_id)


def oldest_draft(bank: Bank, customer_id: int) -> "asyncio.Future[datetime | None]":
    """When the customer prepared the oldest of their drafts (UTC), if there is one. Asked for before it is awaited."""
    return bank.together.ask(payments.oldest_drafts, customer_id)


def has_waited(bank: Bank, prepared_at: datetime | None) -> bool:
    """Whether the last daily update came between a customer's oldest draft and its confirmation."""
    return prepared_at is not None and prepared_at < bank.config.window.window.ended_last(bank.clock.now())


async def my_latest(bank: Bank, customer_id: int) -> list[payments.ListedRow]:
    """The five payments that the customer made last, newest first."""
    async with bank.database.connection() as connection:
        return await payments.latest(connection, customer_id)


def digest_of(payment: Payment) -> bytes:
    """What a code for this payment is bound to: change anything and it is void (payment law, dynamic linking)."""
    return operation_digest(
        payment.id,
        payment.customer_id,
        payment.debit_iban,
        payment.payee_iban,
        payment.payee_name,
        payment.amount,
        payment.fee,
        payment.description,
    )


def operation_digest(
    payment_id: UUID, customer_id: int, debit: str, credit: str, payee: str, amount: Money, fee: Money, description: str
) -> bytes:
    """The same of its particulars; `debit` and `credit` are IBANs. `sql/checks/` works it out again."""
    facts = {
        "payment": str(payment_id),
        "customer": customer_id,
        "debit": debit,
        "credit": credit,
        "payee": payee,
        "minor": amount.minor,
        "currency": amount.currency,
        "fee": fee.minor,
        "description": description,
    }
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).digest()


def names_fit(typed: str, name: str) -> bool:
    """Whether what the payer wrote is this name, in whatever order and spelling of its letters."""
    return bool(typed) and _words(typed) == _words(name)


def _known(payer: Payer | None) -> Payer:
    if payer is None:
        raise NotFound()
    return payer


def _words(name: str) -> set[str]:
    return set(name_skeleton(name).split())


def _payment(row: PaymentRow | None) -> Payment:
    if row is None:
        raise NotFound()
    currency = Currency(row.currency)
    made = None
    if row.movement_id is not None and row.booked_at is not None and row.balance_after_minor is not None:
        made = Made(reference(row.movement_id), row.booked_at, Money(row.balance_after_minor, currency))
    return Payment(
        id=row.id,
        customer_id=row.customer_id,
        kind=row.kind,
        state=row.state,
        debit_account_id=row.debit_account_id,
        debit_iban=row.debit_iban,
        credit_account_id=row.credit_account_id,
        payee_name=row.payee_name,
        payee_iban=row.payee_iban,
        payee_typed=row.payee_typed,
        amount=Money(row.amount_minor, currency),
        fee=Money(row.fee_minor, currency),
        description=row.description,
        prepared_at=row.prepared_at,
        challenge_id=row.challenge_id,
        made=made,
        code_expires_at=row.code_expires_at,
    )
