"""Keeps the gate by the clock: closed behind the last posting when the daily update begins, open when it is over.

It only makes the gate follow the window and the end of day. That nothing is booked inside the window doesn't depend on
it: postings read the database's clock themselves, so a dead scheduler books nothing either.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dega import metrics
from dega.bank import Bank
from dega.errors import Busy, PartAway
from dega.ledger import gate
from dega.ledger.gate import Closer
from dega.ledger.post import CLOCKS_APART
from dega.night.end_of_day import TROUBLE, EndOfDay, StageFailed, days_due, last_due
from dega.night.jobs import run_due_jobs
from dega.night.stages import STAGES, Stage
from dega.night.timetable import TIMETABLE, Job, Round
from dega.store import end_of_day as notes
from dega.store import ledger
from dega.store.database import AWAY, STILL_HELD
from dega.store.ledger import GateRow
from dega.store.night import Watch

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
JOBS_EVERY_SECONDS = 30.0
AGAIN_AFTER = timedelta(minutes=5)
"""When a stage that failed is tried again, unless an operator says sooner (`dega night resume`)."""

WARN_EVERY = timedelta(minutes=1)
EXPECTED = timedelta(minutes=15)
"""What customers are told where the night isn't done at its end: a quarter of an hour from now, at a full one."""


class OnGate(Protocol):
    """Who is told at every look how the gate stands; `opens_at` (UTC) is None where nobody knows."""

    def __call__(self, closed: bool, opens_at: datetime | None = None, by: Closer | None = None) -> object:
        """The night looked."""
        ...


