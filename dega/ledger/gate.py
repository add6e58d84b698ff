"""The gate: financial operations stop while it is closed. The database decides, not the scheduler.

Posting holds the shared side of a lock while it books; whoever closes the gate takes the exclusive side. When it is
granted, every posting before it has been kept or rolled back, and none can follow.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dega.clock import Window
from dega.store import ledger
from dega.store.database import Connection, Database

DRAIN_SECONDS = 60
"""How long closing waits for the postings in flight."""

Closer = Literal["night", "operator"]


@dataclass(frozen=True, slots=True)
class Closing:
    """When the gate was closed (UTC). How many transactions with postings were under way in all processes when that was
    asked for, and how many milliseconds it took until they had ended (None: it was closed before)."""

    at: datetime
    in_flight: int | None = None
    drained_ms: int | None = None


async def close(database: Database, closed_by: Closer, reason: str = "") -> Closing:
    """Close the gate behind the last posting. Closing a closed gate changes nothing."""
    async with database.transaction() as connection:
        in_flight, asked = await ledger.postings_under_way(connection), time.monotonic()
        await ledger.lock_gate(connection, DRAIN_SECONDS)
        drained_ms = round((time.monotonic() - asked) * 1000)
        gate = await ledger.gate(connection)
        if gate.state == "closed":
            return Closing(gate.changed_at)
        return Closing(
            await ledger.close_gate(connection, closed_by, reason, in_flight, drained_ms), in_flight, drained_ms
        )


async def state(connection: Connection) -> ledger.GateRow:
    """The gate as it stands, with the bank's clock."""
    return await ledger.gate(connection)


async def keep_window(database: Database, window: Window) -> None:
    """Keep the configured window for the checks of the books, with the moment from which on it holds."""
    async with database.transaction() as connection:
        await ledger.set_window(connection, window.starts, window.ends)
