"""The gate: financial operations stop while it is closed. The database decides, not the scheduler.

Posting holds the shared side of a lock while it books; whoever closes the gate takes the exclusive side. When it is
granted, every posting before it has been kept or rolled back, and none can follow.
"""

from datetime import datetime
from typing import Literal

from dega.clock import Window
from dega.store import ledger
from dega.store.database import Connection, Database

DRAIN_SECONDS = 60
"""How long closing waits for the postings in flight."""

Closer = Literal["night", "operator"]


async def close(database: Database, closed_by: Closer, reason: str = "") -> datetime:
    """Close the gate behind the last posting; the moment (UTC). Closing a closed gate changes nothing."""
    async with database.transaction() as connection:
        await ledger.lock_gate(connection, DRAIN_SECONDS)
        gate = await ledger.gate(connection)
        if gate.state == "closed":
            return gate.changed_at
        return await ledger.close_gate(connection, closed_by, reason)


async def state(connection: Connection) -> ledger.GateRow:
    """The gate as it stands, with the bank's clock."""
    return await ledger.gate(connection)


async def keep_window(database: Database, window: Window) -> None:
    """Keep the configured window for the checks of the books, with the moment from which on it holds."""
    async with database.transaction() as connection:
        await ledger.set_window(connection, window.starts, window.ends)
