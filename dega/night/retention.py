"""The night forgets what has done its service: in small pieces, each table in its turn, so that nobody waits for it.

What proves a payment (its code, what a passkey signed) and the books themselves are never forgotten.
"""

from datetime import date

from dega.bank import Bank
from dega.ledger.closing import Piece
from dega.retention_settings import Retention
from dega.store import retention
from dega.store.database import Connection
from dega.store.retention import Forgettable

AT_ONCE = 1000
"""Rows that one piece forgets."""

IN_TURN: tuple[Forgettable, ...] = (
    "drafts", "order_drafts", "codes", "notices", "messages", "sign_ins", "faults",
)  # fmt: skip
"""Drafts before the codes that they were to be made with."""


async def forget(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """A piece of the night: the next rows of the table whose turn it is; `after` counts the tables that are done."""
    what = IN_TURN[after]
    done = await retention.forget(connection, what, days_of(bank.config.retention, what), AT_ONCE)
    if done == AT_ONCE:
        return Piece(done, after)
    return Piece(done, after + 1 if after + 1 < len(IN_TURN) else None)


def days_of(settings: Retention, what: Forgettable) -> int:
    """For how many days it is kept."""
    days: int = getattr(settings, "drafts_days" if what == "order_drafts" else f"{what}_days")
    return days