class Scheduler:
    """One for each process. The leader among them acts, by the database's clock; all of them say how the gate stands.

    The night's own connection holds the lead: when a leader dies, another process has it within seconds.
    """

    def __init__(
        self,
        bank: Bank,
        on_gate: OnGate,
        *,
        stages: Sequence[Stage] = STAGES,
        jobs: tuple[Job, ...] = TIMETABLE,
        rounds: tuple[Round, ...] = (),
    ) -> None:
        self._bank = bank
        self._window = bank.config.window.window
        self._on_gate = on_gate
        self._end_of_day = EndOfDay(bank, stages)
        self._jobs = jobs
        self._rounds = rounds
        self._watch = Watch(bank.config.database.dsn)
        self._turning = asyncio.Lock()
        self._warned_at: datetime | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Keep the gate, the nights and the timetable, and make the rounds, until `close`."""
        self._tasks = [
            asyncio.create_task(self._keep_the_gate(), name="night-gate"),
            asyncio.create_task(self._keep_the_nights(), name="night-end-of-day"),
            asyncio.create_task(self._keep_the_timetable(), name="night-timetable"),
            *(asyncio.create_task(self._keep_making(each), name=f"night-{each.name}") for each in self._rounds),
        ]

    async def close(self) -> None:
        """Stop at once and give the lead back: what is under way is undone whole, and the next leader does it."""
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
        self._tell(stands)
        contains = self._window.contains(stands.clock)
        change = self._window.ends_after(stands.clock) if contains else self._window.closes_next(stands.clock)
        return min(LOOK_EVERY_SECONDS, (change - stands.clock).total_seconds())

    def _tell(self, stands: GateRow) -> None:
        closed = stands.state == "closed" or not self._in_step(stands.clock)
        metrics.GATE_CLOSED.set(closed)
        by: Literal["night", "operator"] | None = None
        if stands.state == "closed":
            by = "operator" if stands.closed_by == "operator" else "night"
        self._on_gate(closed, self._opens_at(stands), by)

    def _opens_at(self, stands: GateRow) -> datetime | None:
        """When customers can pay again, as far as anybody knows."""
        known = [stands.held_until]
        if stands.closed_by != "operator":  # who has stopped it goes by no time that the night gave
            known.append(stands.expected_at)
            if self._window.contains(stands.clock):
                known.append(self._window.ends_after(stands.clock))
        return max([instant for instant in known if instant is not None and instant > stands.clock], default=None)

    async def _move(self, stands: GateRow) -> bool:
        """Make the gate follow the window and the nights; whether there was something to do."""
        inside = self._window.contains(stands.clock)
        async with self._bank.database.connection() as connection:
            closed = await notes.last_day(connection)
            if closed is None:
                before = last_due(self._window, stands.clock) - timedelta(days=1 if inside else 0)
                await notes.begin_the_books(connection, before)
                closed = before
            due = days_due(self._window, closed, stands.clock)
            waits = not await notes.are_waived(connection, due)
            begun = await notes.last_begun(connection) or closed
        if stands.state == "open":
            return (inside or waits) and await self._close()
        if stands.closed_by != "night" or inside:
            return False
        if waits:
            return await self._expect(stands)
        has_gone_back = last_due(self._window, stands.clock) < begun
        is_held = stands.held_until is not None and stands.clock < stands.held_until
        return not (has_gone_back or is_held) and await self._open()

    async def _close(self) -> bool:
        self._on_gate(True, None, "night")
        closing = await gate.close(self._bank.database, "night")
        log.info(
            "the daily update begins: the gate is closed",
            extra={"closed_at": closing.at, "in_flight": closing.in_flight, "drained_ms": closing.drained_ms},
        )
        return True

    async def _expect(self, stands: GateRow) -> bool:
        """The window is over and the night isn't: say anew until when, whenever that has passed."""
        if stands.expected_at is not None and stands.expected_at > stands.clock:
            return False
        async with self._bank.database.transaction() as connection:
            await ledger.expect_opening(connection, _next_quarter(stands.clock + EXPECTED))
        return True

    async def _open(self) -> bool:
        """Open what the night closed; behind the lock it may turn out that an operator took the gate over."""
        async with self._bank.database.transaction() as connection:
            await ledger.lock_gate(connection, gate.DRAIN_SECONDS)
            stands = await gate.state(connection)
            is_held = stands.held_until is not None and stands.clock < stands.held_until
            if stands.closed_by != "night" or is_held or self._window.contains(stands.clock):
                return False
            opened_at = await ledger.open_gate(connection)
        log.info("the daily update is over: the gate is open", extra={"opened_at": opened_at})
        return True

    def _in_step(self, database_clock: datetime) -> bool:
        """Whether the clocks of process and database agree; where they don't, the log says so every minute."""
        now = self._bank.clock.now()
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

    async def run_due_nights(self) -> bool:
        """Close every day that is due, in order, while the gate is closed; whether there was one.

        Raises StageFailed, or what passes by itself (`end_of_day.TROUBLE`). A stage that failed rests for a while.
        """
        did = False
        while True:
            async with self._bank.database.connection() as connection:
                stands = await gate.state(connection)
                closed = await notes.last_day(connection)
                due = days_due(self._window, closed, stands.clock) if closed is not None else []
                failed_at = await notes.failed_at(connection, due[0]) if due else None
            rests = failed_at is not None and failed_at <= stands.clock < failed_at + AGAIN_AFTER
            if not due or rests or stands.state != "closed":
                return did
            await self._end_of_day.run(due[0])
            did = True

    async def run_due_jobs(self) -> None:
        """Do what the timetable says is due, in its order; what fails is tried again in five minutes."""
        await run_due_jobs(self._bank, self._jobs)

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

    async def _keep_the_nights(self) -> None:
        while True:
            try:
                if self._watch.is_leader and await self.run_due_nights():
                    await self.turn()
            except StageFailed as error:
                log.warning("the night waits", extra={"stage": str(error)})
            except TROUBLE as error:
                log.warning("the night can't go on now", extra={"why": type(error).__name__})
            except Exception:
                log.exception("the night could not go on")
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _keep_the_timetable(self) -> None:
        while True:
            try:
                if self._watch.is_leader:
                    await self.run_due_jobs()
            except (PartAway, Busy, *AWAY, *STILL_HELD) as error:
                log.warning("the timetable can't be kept now", extra={"why": type(error).__name__})
            except Exception:
                log.exception("the timetable could not be kept")
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


def _next_quarter(instant: datetime) -> datetime:
    """The first full quarter of an hour that isn't before its minute."""
    instant = instant.replace(second=0, microsecond=0)
    early = -(instant - datetime.min.replace(tzinfo=instant.tzinfo)) % timedelta(minutes=15)
    return instant + early
