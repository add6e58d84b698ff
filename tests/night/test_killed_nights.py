"""A night that is killed anywhere, or missed, leaves the same books as one that nothing happened to."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, timedelta

import asyncpg
import pytest
from cast import Admin, Cast
from conftest import Phones, config_of, in_hex
from night import world
from night.books import books, guilty, nights, told
from night.nights import tirana

from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import Clock, MovableClock
from dega.config import HOUSE, Config
from dega.embedded.supervisor import Servers
from dega.night.end_of_day import EndOfDay
from dega.night.scheduler import Scheduler
from dega.night.stages import STAGES
from dega.store import end_of_day as notes

DAY = date.fromisoformat(world.EVE)

FURTHER_SECONDS = 0.08
"""So much longer than the run before does each one live, about."""

MOST_KILLS = 40


class Twins:
    """Databases that are what this test's was when it was prepared."""

    def __init__(self, servers: Servers, keys: Keys, name: str) -> None:
        self._servers, self._keys, self._name = servers, keys, name
        self._made: list[str] = []
        self.phones = Phones()

    def config(self, name: str) -> Config:
        return config_of(self._servers, name)

    @asynccontextmanager
    async def bank(self, name: str) -> AsyncIterator[tuple[Bank, TimeMachine, Admin]]:
        """The bank on that database, at the time that its database has."""
        admin = await asyncpg.connect(self._servers.postgres_dsn("dega_admin", name))
        clock = MovableClock(await admin.fetchval("SELECT bank_clock()"))
        async with self.opened(name, clock) as bank:
            yield bank, TimeMachine(clock, admin), admin
        await admin.close()

    def opened(self, name: str, clock: Clock, *, as_staff: bool = False) -> AbstractAsyncContextManager[Bank]:
        """The bank on that database, in one of its roles."""
        config = self.config(name)
        dsn = config.database.staff_dsn if as_staff else config.database.dsn
        return open_bank(config, dsn=dsn, clock=clock, codes=self.phones, keys=self._keys)

    async def make(self) -> str:
        """One more database; its name."""
        admin = await asyncpg.connect(self._servers.postgres_dsn("dega_admin", "postgres"))
        self._made.append(f"{self._name}_twin_{len(self._made)}")
        await admin.execute(f"CREATE DATABASE {self._made[-1]} TEMPLATE {self._name} STRATEGY FILE_COPY")
        await admin.close()
        return self._made[-1]

    async def drop(self) -> None:
        admin = await asyncpg.connect(self._servers.postgres_dsn("dega_admin", "postgres"))
        for name in self._made:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
async def twins(servers: Servers, keys: Keys, database_name: str, cast: Cast) -> AsyncIterator[Twins]:
    """Twins of a bank on the eve of a quarter's end, at nine in the evening."""
    twins = Twins(servers, keys, database_name)
    async with twins.bank(database_name) as (bank, machine, admin):
        await machine.travel_to(tirana("2026-12-31 10:00"))
        async with twins.opened(database_name, bank.clock, as_staff=True) as office:
            await world.open_deposits(office, cast, 3)
            await machine.travel_to(tirana(f"{DAY - timedelta(days=1)} 10:00"))
            await world.prepare(bank, office, cast, twins.phones, f"{DAY:%d.%m.%Y}")
        await notes.begin_the_books(admin, DAY - timedelta(days=1))
        await machine.travel_to(tirana(f"{DAY} 21:00"))
        await world.credits_that_wait(bank, cast)
    yield twins
    await twins.drop()


async def undisturbed(twins: Twins) -> tuple[str, str, list[str]]:
    async with twins.bank(await twins.make()) as (bank, _, admin):
        await EndOfDay(bank, STAGES).run(DAY)
        assert await guilty(admin) == []
        return await books(admin), await nights(admin), await told(admin)


