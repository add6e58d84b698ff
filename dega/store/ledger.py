"""The statements of a posting and of the gate."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct

from dega.sealing import Fields
from dega.store import sealed
from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("ledger")


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a batch finds behind the gate's lock: the state, the bank's clock (UTC), fresh ids, deeds booked already."""

    is_open: bool
    clock: datetime
    movement_ids: list[int]
    transfer_ids: list[int]
    notice_ids: list[int]
    booked: frozenset[UUID]


class PaymentRow(Struct, frozen=True):
    """A prepared payment, the code bound to it and the customer's standing, as locked for a posting.

    `spent_minor` is what they sent to others on that day in the payment's currency; `paid_before` says whether they
    have paid this payee.
    """

    id: UUID
    customer_id: int
    state: str
    movement_id: int | None
    digest: bytes | None
    expires_at: datetime | None
    authorised_at: datetime | None
    authorised_by: str | None
    consumed_at: datetime | None
    challenge_id: UUID | None
    user_state: str | None
    auth_epoch: int | None
    barred_at: datetime | None
    mobile_changed_at: datetime | None
    spent_minor: int
    paid_before: bool


class AccountRow(Struct):
    """An account as locked for a posting; the batch moves `balance_minor` and `last_seq` forward in it."""

    id: int
    iban: str | None
    customer_id: int | None
    currency: str
    status: str
    floor_minor: int | None
    balance_minor: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class GateRow:
    """The gate: open or closed, by whom, since when; the window beside it; and the bank's clock (UTC).

    An operator keeps it closed until `held_until`; customers were told `expected_at` where the night took longer.
    """

    state: str
    closed_by: str | None
    reason: str
    changed_at: datetime
    held_until: datetime | None
    expected_at: datetime | None
    window_starts: time
    window_ends: time
    clock: datetime


@dataclass(slots=True)
class Sheet:
    """Everything that one batch will write, in rows as the tables have them.

    `value_date` is the day whose books take it, `day` the one whose limits it counts for.
    """

    booked_at: datetime
    value_date: date
    day: date
    movements: list[tuple[int, UUID, str, datetime, date, bool, str, str | None, str, str | None, str]] = field(
        default_factory=list
    )
    transfers: list[tuple[int, int, str, int, int, str, int]] = field(default_factory=list)
    entries: list[tuple[int, int, int, int, int, datetime]] = field(default_factory=list)
    challenges: list[UUID] = field(default_factory=list)
    spending: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    payees: list[tuple[int, str]] = field(default_factory=list)
    audits: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    notices: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)


async def begin(connection: Connection) -> None:
    """Begin a posting: the transaction, and the shared side of the gate."""
    await connection.execute(_sql.begin_posting)


async def pass_gate(connection: Connection) -> None:
    """Take the shared side of the gate for this transaction: who closes the gate waits for its end."""
    await connection.execute(_sql.pass_gate)


async def commit(connection: Connection) -> None:
    """Keep the posting. Never cancelled and never timed out: an unanswered commit is read back instead."""
    await connection.execute("COMMIT")


async def roll_back(connection: Connection) -> None:
    """Leave no trace of the posting."""
    if not connection.is_closed():
        await connection.execute("ROLLBACK")


async def threshold(
    connection: Connection, movements: int, transfers: int, notices: int, keys: list[UUID]
) -> Threshold:
    """What stands behind the gate's lock, with ids for so many movements, transfers and notices."""
    row = await connection.fetchrow(_sql.read_gate, movements, transfers, notices, keys)
    assert row is not None, "the gate has its one row"  # noqa: S101
    return Threshold(
        row["state"] == "open",
        row["clock"],
        row["movement_ids"],
        row["transfer_ids"],
        row["notice_ids"],
        frozenset(row["booked"]),
    )


async def lock_payments(connection: Connection, ids: list[UUID], day: date) -> dict[UUID, PaymentRow]:
    """Lock the prepared payments, before any account; `day` is the Tirana day whose spending counts."""
    return {row[0]: PaymentRow(*row) for row in await connection.fetch(_sql.lock_payments, ids, day)}


async def settled_state(connection: Connection, payment_id: UUID) -> str:
    """The state of the payment; whoever is at it, in whatever process, is waited for."""
    state: str = await connection.fetchval(_sql.settled_state, payment_id)
    return state


async def lock_accounts(connection: Connection, ids: list[int]) -> dict[int, AccountRow]:
    """Lock the accounts, in the order of their ids."""
    return {row[0]: AccountRow(*row) for row in await connection.fetch(_sql.lock_accounts, ids)}


