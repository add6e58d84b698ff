"""What operators see of the gate, and their hand on it: in an emergency they stop financial operations at any hour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dega import audit
from dega.audit import Actor
from dega.clock import Window
from dega.ledger import gate
from dega.ledger.gate import Closer
from dega.store import ledger, night
from dega.store.database import Connection, Database
from dega.store.night import Closing

CLOSINGS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class NightStatus:
    """The gate and the window as the database has them; all moments in UTC.

    `since` is None where the gate was never moved. `next_change_at` is when the window starts or, inside it, ends.
    """

    state: Literal["open", "closed"]
    closed_by: Closer | None
    reason: str
    since: datetime | None
    clock: datetime
    window: Window
    in_window: bool
    next_change_at: datetime
    closings: list[Closing]


async def status(connection: Connection) -> NightStatus:
    """How the gate stands, and the last times that it was closed."""
    row = await gate.state(connection)
    window = Window(row.window_starts, row.window_ends)
    in_window = window.contains(row.clock)
    return NightStatus(
        state="closed" if row.state == "closed" else "open",
        closed_by="operator" if row.closed_by == "operator" else "night" if row.closed_by else None,
        reason=row.reason,
        since=row.changed_at if row.changed_at.year > 1 else None,
        clock=row.clock,
        window=window,
        in_window=in_window,
        next_change_at=window.ends_after(row.clock) if in_window else window.closes_next(row.clock),
        closings=await night.last_closings(connection, CLOSINGS_SHOWN),
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
    """Open the gate, whoever closed it; False where it was open.

    Inside the window nothing is booked all the same, and the night closes the gate again at once.
    """
    async with database.transaction() as connection:
        await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
        if (await gate.state(connection)).state == "open":
            return False
        await ledger.open_gate(connection)
        await audit.record(connection, operator, "gate.unfreeze", "gate", reason=reason)
        return True
