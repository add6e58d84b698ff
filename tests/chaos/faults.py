"""What goes wrong, and is over when the function returns. None of it is mended by hand: what ends is started again."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
from chaos.disk import Disk
from chaos.failpoints import HOW, MOMENTS, POINTS
from chaos.house import House
from chaos.proxy import Line, cut_after, cut_before, hold
from chaos.units import Unit

from dega.payments.make import PATIENCE_SECONDS

BEFORE_A_ROLLBACK = [
    f"{moment} {name}" for name in ("write", "lock_accounts", "threshold", "begin") for moment in MOMENTS
]

NO_ROOM = b"No space left on device"

Happen = Callable[[House, random.Random], Awaitable[None]]

REACH_SECONDS = 20
"""A point that no posting reached until then isn't reached."""


class NotReached(Exception):
    """What was to fail wasn't even come by."""


@dataclass(frozen=True)
class Fault:
    """One way to fail. `kind` is what it counts as in the table."""

    kind: str
    name: str
    happen: Happen


# ---------------------------------------------------------------- processes that end


def kill(*units: Callable[[House], Unit], down: float = 0.2) -> Happen:
    """All of them at the same moment; each comes back a little later."""

    async def happen(house: House, chance: random.Random) -> None:
        ended = [unit(house) for unit in units]
        starts = [unit.starts for unit in ended]
        for unit in ended:
            unit.down_seconds = down + chance.uniform(0, down)
            unit.signal(signal.SIGKILL)
        while any(unit.starts == before for unit, before in zip(ended, starts, strict=True)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    return happen


def the_bank(house: House) -> Unit:
    return house.bank


def the_counter(house: House) -> Unit:
    return house.counter


def postgres(house: House) -> Unit:
    return house.postgres


def valkey(house: House) -> Unit:
    return house.valkey


def backends(house: House) -> list[int]:
    """The processes of PostgreSQL that serve the bank and the counter."""
    return [pid for pid, title in house.postgres.children() if "dega_app" in title]


async def kill_one_backend(house: House, chance: random.Random) -> None:
    """PostgreSQL ends all others then, and recovers."""
    if found := backends(house):
        _signal(chance.choice(found), signal.SIGKILL)
    await asyncio.sleep(0.1)


async def kill_all_of_postgres(house: House, chance: random.Random) -> None:
    """The server with everything it started, at once: nobody tidies up."""
    family = [pid for pid, _ in house.postgres.children()]
    starts = house.postgres.starts
    house.postgres.signal(signal.SIGKILL)
    for pid in family:
        _signal(pid, signal.SIGKILL)
    while house.postgres.starts == starts:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def kill_again_and_again(house: House, chance: random.Random) -> None:
    """The bank dies as soon as it is back, five times."""
    for _ in range(5):
        await kill(the_bank)(house, chance)
        await asyncio.sleep(chance.uniform(0.1, 1.5))


# ---------------------------------------------------------------- processes that stand still


def pause(unit: Callable[[House], Unit], least: float, most: float) -> Happen:
    """It stands still for a while, as a machine does that swaps or is moved."""

    async def happen(house: House, chance: random.Random) -> None:
        still = unit(house)
        still.signal(signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(least, most))
        still.signal(signal.SIGCONT)

    return happen


async def pause_backends(house: House, chance: random.Random) -> None:
    """Some of PostgreSQL's processes stand still, with whatever locks they hold, until customers are told that it is
    being verified; then the bank is killed, and its successor knows nothing of what they are at."""
    found = [pid for pid in backends(house) if chance.random() < 0.5]
    for pid in found:
        _signal(pid, signal.SIGSTOP)
    await asyncio.sleep(PATIENCE_SECONDS + 1)
    house.bank.signal(signal.SIGKILL)
    await asyncio.sleep(chance.uniform(3, 5))
    for pid in found:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


# ---------------------------------------------------------------- lines that fail


def to_postgres(house: House) -> Line:
    return house.to_postgres


def to_valkey(house: House) -> Line:
    return house.to_valkey


def slow(line: Callable[[House], Line], seconds: float, lasting: float = 3) -> Happen:
    """Everything takes longer."""

    async def happen(house: House, chance: random.Random) -> None:
        line(house).latency = chance.uniform(seconds / 2, seconds)
        await asyncio.sleep(lasting)
        line(house).heal()

    return happen


def crumbs(line: Callable[[House], Line], lasting: float = 2) -> Happen:
    """Everything comes a few bytes at a time."""

    async def happen(house: House, chance: random.Random) -> None:
        line(house).crumbs = chance.randint(1, 7)
        await asyncio.sleep(lasting)
        line(house).heal()

    return happen


def silent(line: Callable[[House], Line], lasting: float) -> Happen:
    """Nothing arrives; then everything does that was held back."""

    async def happen(house: House, chance: random.Random) -> None:
        line(house).passage.clear()
        await asyncio.sleep(lasting)
        line(house).heal()

    return happen


def lost(line: Callable[[House], Line], lasting: float = 2) -> Happen:
    """Nothing arrives, and what was under way never will: new connections alone come through again."""

    async def happen(house: House, chance: random.Random) -> None:
        line(house).passage.clear()
        await asyncio.sleep(lasting)
        line(house).lose()
        line(house).heal()

    return happen


def cut(line: Callable[[House], Line], times: int = 5) -> Happen:
    """All connections are reset, again and again."""

    async def happen(house: House, chance: random.Random) -> None:
        for _ in range(times):
            line(house).cut()
            await asyncio.sleep(chance.uniform(0.02, 0.4))

    return happen


def at_commit(what: Callable[..., Awaitable[None]], times: int = 5) -> Happen:
    """This happens to the next COMMITs."""

    async def happen(house: House, chance: random.Random) -> None:
        line = house.to_postgres
        for _ in range(times):
            await _meet_commit(line, what)
            await asyncio.sleep(chance.uniform(0, 0.3))

    return happen


def commit_outlives_the_bank(seconds: float = 4) -> Happen:
    """COMMIT is under way when the bank is killed, and arrives when its successor answers customers already."""

    async def happen(house: House, chance: random.Random) -> None:
        await _meet_commit(house.to_postgres, hold(seconds))
        house.bank.signal(signal.SIGKILL)
        await asyncio.sleep(seconds)

    return happen


async def _meet_commit(line: Line, what: Callable[..., Awaitable[None]]) -> None:
    met = line.commits_met
    line.at_commit = what
    try:
        async with asyncio.timeout(REACH_SECONDS):
            while line.commits_met == met:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise NotReached("no COMMIT came by") from None
    finally:
        line.at_commit = None


# ---------------------------------------------------------------- statements that fail


def at_points(points: Sequence[str], how: str) -> Happen:
    """The next postings that reach these points fail there, in the bank or at the counter; often in both."""

    async def happen(house: House, chance: random.Random) -> None:
        sides = (house.at_bank, house.at_counter)
        for side in sides:
            for point in points:
                side.arm(point, how)
        missing, before = set(points), next((one for one in BEFORE_A_ROLLBACK if one not in points), "before write")
        ends = time.monotonic() + REACH_SECONDS + len(points)
        while missing and time.monotonic() < ends:
            for side in sides:  # nothing rolls back that hasn't failed before
                if side.is_hit(before) and any(point.endswith("roll_back") for point in missing):
                    side.arm(before, "raise")
            missing -= {point for point in missing if any(side.is_hit(point) for side in sides)}
            await asyncio.sleep(0.01)
        for side in sides:
            side.disarm()
        if missing:
            raise NotReached(f"no posting came {', '.join(missing)}")
        await asyncio.sleep(0.3)

    return happen


# ---------------------------------------------------------------- a disk that is full


MOST_LOOKS = 400
"""How often it is looked, ten times a second, whether somebody wanted room while the disk is full."""


def full(disk: Disk, lasting: float) -> Happen:
    """No room for a while: for tables, for the log of PostgreSQL, for what Valkey keeps."""

    async def happen(house: House, chance: random.Random) -> None:
        log = house.servers.folder / "postgres.log"
        said = log.stat().st_size

        def was_wanted() -> bool:
            with log.open("rb") as file:
                file.seek(said)
                return NO_ROOM in file.read()

        disk.fill()
        try:
            await asyncio.sleep(chance.uniform(lasting / 2, lasting))
            for _ in range(MOST_LOOKS):  # there was room left in what PostgreSQL had taken before
                if was_wanted():
                    break
                await _use_up(house)
                await asyncio.sleep(0.1)
        finally:
            disk.empty()
        if not was_wanted():
            raise NotReached("PostgreSQL never wanted room")

    return happen


async def _use_up(house: House) -> None:
    """Write a megabyte of what PostgreSQL has left of its log: few customers alone may not come to its end in time."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with asyncio.timeout(2):
            admin = await house.admin()
            try:
                await admin.execute("SELECT pg_logical_emit_message(false, 'room', repeat('x', 1 << 20))")
            finally:
                admin.terminate()


def everything(disk: Disk | None) -> list[Fault]:
    """All ways to fail, each once; the same, in the same order, for everybody."""
    faults = [
        Fault("killed", "the bank is killed", kill(the_bank)),
        Fault("killed", "the counter is killed", kill(the_counter)),
        Fault("killed", "PostgreSQL is killed", kill(postgres)),
        Fault("killed", "PostgreSQL is killed with all it started", kill_all_of_postgres),
        Fault("killed", "a process of PostgreSQL is killed", kill_one_backend),
        Fault("killed", "Valkey is killed", kill(valkey)),
        Fault("killed", "the bank and PostgreSQL are killed", kill(the_bank, postgres)),
        Fault("killed", "Valkey and PostgreSQL are killed", kill(valkey, postgres)),
        Fault("killed", "all are killed", kill(the_bank, the_counter, postgres, valkey)),
        Fault("killed", "the bank is killed again and again", kill_again_and_again),
        Fault("paused", "the bank stands still", pause(the_bank, 1, 6)),
        Fault("paused", "PostgreSQL's processes stand still, the bank is killed", pause_backends),
        Fault("paused", "Valkey stands still", pause(valkey, 1, 3)),
        Fault("line", "PostgreSQL is slow", slow(to_postgres, 0.2)),
        Fault("line", "PostgreSQL comes in crumbs", crumbs(to_postgres)),
        Fault("line", "PostgreSQL is silent", silent(to_postgres, 7)),
        Fault("line", "PostgreSQL is lost without a word", lost(to_postgres)),
        Fault("line", "PostgreSQL is cut", cut(to_postgres)),
        Fault("line", "Valkey is slow", slow(to_valkey, 0.5)),
        Fault("line", "Valkey comes in crumbs", crumbs(to_valkey)),
        Fault("line", "Valkey is silent", silent(to_valkey, 3)),
        Fault("line", "Valkey is lost without a word", lost(to_valkey)),
        Fault("line", "Valkey is cut", cut(to_valkey)),
        Fault("commit", "cut before COMMIT", at_commit(cut_before)),
        Fault("commit", "cut before the answer to COMMIT", at_commit(cut_after)),
        Fault("commit", "COMMIT is late", at_commit(hold(6), 1)),
        Fault("commit", "COMMIT outlives the bank", commit_outlives_the_bank()),
    ]
    faults += [Fault("failpoint", f"{_DOES[how]} {point}", at_points([point], how)) for point in POINTS for how in HOW]
    if disk is not None:
        faults.append(full_disk(disk))
    return faults


def failpoints(points: Sequence[str], how: str) -> Fault:
    """All of these at once."""
    return Fault("failpoint", f"{_DOES[how]} {', '.join(points)}", at_points(points, how))


def full_disk(disk: Disk, lasting: float = 4) -> Fault:
    """Ours is full for a while."""
    return Fault("disk", "the disk is full", full(disk, lasting))


_DOES = {"kill": "killed", "reset": "reset", "raise": "fault", "hang": "hangs"}
