"""The end of day: closes one day after the other, stage by stage, and goes on exactly where it was broken off.

A piece of a stage and the note that it is done are one transaction, and the note is locked in it: killed at any moment,
or run by two processes at once, every piece is done once.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from dega import metrics
from dega.bank import Bank
from dega.clock import Window, local_day
from dega.errors import Busy, PartAway
from dega.night.alarms import alarm
from dega.night.stages import InPieces, Stage, Whole
from dega.store import end_of_day as notes
from dega.store.database import AWAY, CONSTRAINT_BROKEN, STILL_HELD

log = logging.getLogger(__name__)

Said = Callable[[date, str, int, int | None], None]
"""Told of the progress: day, stage, how many things are done, and out of how many (None: nobody counted)."""

BREATH_SECONDS, MOST_BREATH_SECONDS = 0.002, 0.05
"""Between two pieces customers' pages have their turn: for as long as the piece took, within these bounds."""

TROUBLE = (PartAway, Busy, *AWAY, *STILL_HELD)
"""What passes by itself: the stage hasn't failed, it is only tried again."""


class StageFailed(Exception):
    """A stage can't be done; everything before it is done, nothing after it has begun."""

    def __init__(self, day: date, stage: str, error: str) -> None:
        super().__init__(f"{stage} of {day:%d.%m.%Y}: {error}")


class EndOfDay:
    """Closes days, in the stages that it is given."""

    def __init__(self, bank: Bank, stages: Sequence[Stage]) -> None:
        self._bank = bank
        self._stages = stages

    async def run(self, day: date, said: Said = lambda *_: None) -> None:
        """Close the day: every stage that isn't done yet, in order. Raises StageFailed, or one of TROUBLE."""
        async with self._bank.database.transaction() as connection:
            await notes.begin_night(connection, day)
        for stage in self._stages:
            try:
                with metrics.NIGHT_SECONDS.labels(stage.name).time():
                    await self._do(stage, day, said)
            except TROUBLE:
                raise
            except Exception as error:
                await self._failed(stage, day, error)
                raise StageFailed(day, stage.name, _words(error)) from error
        async with self._bank.database.transaction() as connection:
            await notes.end_night(connection, day)
        log.info("the day is closed", extra={"day": day.isoformat()})

    async def _do(self, stage: Stage, day: date, said: Said) -> None:
        async with self._bank.database.transaction() as connection:
            await notes.begin_stage(connection, day, stage.name)
            mark = await notes.lock_stage(connection, day, stage.name)
            if not mark.ended and mark.total is None and isinstance(stage, InPieces) and stage.total is not None:
                total = await stage.total(connection, day)
                await notes.expect(connection, day, stage.name, total)
                mark = notes.Mark(mark.after, mark.done, total, ended=False)
        said(day, stage.name, mark.done, mark.total)
        if mark.ended:
            return
        if isinstance(stage, Whole):
            done = await stage.do(self._bank, day)
            async with self._bank.database.transaction() as connection:
                await notes.note_piece(connection, day, stage.name, done, None)
            metrics.NIGHT_DONE.labels(stage.name).inc(done)
            said(day, stage.name, done, mark.total)
            return
        goes_on = True
        while goes_on:
            began = time.monotonic()
            goes_on = await self._do_next(stage, day, said)
            await asyncio.sleep(min(max(time.monotonic() - began, BREATH_SECONDS), MOST_BREATH_SECONDS))

    async def _do_next(self, stage: InPieces, day: date, said: Said) -> bool:
        """The next piece, and anew, once, where the schema alone saw a race: where an operator has let customers in
        meanwhile, they may do what the piece was about to do. Whether there may be another piece."""
        try:
            return await self._do_piece(stage, day, said)
        except CONSTRAINT_BROKEN as race:
            log.warning("a piece of the night is done anew", extra={"stage": stage.name}, exc_info=race)
            return await self._do_piece(stage, day, said)

    async def _do_piece(self, stage: InPieces, day: date, said: Said) -> bool:
        """The next piece; whether there may be another one."""
        async with self._bank.database.transaction() as connection:
            mark = await notes.lock_stage(connection, day, stage.name)
            if mark.ended:  # another process ended it meanwhile
                return False
            piece = await stage.piece(self._bank, connection, day, mark.after)
            if piece.after is not None and (piece.after, piece.done) <= (mark.after, 0):
                raise RuntimeError(f"a piece must go forward: {piece.after} isn't behind {mark.after}")
            await notes.note_piece(connection, day, stage.name, piece.done, piece.after)
        metrics.NIGHT_DONE.labels(stage.name).inc(piece.done)
        said(day, stage.name, mark.done + piece.done, mark.total)
        return piece.after is not None

    async def _failed(self, stage: Stage, day: date, error: Exception) -> None:
        async with self._bank.database.transaction() as connection:
            failures = await notes.note_failure(connection, day, stage.name, _words(error))
            if failures is not None:
                what = f"{stage.name} of {day:%d.%m.%Y}"
                await alarm(connection, self._bank, what, _words(error), error=error, again=failures > 1)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def last_due(window: Window, clock: datetime) -> date:
    """The last day whose window has begun at `clock`: it, and every day before it, is to be closed."""
    today = local_day(clock)
    return today if window.on(today)[0] <= clock else today - timedelta(days=1)


def days_due(window: Window, closed: date, clock: datetime) -> list[date]:
    """The days that are to be closed at `clock` where `closed` is the last one that is, in their order."""
    missing = (last_due(window, clock) - closed).days
    return [closed + timedelta(days=n + 1) for n in range(missing)]
