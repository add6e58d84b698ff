"""The ledger's side of the bench: how many deeds a second so many callers get booked, each waiting for its own.

What was tried and what it gave, in microseconds of the server's and of the process's time for a payment confirmed by a
code, 256 callers (two virtual cores, others at work on them: what is compared was measured turn by turn):

    as it stood: 0.9 of TPC-B at 64 callers, 1.0 at 256                                       server 290   process 140
    writers that are idle share the queue, so that one decides while another writes: 1.4, 1.6        290           136
    a made payment changes in its place (no index on what changes), no index of deeds in the trail
    balances looked up once each, not one list of changed accounts joined with the other
    what was spent and whether the payee is new come with the payment's row; sums by dictionary      215            95
    entries looked at with their accounts; no check of keys where a payment's row tells              172            85
    plans that only look up: in a new bank's first minute 505 to 1185 before, then                   160            85
    a deed whose account is held waits here, not at its lock                                  no time, fewer waits
    whole rows to the server in place of 46 lists of columns                                         same   -5 to -10 %
    deeds that would wait for this very batch come along (here and below payments without a code): a
    hot account +22, +53 % a second in two comparisons                                          187 -> 164  74 -> 59
    a batch is a writer's part of all that is under way, not of what waits: with 256 callers 56 -> 63
    deeds in one, +12, +10, +1 % a second in three comparisons; with 64, 18 -> 16 deeds: +9, -6, -7 %, so no gain

Nothing, or worse: rows found by their place (ctid) instead of their key (the driver is slow with places: process
+10); three or four writers (10 to 25 % more time for each deed, no more deeds) when that was first measured, though
before the two last lines of the table three gave 64 callers 36 % more than two; the garbage collector frozen or off.
One batch at a time costs least, 139 and 59 for 256 callers, but its rates went both ways (+16, -20 %). Unclear: without
transfer_by_movement, outbox_waiting and three BRINs, all at once, the server took 8 % less or 6 % more, on databases of
different sizes.
A deed's accounts locked with its payment and the gate, in one statement: 0.2 ms less for a batch of one and 0.3 for one
of 16, but 0.4 more for 64 and 3 for 128, since rows within a row are slow to send and to read. A batch on accounts that
another holds, begun early so that only its locks of accounts wait for the other: a hot account 5000 deeds a second
before, 4300 after, in turn; the smaller batches cost what the overlap gains. A hot account takes one core after the
other (a third of the time the process, two thirds the server), spread ones 1.6 at once: hence what it lacks.
With 1 000 000 accounts the rate is that of 100 000 only where PostgreSQL's memory holds what they touch, and the pages
aren't written whole any more that they touch for the first time: 0.54 of it with shared buffers of 128 MB, whatever its
checkpoints do, 0.53 in the first rounds with 2 GB, afterwards 0.76 and 0.86. Hence a round that isn't counted, for both
sides.
Not possible: codecs of our own for lists (the driver takes none for arrays or domains). Not tried, since measured
before: COPY (more round trips than a batch of 64 saves), foreign keys between account and last entry (-53 %).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg

from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock, day_start, local_day
from dega.config import read
from dega.deeds import Deed
from dega.keyring import Keyring
from dega.ledger.post import GroupPoster
from dega.sealing import SealedFields
from dega.store.database import Database
from tests.bench.world import Draw, deeds

WARMING = 300
"""Deeds before each measurement; pgbench too has its connections before its clock runs."""


@dataclass(frozen=True, slots=True)
class Books:
    """A bank's database with the poster on it, as `dega serve` has it."""

    admin: "asyncpg.Connection[asyncpg.Record]"
    poster: GroupPoster

    async def rate(self, callers: int, draw: Draw, count: int, *, confirmed: bool = False) -> float:
        """Deeds a second; preparing them isn't measured, nor are the first few, for which connections make plans."""
        await self._book(callers, await deeds(self.admin, draw, WARMING, confirmed=confirmed))
        waiting = await deeds(self.admin, draw, count, confirmed=confirmed)
        begins = time.perf_counter()
        await self._book(callers, waiting)
        return count / (time.perf_counter() - begins)

    async def _book(self, callers: int, made: list[Deed]) -> None:
        waiting = iter(made)
        await asyncio.gather(*(self._call(waiting) for _ in range(callers)))

    async def _call(self, waiting: Iterator[Deed]) -> None:
        for deed in waiting:
            await self.poster.post(deed)


@asynccontextmanager
async def books(dsn: Callable[[str], str], *, one_by_one: bool = False) -> AsyncIterator[Books]:
    """Open the books of the database that `dsn` gives for a role; the day begins, far from the window.

    `one_by_one` is the naive way: a transaction for each deed, on as many connections as may be had.
    """
    config = read(environment={})
    if one_by_one:
        config = replace(config, database=replace(config.database, posting_connections=16, batch=1))
    clock = MovableClock()
    admin = await asyncpg.connect(dsn("dega_admin"))
    await TimeMachine(clock, admin).travel_to(day_start(local_day(clock.now())))
    database = await Database.open(dsn("dega_app"), config.database)
    poster = GroupPoster(
        database,
        SealedFields(Keyring("fields", bytes(32))),
        clock,
        config.window.window,
        writers=config.database.posting_connections,
        most_waiting=config.database.queue,
        most_in_batch=config.database.batch,
    )
    try:
        yield Books(admin, poster)
    finally:
        await poster.close()
        await database.close()
        await admin.close()
