"""Keeps the gate by the clock: closed behind the last posting when the daily update begins, open when it is over.

It only makes the gate follow the window. That nothing is booked inside the window doesn't depend on it: postings read
the database's clock themselves, so a dead scheduler books nothing either.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from dega.clock import Clock, Window, local_day
from dega.errors import Busy, PartAway
from dega.ledger import gate
from dega.ledger.post import CLOCKS_APART
from dega.night.timetable import TIMETABLE, Job, Round
from dega.store import ledger
from dega.store.database import AWAY, STILL_HELD, Database
from dega.store.ledger import GateRow
from dega.store.night import Watch

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
JOBS_EVERY_SECONDS = 30.0
JOB_AGAIN_AFTER = timedelta(minutes=5)
WARN_EVERY = timedelta(minutes=1)


class Scheduler:
    """One for each process. The leader among them acts, by the database's clock; all of them say how the gate stands.

    `on_gate` is told at every look whether financial operations stop. `dsn` is for the night's own connection, which
    holds the lead: when a leader dies, another process has it within seconds.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        window: Window,
        on_gate: Callable[[bool], None],
        *,
        dsn: str,
        jobs: tuple[Job, ...] = TIMETABLE,
        rounds: tuple[Round, ...] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._window = window
        self._on_gate = on_gate
        self._jobs = jobs
        self._rounds = rounds
        self._watch = Watch(dsn)
        self._turning = asyncio.Lock()
        self._due: dict[str, datetime] = {}
        self._warned_at: datetime | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Look at the gate every second and at the timetable every half minute, and make the rounds, until `close`."""
        self._tasks = [
            asyncio.create_task(self._keep_the_gate(), name="night-gate"),
            asyncio.create_task(self._keep_the_timetable(), name="night-timetable"),
            *(asyncio.create_task(self._keep_making(each), name=f"night-{each.name}") for each in self._rounds),
        ]

    async def close(self) -> None:
        """Stop at once and give the lead back: a closing under way is undone whole, and the next leader does it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watch.close()

    async def turn(self) -> float:
        """Look at the gate once and do what is to be done; after how many seconds to look again.

        Raises PartAway, or a PostgreSQL error where the postings in flight don't end: then nothing was done.
        """
        async with self._turning:
            stands = await self._watch.look()
            if self._watch.is_leader and await self._move(stands):
                stands = await self._watch.look()
        self._on_gate(stands.state == "closed" or not self._in_step(stands.clock))
        contains = self._window.contains(stands.clock)
        change = self._window.ends_after(stands.clock) if contains else self._window.closes_next(stands.clock)
        return min(LOOK_EVERY_SECONDS, (change - stands.clock).total_seconds())

    async def _move(self, stands: GateRow) -> bool:
        """Make the gate follow the window; whether there was something to do."""
        inside = self._window.contains(stands.clock)
        if inside and stands.state == "open":
            self._on_gate(True)
            closed_at = await gate.close(self._database, "night")
            log.info("the daily update begins: the gate is closed", extra={"closed_at": closed_at})
            return True
        if not inside and stands.closed_by == "night":
            return await self._open()
        return False

    async def _open(self) -> bool:
        """Open what the night closed; behind the lock it may turn out that an operator took the gate over."""
        async with self._database.transaction() as connection:
            await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
            stands = await gate.state(connection)
            if stands.closed_by != "night" or self._window.contains(stands.clock):
                return False
            opened_at = await ledger.open_gate(connection)
        log.info("the daily update is over: the gate is open", extra={"opened_at": opened_at})
        return True

    def _in_step(self, database_clock: datetime) -> bool:
        """Whether the clocks of process and database agree; where they don't, the log says so every minute."""
        now = self._clock.now()
        apart = abs(database_clock - now)
        if apart <= CLOCKS_APART:
            self._warned_at = None
            return True
        if self._warned_at is None or abs(now - self._warned_at) >= WARN_EVERY:
            self._warned_at = now
            log.warning(
                "the clocks of process and database differ: nothing is booked", extra={"seconds": apart.total_seconds()}
            )
        return False

    async def run_due_jobs(self) -> None:
        """Do what the timetable says is due, today's included; a job that fails is tried again in five minutes."""
        for job in self._jobs:
            now = self._clock.now()
            if now < self._due.setdefault(job.name, job.due_on(local_day(now))):
                continue
            try:
                done = await job.run(self._database)
            except Exception:
                log.exception("a job of the timetable failed", extra={"job": job.name})
                self._due[job.name] = now + JOB_AGAIN_AFTER
            else:
                log.info("a job of the timetable is done", extra={"job": job.name, "done": done})
                self._due[job.name] = job.due_on(local_day(now) + timedelta(days=1))

    async def _keep_the_gate(self) -> None:
        while True:
            seconds = LOOK_EVERY_SECONDS
            try:
                seconds = await self.turn()
            except (PartAway, Busy, *AWAY, *STILL_HELD) as error:
                log.warning("the gate can't be kept now", extra={"why": type(error).__name__})
            except Exception:
                log.exception("the gate could not be kept")
            await asyncio.sleep(seconds)

    async def _keep_the_timetable(self) -> None:
        while True:
            if self._watch.is_leader:
                await self.run_due_jobs()
            await asyncio.sleep(JOBS_EVERY_SECONDS)

    async def _keep_making(self, each: Round) -> None:
        while True:
            await asyncio.sleep(each.every_seconds)
            if not self._watch.is_leader:
                continue
            try:
                await each.run()
            except (PartAway, Busy, *AWAY, *STILL_HELD) as error:
                log.warning("a round can't be made now", extra={"round": each.name, "why": type(error).__name__})
            except Exception:
                log.exception("a round failed", extra={"round": each.name})
