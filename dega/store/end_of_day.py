"""The notes of the night: which days are closed, how far each stage is, and how the timetable's jobs went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("end_of_day")


@dataclass(frozen=True, slots=True)
class StageNote:
    """How far a stage is; all moments in UTC. `total` is None where nobody counted."""

    stage: str
    begun_at: datetime
    ended_at: datetime | None
    total: int | None
    done: int
    failed_at: datetime | None
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class JobNote:
    """How a job of the timetable went last; all moments in UTC. `done_for` is the last day it was done for."""

    name: str
    done_for: date | None
    begun_at: datetime | None
    ended_at: datetime | None
    done: int | None
    failed_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a stage stands: behind which id it goes on."""

    after: int
    done: int
    total: int | None
    ended: bool


async def last_day(connection: Connection) -> date | None:
    """The last day that is closed; None before the bank's first night."""
    day: date | None = await connection.fetchval(_sql.last_day)
    return day


async def begin_the_books(connection: Connection, day: date) -> None:
    """Nights are due from the day after this one on, unless there were nights before."""
    await connection.execute(_sql.begin_the_books, day)


async def last_begun(connection: Connection) -> date | None:
    """The last day whose night has begun, closed or not; None before the bank's first night."""
    day: date | None = await connection.fetchval(_sql.last_begun)
    return day


async def are_waived(connection: Connection, days: Sequence[date]) -> bool:
    """Whether an operator let customers pay although none of these days is closed: each needs a word of its own."""
    waived: int = await connection.fetchval(_sql.waived, days)
    return waived == len(days)


async def waive(connection: Connection, day: date, operator: str) -> None:
    """Let customers pay although this day isn't closed."""
    await connection.execute(_sql.waive, day, operator)


async def begin_night(connection: Connection, day: date) -> None:
    """The night begins, unless it has."""
    await connection.execute(_sql.begin_night, day)


async def end_night(connection: Connection, day: date) -> None:
    """The day is closed."""
    await connection.execute(_sql.end_night, day)


async def begin_stage(connection: Connection, day: date, stage: str) -> None:
    """Write the stage's note, unless it is there."""
    await connection.execute(_sql.begin_stage, day, stage)


async def lock_stage(connection: Connection, day: date, stage: str) -> Mark:
    """Where the stage stands; nobody else is at it until this transaction ends."""
    row = await connection.fetchrow(_sql.lock_stage, day, stage)
    assert row is not None, "the stage has begun"  # noqa: S101
    return Mark(*row)


async def expect(connection: Connection, day: date, stage: str, total: int) -> None:
    """How many things the stage will do."""
    await connection.execute(_sql.expect, day, stage, total)


async def note_piece(connection: Connection, day: date, stage: str, done: int, after: int | None) -> None:
    """So many more are done; it goes on behind `after`, or is done (None)."""
    await connection.execute(_sql.note_piece, day, stage, done, after)


async def note_failure(connection: Connection, day: date, stage: str, error: str) -> int | None:
    """The stage failed; how often by now, None where it is done meanwhile."""
    failures: int | None = await connection.fetchval(_sql.note_failure, day, stage, error)
    return failures


async def failed_at(connection: Connection, day: date) -> datetime | None:
    """When (UTC) a stage of that night failed that isn't done since."""
    failed: datetime | None = await connection.fetchval(_sql.failed_at, day)
    return failed


async def resume(connection: Connection) -> list[tuple[date, str]]:
    """Try again at once what failed; which stages."""
    return [(row["day"], row["stage"]) for row in await connection.fetch(_sql.resume)]


async def stages(connection: Connection, day: date) -> list[StageNote]:
    """How far the stages of a night are, as they began."""
    return [StageNote(*row) for row in await connection.fetch(_sql.stages, day)]


async def jobs(connection: Connection) -> list[JobNote]:
    """How the jobs of the timetable stand."""
    return [JobNote(*row) for row in await connection.fetch(_sql.jobs)]


async def begin_job(connection: Connection, name: str) -> None:
    """A run of the job begins."""
    await connection.execute(_sql.begin_job, name)


async def end_job(connection: Connection, name: str, day: date, done: int) -> None:
    """The job is done for that day."""
    await connection.execute(_sql.end_job, name, day, done)


async def fail_job(connection: Connection, name: str, error: str) -> None:
    """The job failed."""
    await connection.execute(_sql.fail_job, name, error)
