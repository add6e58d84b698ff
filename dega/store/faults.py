"""Faults that customers saw, by the case number on their page."""

import logging
from collections import deque
from dataclasses import astuple, dataclass
from datetime import datetime

from dega.errors import PartAway
from dega.store.database import AWAY, Connection, Database
from dega.store.queries import queries

_sql = queries("faults")
log = logging.getLogger(__name__)

_unkept: deque["Case"] = deque(maxlen=1000)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault: when (UTC), where, what. `detail` is a trace, for operators only."""

    number: str
    at: datetime
    route: str
    request_id: str
    kind: str
    detail: str


async def keep(database: Database, case: Case) -> None:
    """Keep the case; where the database is away too, it waits in memory for the next one (and stands in the log)."""
    _unkept.append(case)
    try:
        async with database.connection() as connection:
            while _unkept:
                await connection.execute(_sql.keep, *astuple(_unkept[0]))
                _unkept.popleft()
    except (PartAway, *AWAY):
        log.warning("cases wait until the database is back", extra={"cases": len(_unkept)})


async def find(connection: Connection, number: str) -> Case | None:
    """The case with this number."""
    row = await connection.fetchrow(_sql.find, number)
    return Case(**row) if row is not None else None
