"""How far a night has come: the notes that its stages keep, only read."""

from dataclasses import dataclass
from datetime import date

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("night_progress")


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage of the closing of `day`: how many things it did out of `total` (None: nobody counted)."""

    day: date
    stage: str
    is_done: bool
    has_failed: bool
    done: int
    total: int | None
    night_is_done: bool


async def newest(connection: Connection) -> list[StageRow]:
    """The stages of the newest day that is being closed or was, in the order in which they were begun."""
    return [StageRow(**row) for row in await connection.fetch(_sql.newest)]
