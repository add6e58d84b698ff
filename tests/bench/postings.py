"""The ledger's side of the bench: how many deeds a second so many callers get booked, each waiting for its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
from tests.bench.world import Draw, deeds

from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock, day_start, local_day
from dega.config import read
from dega.deeds import Deed
from dega.keyring import Keyring
from dega.ledger.post import GroupPoster
from dega.sealing import SealedFields
from dega.store.database import Database


@dataclass(frozen=True, slots=True)
class Books:
    """A bank's database with the poster on it, as `dega serve` has it."""

    admin: "asyncpg.Connection[asyncpg.Record]"
    poster: GroupPoster

    async def rate(self, callers: int, draw: Draw, count: int, *, confirmed: bool = False) -> float:
        """Deeds a second; preparing them isn't measured."""
        waiting = iter(await deeds(self.admin, draw, count, confirmed=confirmed))
        begins = time.perf_counter()
        await asyncio.gather(*(self._call(waiting) for _ in range(callers)))
        return count / (time.perf_counter() - begins)

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
