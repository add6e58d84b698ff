"""What tests of the night look at: processes with a scheduler each, and the gate as the database has it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import asyncpg
from cast import Admin

from dega.bank import Bank
from dega.clock import TIRANA
from dega.night.scheduler import Scheduler
from dega.night.stages import Stage, Whole


def tirana(text: str) -> datetime:
    """The instant that Tirana's wall clock shows as `2026-11-23 21:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=TIRANA)


@dataclass
class Process:
    """One process's scheduler, and what it said at each look: whether financial operations stop.

    Its nights have no stages: what the gate does is looked at apart from them.
    """

    scheduler: Scheduler
    said: list[bool] = field(default_factory=list)

    async def turn(self) -> bool:
        """One look, the nights that are due, another look; and what it said at its end."""
        await self.scheduler.turn()
        await self.scheduler.run_due_nights()
        await self.scheduler.turn()
        return self.said[-1]


StartProcess = Callable[[], Process]


async def gate(admin: Admin) -> tuple[str, str | None]:
    """Open or closed, and by whom."""
    row = await admin.fetchrow("SELECT state, closed_by FROM gate")
    assert row is not None
    return row["state"], row["closed_by"]


async def closings(admin: Admin) -> list[tuple[str, bool]]:
    """By whom the gate was closed, and whether it was opened again; oldest first."""
    rows = await admin.fetch("SELECT closed_by, opened_at IS NOT NULL FROM gate_closing ORDER BY id")
    return [tuple(row) for row in rows]


async def wait_for_lock(admin: Admin, query: str) -> int:
    """The backend whose statement is like `query` and waits for somebody's lock, as soon as there is one."""
    async with asyncio.timeout(5):
        while True:
            pid: int | None = await admin.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                " AND query LIKE $1",
                f"%{query}%",
            )
            if pid is not None:
                return pid
            await asyncio.sleep(0.02)


async def leader_of(admin: Admin) -> int:
    """The backend that holds the lead."""
    pid: int = await admin.fetchval(
        "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()"
        " WHERE locktype = 'advisory' AND objid = 4993002 AND granted"
    )
    return pid


async def kill(admin: Admin, pid: int) -> None:
    """What the database sees of a process that was killed: its connection is gone."""
    await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)


class Held:
    """An account that somebody else has locked: a posting to it stops in the middle until it is let go."""

    def __init__(self, dsn: str, account_id: int) -> None:
        self._dsn = dsn
        self._account_id = account_id

    async def __aenter__(self) -> "Held":
        self._connection = await asyncpg.connect(self._dsn)
        await self._connection.execute("BEGIN")
        await self._connection.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", self._account_id)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def let_go(self) -> None:
        """The posting goes on."""
        await self._connection.execute("ROLLBACK")


def failing(name: str, fails: Callable[[], BaseException | None]) -> Whole:
    """A stage that fails as long as there is something to raise."""

    async def do(_bank: Bank, _day: date) -> int:
        if (error := fails()) is not None:
            raise error
        return 1

    return Whole(name, do)


def scheduler(bank: Bank, *stages: Stage, said: list[tuple[bool, object]] | None = None) -> Scheduler:
    """A process's scheduler with these stages; what it says is whether the gate is closed, and until when."""
    heard = said if said is not None else []
    return Scheduler(
        bank, lambda closed, opens_at=None, by=None: heard.append((closed, opens_at)), stages=stages, jobs=()
    )