async def test_a_night_killed_again_and_again_leaves_the_same_books(twins: Twins, keys: Keys) -> None:
    expected, expected_nights, expected_told = await undisturbed(twins)
    name = await twins.make()
    killed = await _killed_runs(twins.config(name), keys, random.Random(21))
    async with twins.bank(name) as (_, _, admin):
        assert await guilty(admin) == []
        assert await books(admin) == expected
        assert await nights(admin) == expected_nights
        assert await told(admin) == expected_told
    assert killed > 0


async def _killed_runs(config: Config, keys: Keys, chance: random.Random) -> int:
    """`dega night run`, killed again and again until it gets through; how often it was killed."""
    words = ("-m", "dega", "night", "run", "--operator", "vera", "--reason", "test")
    for killed in range(MOST_KILLS):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, env=_environment(config, keys),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()  # a stage has begun, or it has ended
        try:
            status = await asyncio.wait_for(process.wait(), killed * FURTHER_SECONDS * chance.uniform(0.5, 1))
        except TimeoutError:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            continue
        assert process.stderr is not None
        said = (await process.stderr.read()).decode()
        assert status == 0 or "no day waits" in said, said  # it was killed after its last stage
        return killed
    raise AssertionError("it never got through")


def _environment(config: Config, keys: Keys) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(HOUSE),
        "DEGA__DATABASE__DSN": config.database.dsn,
        "DEGA__DATABASE__STAFF_DSN": config.database.staff_dsn,
        "DEGA__CACHE__URL": config.cache.url,
        **{f"DEGA_KEY_{name.upper()}": text for name, text in in_hex(keys).items()},
    }


async def test_a_night_that_is_broken_off_at_every_stage_leaves_the_same_books(twins: Twins) -> None:
    expected, expected_nights, expected_told = await undisturbed(twins)
    async with twins.bank(await twins.make()) as (bank, _, admin):
        broken = 0
        while True:
            # A connection that is gone at the next statement but so many: each time it comes further.
            try:
                await _run_until(bank, admin, broken)
            except _BrokenOff:
                broken += 1
                continue
            break
        assert broken >= len(STAGES)
        assert await books(admin) == expected
        assert await nights(admin) == expected_nights
        assert await told(admin) == expected_told


class _BrokenOff(Exception):
    """As if the process had died."""


async def _run_until(bank: Bank, admin: Admin, steps: int) -> None:
    """Run the night, and break it off at what it says for the last time after so many steps."""
    said = 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1
        if said > steps:
            raise _BrokenOff

    task = asyncio.ensure_future(EndOfDay(bank, STAGES).run(DAY, count))
    await asyncio.gather(task, return_exceptions=True)
    if said > steps:
        raise _BrokenOff
    task.result()


async def test_three_missed_nights_caught_up_equal_three_nights_run(twins: Twins) -> None:
    night_by_night = await twins.make()
    async with twins.bank(night_by_night) as (bank, machine, admin):
        scheduler = Scheduler(bank, lambda *_: None, jobs=())
        for evening in range(3):
            await machine.travel_to(tirana(f"{DAY + timedelta(days=evening)} 21:00"))
            await scheduler.turn()
            assert await scheduler.run_due_nights()
        await machine.travel_to(tirana(f"{DAY + timedelta(days=3)} 09:00"))
        await scheduler.turn()
        await scheduler.close()
        expected = await books(admin), await nights(admin), await told(admin)
    async with twins.bank(await twins.make()) as (bank, machine, admin):
        scheduler = Scheduler(bank, lambda *_: None, jobs=())
        await machine.travel_to(tirana(f"{DAY + timedelta(days=3)} 09:00"))
        await scheduler.turn()
        assert await scheduler.run_due_nights()
        await scheduler.turn()
        await scheduler.close()
        assert (await books(admin), await nights(admin), await told(admin)) == expected
        assert await admin.fetchval("SELECT state FROM gate") == "open"
        assert await guilty(admin) == []
