"""`make bench`: the bank's postings against PostgreSQL's own benchmark, in turn on the same durable server.

TPC-B, as pgbench has it, is what a bank of one statement after the other costs: three updates, a look and a row. A
posting here is more (movement, transfer, two entries, two balances, the audit, the gate), and is booked with others.
The ratios say how the two compare on this machine; the numbers behind them are this machine's alone.
"""

import asyncio
import json
import random
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import asyncpg
import click

from dega.cli.terminal import run
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock, day_start, local_day
from dega.config import HOUSE, Config, read
from dega.deeds import Deed, Leg, Particulars
from dega.embedded import Servers, start
from dega.embedded.binaries import postgres_programs
from dega.keyring import Keyring
from dega.ledger.post import GroupPoster
from dega.money import Currency, Money
from dega.sealing import SealedFields
from dega.store.database import Database
from dega.store.migrate import migrate

FOLDER = HOUSE / "var" / "bench"
RESULTS = HOUSE / "var" / "bench.json"

CALLERS = 64
SCALE = 50
ACCOUNTS = 10_000
SECONDS = 5
ROUNDS = 3

_ACCOUNTS = """
INSERT INTO account (code, product, currency, opened_on, floor_minor)
SELECT 'bench ' || n, 'bank', 'ALL', current_date, NULL FROM generate_series(1, $1::int) AS n RETURNING id
"""


def main() -> None:
    """Run both in turn, print the ratios, and keep them in var/bench.json."""
    FOLDER.parent.mkdir(mode=0o700, exist_ok=True)  # the demo's folder too, which must be private
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with start(FOLDER) as servers:
            results = _measure(servers)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, value in results.items():
        click.echo(f"{name:<32} {value:>8}")


def _measure(servers: Servers) -> dict[str, float]:
    _psql(servers, "CREATE DATABASE tpcb")
    _pgbench(servers, "--initialize", f"--scale={SCALE}", "--quiet")
    run(migrate(servers.postgres_dsn("dega_admin")))
    rates: dict[str, list[float]] = {"posting": [], "tpcb": [], "posting_one": [], "tpcb_one": []}
    for _ in range(ROUNDS):
        rates["tpcb"].append(_tpcb(servers, CALLERS))
        rates["posting"].append(run(_postings(servers, CALLERS)))
        rates["tpcb_one"].append(_tpcb(servers, 1))
        rates["posting_one"].append(run(_postings(servers, 1)))
    each = {name: median(values) for name, values in rates.items()}
    return {
        "posting_64_vs_tpcb_64": round(each["posting"] / each["tpcb"], 2),
        "one_caller_latency_vs_tpcb_1": round(each["tpcb_one"] / each["posting_one"], 2),
        "posting_64_per_second": round(each["posting"]),
        "tpcb_64_per_second": round(each["tpcb"]),
        "posting_1_milliseconds": round(1000 / each["posting_one"], 2),
        "tpcb_1_milliseconds": round(1000 / each["tpcb_one"], 2),
    }


def _tpcb(servers: Servers, clients: int) -> float:
    """Transactions a second of pgbench's own kind."""
    said = _pgbench(servers, f"--client={clients}", f"--time={SECONDS}", "--protocol=prepared", "--no-vacuum")
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


async def _postings(servers: Servers, callers: int) -> float:
    """Deeds a second that so many callers get booked, each waiting for its own before it asks for the next."""
    config = read(environment={})
    clock = MovableClock()
    admin = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    machine = TimeMachine(clock, admin)
    await machine.travel_to(day_start(local_day(clock.now())))  # far from the window
    accounts = [row["id"] for row in await admin.fetch("SELECT id FROM account")]
    if not accounts:
        accounts = [row["id"] for row in await admin.fetch(_ACCOUNTS, ACCOUNTS)]
        await admin.execute("VACUUM ANALYZE account")
    database = await Database.open(servers.postgres_dsn("dega_app"), config.database)
    poster = _poster(database, clock, config)
    try:
        return await _rate(callers, lambda: poster.post(_deed(accounts)))
    finally:
        await poster.close()
        await database.close()
        await admin.close()


async def _rate(callers: int, deed: Callable[[], Awaitable[object]]) -> float:
    done = 0
    begins = time.monotonic()

    async def call() -> None:
        nonlocal done
        while time.monotonic() - begins < SECONDS:
            await deed()
            done += 1

    await asyncio.gather(*(call() for _ in range(callers)))
    return done / (time.monotonic() - begins)


def _poster(database: Database, clock: MovableClock, config: Config) -> GroupPoster:
    """The poster as `dega serve` has it."""
    return GroupPoster(
        database,
        SealedFields(Keyring("fields", bytes(32))),
        clock,
        config.window.window,
        writers=config.database.posting_connections,
        most_waiting=config.database.queue,
        most_in_batch=config.database.batch,
    )


def _deed(accounts: list[int]) -> Deed:
    debit, credit = random.sample(accounts, 2)
    leg = Leg(debit, credit, Money(random.randint(1, 100_000), Currency.ALL))
    return Deed(uuid.uuid4(), "bench", (leg,), Particulars("Arta Kola", "Besnik Hoxha", "Qira"))


def _pgbench(servers: Servers, *options: str) -> str:
    return _program(postgres_programs() / "pgbench", servers, *options, "tpcb")


def _psql(servers: Servers, statement: str) -> str:
    return _program(postgres_programs() / "psql", servers, "--no-psqlrc", "--command", statement, "dega")


def _program(program: Path, servers: Servers, *words: str) -> str:
    address = [f"--host={servers.sockets}", "--username=dega_admin"]
    return subprocess.run([program, *address, *words], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
