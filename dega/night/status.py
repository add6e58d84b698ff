"""What operators see of the gate and of the night, and their hand on both."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dega import audit
from dega.audit import Actor
from dega.clock import Window
from dega.ledger import gate
from dega.ledger.gate import Closer
from dega.night.end_of_day import days_due
from dega.store import end_of_day as notes
from dega.store import ledger, night
from dega.store.database import Connection, Database
from dega.store.end_of_day import JobNote, StageNote
from dega.store.ledger import GateRow
from dega.store.night import Closing

CLOSINGS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class NightStatus:
    """The gate, the window and the night as the database has them; all moments in UTC.

    `since` is None where the gate was never moved. `next_change_at` is when the window starts or, inside it, ends;
    `opens_at` when a closed gate opens, as far as anybody knows. `last_day` is the last day that is closed,
    `stages` those of the night after it, or else of its own.
    """

    state: Literal["open", "closed"]
    closed_by: Closer | None
    reason: str
    since: datetime | None
    clock: datetime
    window: Window
    in_window: bool
    next_change_at: datetime
    held_until: datetime | None
    expected_at: datetime | None
    closings: list[Closing]
    last_day: date | None
    days_due: list[date]
    night: date | None
    stages: list[StageNote]
    jobs: list[JobNote]


async def status(connection: Connection) -> NightStatus:
    """How the gate and the night stand, and the last times that the gate was closed."""
    row = await gate.state(connection)
    window = _window(row)
    in_window = window.contains(row.clock)
    last_day = await notes.last_day(connection)
    due = _due(row, last_day)
    under_way = await notes.stages(connection, due[0]) if due else []
    night_of = due[0] if under_way else last_day
    return NightStatus(
        state="closed" if row.state == "closed" else "open",
        closed_by="operator" if row.closed_by == "operator" else "night" if row.closed_by else None,
        reason=row.reason,
        since=row.changed_at if row.changed_at.year > 1 else None,
        clock=row.clock,
        window=window,
        in_window=in_window,
        next_change_at=window.ends_after(row.clock) if in_window else window.closes_next(row.clock),
        held_until=row.held_until,
        expected_at=row.expected_at,
        closings=await night.last_closings(connection, CLOSINGS_SHOWN),
        last_day=last_day,
        days_due=due,
        night=night_of,
        stages=under_way or (await notes.stages(connection, last_day) if last_day is not None else []),
        jobs=await notes.jobs(connection),
    )


async def freeze(database: Database, reason: str, operator: Actor) -> bool:
    """Close the gate until an operator opens it; False where an operator had closed it already.

    A gate closed by the night is taken over: it stays closed after midnight. Waits for the postings in flight.
    """
    async with database.transaction() as connection:
        await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
        if (await gate.state(connection)).closed_by == "operator":
            return False
        await ledger.close_gate(connection, "operator", reason)
        await audit.record(connection, operator, "gate.freeze", "gate", reason=reason)
        return True


async def unfreeze(database: Database, reason: str, operator: Actor) -> bool:
    """Open the gate, whoever closed it, and though days may not be closed yet; False where it was open.

    Inside the window nothing is booked all the same, and the night closes the gate again at once: of its own day an
    operator says only after the window that it may wait.
    """
    async with database.transaction() as connection:
        await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
        row = await gate.state(connection)
        if row.state == "open":
            return False
        for day in _due(row, await notes.last_day(connection)):
            if _window(row).on(day)[1] <= row.clock:
                await notes.waive(connection, day, operator.name)
        await ledger.open_gate(connection)
        await audit.record(connection, operator, "gate.unfreeze", "gate", reason=reason)
        return True


async def extend(database: Database, until: datetime, reason: str, operator: Actor) -> bool:
    """Keep the gate that is closed now closed until then at least (UTC); customers are told. False where it is open."""
    async with database.transaction() as connection:
        await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
        if (await gate.state(connection)).state == "open":
            return False
        await ledger.hold_gate(connection, until)
        await audit.record(connection, operator, "gate.extend", "gate", reason=reason, until=until.isoformat())
        return True


async def resume(database: Database, reason: str, operator: Actor) -> list[tuple[date, str]]:
    """Have the stages that failed tried again at once; which (day and stage)."""
    async with database.transaction() as connection:
        failed = await notes.resume(connection)
        for day, stage in failed:
            await audit.record(connection, operator, "night.resume", f"night:{day}", reason=reason, stage=stage)
        return failed


def _window(row: GateRow) -> Window:
    return Window(row.window_starts, row.window_ends)


def _due(row: GateRow, last_day: date | None) -> list[date]:
    return days_due(_window(row), last_day, row.clock) if last_day is not None else []
