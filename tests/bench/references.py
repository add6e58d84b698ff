"""What the bank is held against: PostgreSQL's own benchmark, and transfers made the naive way, on the same server.

TPC-B, as pgbench has it, is what a bank of one statement after the other costs: three updates, a look and a row. The
naive way writes all that a posting of ours writes, in a transaction for each transfer.
"""

import asyncio
import re
import subprocess
import time
from pathlib import Path

import asyncpg

from dega.embedded import Servers
from dega.embedded.binaries import postgres_programs

SCALE = 50
"""Of TPC-B: five million accounts, fifty branches."""


def prepare_tpcb(servers: Servers) -> None:
    """A database of pgbench's own."""
    _run(postgres_programs() / "psql", servers, "--no-psqlrc", "--command", "CREATE DATABASE tpcb", "dega")
    _pgbench(servers, "--initialize", f"--scale={SCALE}", "--quiet")


def tpcb(servers: Servers, clients: int, seconds: int) -> float:
    """Transactions a second of pgbench's own kind, statements prepared."""
    said = _pgbench(servers, f"--client={clients}", f"--time={seconds}", "--protocol=prepared", "--no-vacuum")
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


async def naive(dsn: str, pairs: list[tuple[int, int]], callers: int) -> float:
    """Transfers a second, one transaction each, statement by statement in plain asyncpg."""
    pool = await asyncpg.create_pool(dsn, min_size=callers, max_size=callers)
    waiting = iter(pairs)

    async def call() -> None:
        async with pool.acquire() as connection:
            for debit, credit in waiting:
                await _transfer(connection, debit, credit)

    begins = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    seconds = time.perf_counter() - begins
    await pool.close()
    return len(pairs) / seconds


async def _transfer(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", debit: int, credit: int) -> None:
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock_shared(4993001)")
        await connection.fetchrow("SELECT state, bank_clock() FROM gate")
        rows = await connection.fetch(
            "SELECT id, balance_minor, last_seq FROM account WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            [debit, credit],
        )
        movement = await connection.fetchval(
            "INSERT INTO movement VALUES (nextval('movement_id'), gen_random_uuid(), 'naive', clock_timestamp(), "
            "current_date, false, 'Arta Kola', NULL, 'Besnik Hoxha', NULL, 'Qira') RETURNING id"
        )
        transfer = await connection.fetchval(
            "INSERT INTO transfer VALUES (nextval('transfer_id'), $1, 'payment', $2, $3, 'ALL', 100) RETURNING id",
            movement,
            debit,
            credit,
        )
        found = {row["id"]: row for row in rows}
        entries = [
            (account, found[account]["last_seq"] + 1, transfer, change, found[account]["balance_minor"] + change)
            for account, change in ((debit, -100), (credit, 100))
        ]
        for entry in entries:
            await connection.execute("INSERT INTO entry VALUES ($1, $2, $3, $4, $5, clock_timestamp())", *entry)
            await connection.execute(
                "UPDATE account SET balance_minor = $2, last_seq = $3 WHERE id = $1", entry[0], entry[4], entry[1]
            )
        await connection.execute(
            "INSERT INTO audit (at, actor, action, subject, outcome) "
            "VALUES (clock_timestamp(), 'bank', 'deed', 'deed', 'booked')"
        )


def _pgbench(servers: Servers, *options: str) -> str:
    return _run(postgres_programs() / "pgbench", servers, *options, "tpcb")


def _run(program: Path, servers: Servers, *words: str) -> str:
    address = [f"--host={servers.sockets}", "--username=dega_admin"]
    return subprocess.run([program, *address, *words], capture_output=True, text=True, check=True).stdout
