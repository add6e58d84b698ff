"""Rows of prepared payments and what they need to know of accounts and customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, json

from dega.sealing import Fields
from dega.store import sealed
from dega.store.alerts import ChoiceRow, Choices
from dega.store.database import Connection, Record
from dega.store.queries import queries

_sql = queries("payments")


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account of the payer, as it stands."""

    id: int
    iban: str
    currency: str
    status: str
    balance_minor: int
    floor_minor: int
    product: str


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """An account of our bank that is to receive, with the name of its holder."""

    id: int
    iban: str
    currency: str
    status: str
    customer_id: int
    name: str
    product: str


class Payer(Struct, frozen=True):
    """The customer who pays: name, mobile for codes, e-mail for receipts, language; the kinds of factors that they have
    beside SMS, and what they chose about alerts (None: nothing)."""

    id: int
    name: str
    mobile: str | None
    email: str | None
    language: str
    factors: list[str] = []
    choices: Choices | None = None


class PaymentRow(Struct, frozen=True):
    """A payment with its booking, once it is made, and with the life of the code that stands for it."""

    id: UUID
    customer_id: int
    kind: str
    state: str
    debit_account_id: int
    credit_account_id: int
    payee_name: str
    payee_iban: str
    payee_typed: str
    currency: str
    amount_minor: int
    fee_minor: int
    description: str
    prepared_at: datetime
    challenge_id: UUID | None
    movement_id: int | None
    debit_iban: str
    booked_at: datetime | None
    payer_name: str | None
    balance_after_minor: int | None
    code_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A payment in a list: `prepared_at` of a draft, or when it was made (UTC); the day a draft is promised for."""

    id: UUID
    kind: str
    payee_name: str
    payee_iban: str
    currency: str
    amount_minor: int
    prepared_at: datetime
    promised_for: date | None = None


async def own_account(connection: Connection, customer_id: int, iban: str) -> OwnAccount | None:
    """The customer's own account; somebody else's is not found."""
    row = await connection.fetchrow(_sql.own_account, iban, customer_id)
    return OwnAccount(**row) if row is not None else None


async def payee_account(connection: Connection, iban: str) -> PayeeAccount | None:
    """The account of our bank with this IBAN."""
    row = await connection.fetchrow(_sql.payee_account, iban)
    return PayeeAccount(**row) if row is not None else None


async def payers(connection: Connection, customers: Sequence[int], fields: Fields) -> dict[int, Payer]:
    """The customers who pay, by their ids. Raises NotSealedHere."""
    return {row["id"]: _payer(row, fields) for row in await connection.fetch(_sql.payers, customers)}


async def spent_today(connection: Connection, customer_id: int, currency: str) -> int:
    """Minor units that the customer sent to others today."""
    minor: int = await connection.fetchval(_sql.spent_today, customer_id, currency)
    return minor


async def mobile_changed_at(connection: Connection, customer_id: int, payee_iban: str) -> datetime | None:
    """Since when (UTC) the customer has another mobile number; None too where they have paid this payee before."""
    changed_at: datetime | None = await connection.fetchval(_sql.held, customer_id, payee_iban)
    return changed_at


async def prepare(
    connection: Connection,
    payment_id: UUID,
    customer_id: int,
    kind: str,
    debit_account_id: int,
    credit_account_id: int,
    payee_name: str,
    payee_iban: str,
    payee_typed: str,
    currency: str,
    amount_minor: int,
    fee_minor: int,
    description: str,
) -> None:
    """Keep a prepared payment."""
    await connection.execute(
        _sql.prepare,
        payment_id,
        customer_id,
        kind,
        debit_account_id,
        credit_account_id,
        payee_name,
        payee_iban,
        payee_typed,
        currency,
        amount_minor,
        fee_minor,
        description,
    )


async def payments(connection: Connection, asked: Sequence[tuple[int, UUID]]) -> dict[tuple[int, UUID], PaymentRow]:
    """Payments, each by its customer and id; somebody else's is not found."""
    rows = await connection.fetch(_sql.payments, *map(list, zip(*asked, strict=True)))
    return {(row["customer_id"], row["id"]): PaymentRow(*row) for row in rows}


async def drafts(connection: Connection, customer_id: int) -> list[ListedRow]:
    """What the customer prepared in the last day and didn't make, newest first."""
    return [ListedRow(**row) for row in await connection.fetch(_sql.drafts, customer_id)]


async def oldest_drafts(connection: Connection, customers: Sequence[int]) -> dict[int, datetime]:
    """When the oldest draft of the last day was prepared (UTC), of those of these customers who have any."""
    return {row["customer_id"]: row["prepared_at"] for row in await connection.fetch(_sql.oldest_drafts, customers)}


async def latest(connection: Connection, customer_id: int) -> list[ListedRow]:
    """What the customer made last, newest first."""
    return [ListedRow(**row) for row in await connection.fetch(_sql.latest, customer_id)]


async def bind_code(connection: Connection, customer_id: int, payment_id: UUID, challenge_id: UUID) -> bool:
    """Bind a code to the draft; False where it is no draft (any more)."""
    return str(await connection.execute(_sql.bind_code, payment_id, customer_id, challenge_id)) == "UPDATE 1"


async def cancel(connection: Connection, customer_id: int, payment_id: UUID) -> bool:
    """Cancel the draft; False where it is no draft (any more)."""
    return str(await connection.execute(_sql.cancel, payment_id, customer_id)) == "UPDATE 1"


def _payer(row: Record, fields: Fields) -> Payer:
    customer_id, name, _, _, language, factors, ways, thresholds = row
    contact = sealed.reveal_contact(fields, customer_id, row)
    return Payer(customer_id, name, contact["mobile"], contact["email"], language, factors, _choices(ways, thresholds))


def _choices(ways: str | None, thresholds: str | None) -> Choices | None:
    if ways is None and thresholds is None:
        return None
    return Choices(
        json.decode(ways or "[]", type=list[ChoiceRow]), json.decode(thresholds or "{}", type=dict[str, int])
    )
