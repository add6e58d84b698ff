"""What may be forgotten: only by these functions of the database, which keep what is too young or is a proof."""

from typing import Literal

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("retention")

Forgettable = Literal["drafts", "order_drafts", "codes", "notices", "messages", "sign_ins", "faults"]

_STATEMENTS: dict[Forgettable, str] = {
    "drafts": _sql.forget_drafts,
    "order_drafts": _sql.forget_order_drafts,
    "codes": _sql.forget_codes,
    "notices": _sql.forget_notices,
    "messages": _sql.forget_messages,
    "sign_ins": _sql.forget_sign_ins,
    "faults": _sql.forget_faults,
}


async def forget(connection: Connection, what: Forgettable, days: int, most: int) -> int:
    """Forget at most so many of these, once they are so many days old; how many."""
    forgotten: int = await connection.fetchval(_STATEMENTS[what], days, most)
    return forgotten