async def bookings(connection: Connection, keys: list[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """Movement id and moment (UTC) of the deeds that are booked."""
    rows = await connection.fetch(_sql.bookings, keys)
    return {row["deed_key"]: (row["id"], row["booked_at"]) for row in rows}


async def write(connection: Connection, fields: Fields, sheet: Sheet) -> None:
    """Write the whole batch in one round trip; whom notices go to is sealed. What the statement doesn't take from a row
    is left out of it."""
    await connection.execute(
        _sql.write_batch,
        sheet.movements,
        sheet.transfers,
        sheet.entries,
        sheet.challenges,
        sheet.booked_at,
        [(customer, sheet.day, currency, *minor) for (customer, currency), minor in sheet.spending.items()],
        [(*payee, sheet.booked_at) for payee in sheet.payees],
        [
            (None, None, actor, action, subject, outcome, request_id, None, data, None)
            for actor, action, subject, outcome, request_id, data in sheet.audits
        ],
        [
            (
                row_id,
                channel,
                sealed.seal_recipient(fields, row_id, recipient),
                *rest,
                None,
                None,
                None,
                None,
                None,
                None,
            )
            for row_id, channel, recipient, *rest in sheet.notices
        ],
    )


async def write_read_back(connection: Connection, keys: list[UUID]) -> None:
    """Keep what was read back of these deeds."""
    await connection.execute(_sql.write_read_back, keys)


async def lock_gate(connection: Connection, most_seconds: int) -> None:
    """Take the exclusive side of the gate for this transaction: every posting before it has ended."""
    milliseconds = most_seconds * 1000
    await connection.execute(f"SET LOCAL lock_timeout = {milliseconds}; SET LOCAL statement_timeout = {milliseconds}")
    await connection.execute(_sql.lock_gate, timeout=most_seconds + 1)


async def gate(connection: Connection) -> GateRow:
    """The gate as it stands."""
    row = await connection.fetchrow(_sql.gate)
    assert row is not None, "the gate has its one row"  # noqa: S101
    return GateRow(*row)


async def postings_under_way(connection: Connection) -> int:
    """How many transactions hold the shared side of the gate."""
    count: int = await connection.fetchval(_sql.postings_under_way)
    return count


async def close_gate(
    connection: Connection, closed_by: str, reason: str, in_flight: int | None = None, drained_ms: int | None = None
) -> datetime:
    """Close it; the moment (UTC)."""
    closed_at: datetime = await connection.fetchval(_sql.close_gate, closed_by, reason)
    await connection.execute(_sql.note_closing, closed_at, closed_by, in_flight, drained_ms)
    return closed_at


async def hold_gate(connection: Connection, until: datetime) -> None:
    """The night doesn't open it before."""
    await connection.execute(_sql.hold_gate, until)


async def expect_opening(connection: Connection, at: datetime) -> None:
    """Customers are told that it opens at about that moment."""
    await connection.execute(_sql.expect_opening, at)


async def open_gate(connection: Connection) -> datetime:
    """Open it; the moment (UTC)."""
    opened_at: datetime = await connection.fetchval(_sql.open_gate)
    await connection.execute(_sql.note_opening, opened_at)
    return opened_at


async def set_window(connection: Connection, starts: time, ends: time) -> None:
    """Keep the window of the configuration; another one than before holds from now on."""
    await connection.execute(_sql.set_window, starts, ends)


async def open_bank_account(connection: Connection, code: str, currency: str) -> None:
    """Open an account of the chart, unless it is there."""
    await connection.execute(_sql.open_bank_account, code, currency)


async def bank_account(connection: Connection, code: str, currency: str) -> int | None:
    """The id of an account of the chart."""
    found: int | None = await connection.fetchval(_sql.bank_account, code, currency)
    return found


async def bank_clock(connection: Connection) -> datetime:
    """The bank's clock (UTC)."""
    clock: datetime = await connection.fetchval(_sql.bank_clock)
    return clock


async def clock_offset(connection: Connection) -> timedelta:
    """How far the bank's clock is ahead of the system's: not at all, but in the demo and in tests."""
    moved_by: timedelta | None = await connection.fetchval(_sql.clock_offset)
    return moved_by or timedelta(0)


async def clock_is_moved(connection: Connection) -> bool:
    """Whether the bank's clock isn't the system's."""
    moved: bool = await connection.fetchval(_sql.clock_is_moved)
    return moved
