"""Rows of orders, and of what each night tried for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("orders")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with the IBAN that it pays from."""

    id: UUID
    customer_id: int
    kind: str
    debit_account_id: int
    credit_account_id: int
    payee_name: str
    payee_iban: str
    payee_typed: str
    currency: str
    amount_minor: int
    sweeps: bool
    fee_minor: int
    description: str
    frequency: str
    first_on: date
    last_on: date | None
    holiday_rule: str
    prepared_at: datetime
    replaces: UUID | None
    state: str
    was_made: bool
    challenge_id: UUID | None
    stop_challenge_id: UUID | None
    next_on: date | None
    retry_until: date | None
    debit_iban: str


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What decides whether an order may be made or stopped now: its state, the code, the customer's standing."""

    state: str
    replaces: UUID | None
    challenge_id: UUID | None
    digest: bytes | None
    expires_at: datetime | None
    authorised_at: datetime | None
    authorised_by: str | None
    consumed_at: datetime | None
    user_state: str | None
    auth_epoch: int | None
    mobile_changed_at: datetime | None
    clock: datetime
    is_barred: bool
    paid_before: bool


@dataclass(frozen=True, slots=True)
class DueRow:
    """An order that is due, locked by the night."""

    number: int
    id: UUID
    customer_id: int
    kind: str
    debit_account_id: int
    credit_account_id: int
    payee_name: str
    payee_iban: str
    currency: str
    amount_minor: int
    sweeps: bool
    fee_minor: int
    description: str
    frequency: str
    first_on: date
    last_on: date | None
    holiday_rule: str
    next_on: date
    retry_until: date | None
    debit_iban: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Up to which dates orders are due in a night, by what they do about holidays (None: none are)."""

    same: date | None
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A night's try for one date of an order; `at` (UTC) is when it was."""

    due_on: date
    day: date
    at: datetime
    outcome: str
    amount_minor: int
    movement_id: int | None
    again_until: date | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What is kept of a try, and how its order goes on: `next_on` None is its end."""

    number: int
    order_id: UUID
    due_on: date
    outcome: str
    amount_minor: int
    movement_id: int | None
    next_on: date | None
    retry_until: date | None


async def prepare(connection: Connection, order_id: UUID, customer_id: int, *particulars: object) -> None:
    """Keep an order as a draft; its particulars come in the order of the statement."""
    await connection.execute(_sql.prepare, order_id, customer_id, *particulars)


async def order(connection: Connection, customer_id: int, order_id: UUID) -> OrderRow | None:
    """The customer's order; somebody else's is not found."""
    row = await connection.fetchrow(_sql.order, order_id, customer_id)
    return OrderRow(**row) if row is not None else None


async def orders(connection: Connection, customer_id: int) -> list[OrderRow]:
    """The customer's orders, those that pay next first; those that are over last."""
    return [OrderRow(**row) for row in await connection.fetch(_sql.orders, customer_id)]


async def standing(connection: Connection, customer_id: int, order_id: UUID, *, make: bool) -> StandingRow | None:
    """Lock the order, to `make` or to stop it."""
    row = await connection.fetchrow(_sql.standing, order_id, customer_id, make)
    return StandingRow(**row) if row is not None else None


async def bind_code(
    connection: Connection, customer_id: int, order_id: UUID, challenge_id: UUID, *, make: bool
) -> bool:
    """Bind a code to making or stopping the order; False where that can't be done with it (any more)."""
    return str(await connection.execute(_sql.bind_code, order_id, customer_id, challenge_id, make)) == "UPDATE 1"


async def make(connection: Connection, order_id: UUID, next_on: date) -> None:
    """The order, a draft that is locked, stands from now on."""
    await connection.execute(_sql.make, order_id, next_on)


async def stop(connection: Connection, customer_id: int, order_id: UUID, *, state: str = "active") -> bool:
    """The order is over; False where it isn't in that state (any more)."""
    return str(await connection.execute(_sql.stop, order_id, customer_id, state)) == "UPDATE 1"


async def due(connection: Connection, day: date, reach: Reach, after: int, most: int) -> list[int]:
    """The numbers of orders that are due in the night of `day`, behind the number `after`."""
    rows = await connection.fetch(_sql.due, after, day, reach.same, reach.before, reach.after, most)
    return [row["number"] for row in rows]


async def count_due(connection: Connection, day: date, reach: Reach) -> int:
    """How many are due in the night of `day` and weren't looked at in it."""
    found: int = await connection.fetchval(_sql.count_due, day, reach.same, reach.before, reach.after)
    return found


async def lock_due(connection: Connection, numbers: Sequence[int], day: date) -> list[DueRow]:
    """Lock those that are still to be looked at in the night of `day`; whoever is at them is waited for."""
    return [DueRow(**row) for row in await connection.fetch(_sql.lock_due, numbers, day)]


async def keep(connection: Connection, day: date, tried: Sequence[Tried]) -> None:
    """Keep what the night of `day` tried, and how the orders go on."""
    await connection.execute(
        _sql.keep_attempts,
        day,
        [each.order_id for each in tried],
        [each.due_on for each in tried],
        [each.outcome for each in tried],
        [each.amount_minor for each in tried],
        [each.movement_id for each in tried],
        [each.retry_until for each in tried],
    )
    await connection.execute(
        _sql.go_on,
        day,
        [each.number for each in tried],
        [each.next_on for each in tried],
        [each.retry_until for each in tried],
    )


async def last_paid(connection: Connection, order_id: UUID) -> date | None:
    """The last date for which an order was paid; None where none was."""
    day: date | None = await connection.fetchval(_sql.last_paid, order_id)
    return day


async def attempts(connection: Connection, customer_id: int, order_id: UUID) -> list[Attempt]:
    """What was tried for the customer's order and those that it took the place of, newest first."""
    return [Attempt(**row) for row in await connection.fetch(_sql.attempts, order_id, customer_id)]
