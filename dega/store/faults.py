"""Faults that customers saw, by the case number on their page."""

import logging
from collections import deque
from dataclasses import astuple, dataclass, replace
from datetime import datetime

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
    """Keep the case; where the database is away too, it waits in memory for the next one. It stands in the log anyway,
    so that nothing here may stand in the way of the page that shows its number."""
    _unkept.append(case)
    try:
        async with database.connection() as connection:
            while _unkept:
                waiting = _unkept.popleft()
                try:
                    await connection.execute(_sql.keep, *astuple(_printable(waiting)))
                except AWAY:
                    _unkept.appendleft(waiting)
                    raise
    except Exception as error:
        log.warning("a case is only in the log", extra={"cases": len(_unkept)}, exc_info=error)


def _printable(case: Case) -> Case:
    """Without what PostgreSQL can't keep: a trace may quote what a stranger sent."""
    detail = case.detail.encode("utf-8", "backslashreplace").decode().replace("\0", "")
    return replace(case, detail=detail)


async def find(connection: Connection, number: str) -> Case | None:
    """The case with this number."""
    row = await connection.fetchrow(_sql.find, number)
    return Case(**row) if row is not None else None
