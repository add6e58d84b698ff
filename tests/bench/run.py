"""`make bench`: what the bank can do, as ratios, each against something beside it on the same servers in the same run.

Postings are held against pgbench's TPC-B (scale 50, prepared statements, fsync and synchronous_commit on), pages
against a handler of the same loop that does nothing. The numbers behind the ratios are this machine's alone. A deed is
everything that one writes: movement, transfer, two entries, balances, the payment's state, audit, a letter in the
outbox. A `payment` is that and a code to be used up, a day's limit and a payee that was paid before. What was tried and
what it gave stands at the top of postings.py and pages.py.
"""

import json
import random
import shutil
import time
from collections.abc import Callable
from statistics import median

import asyncpg
import click

from dega.cli.terminal import run
from dega.config import HOUSE
from dega.embedded import Servers, start
from dega.store.migrate import migrate
from tests.bench import pages
from tests.bench.postings import Books, books
from tests.bench.references import prepare_tpcb, tpcb
from tests.bench.world import Draw, fill, hot, uniform, zipf

FOLDER = HOUSE / "var" / "bench"
RESULTS = HOUSE / "var" / "bench.json"

ROUNDS = 3
SECONDS = 3
FEW, MANY = 100_000, 1_000_000
ENTRIES_EACH = 5
LONG, SHORT = 15_000, 1_000
"""Deeds of one measurement, of many callers and of one."""

BUFFERS = "2GB"
"""PostgreSQL's own memory: as much as what is measured needs, on either side, as a bank of that size gives it."""

Rates = dict[str, list[float]]


def main() -> None:
    """Measure everything, print the table, and keep the figures in var/bench.json."""
    begun = time.monotonic()
    FOLDER.parent.mkdir(mode=0o700, exist_ok=True)  # the demo's folder too, which must be private
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with start(FOLDER, buffers=BUFFERS) as servers:
            results = _postings(servers) | pages.measure(servers)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, value in results.items():
        click.echo(f"{name:<36} {value:>10}")
    click.echo(f"{time.monotonic() - begun:.0f} seconds")


def _postings(servers: Servers) -> dict[str, float]:
    click.echo("Customers, their accounts and their past are being made …")
    prepare_tpcb(servers)
    for database, accounts, entries_each in (("few", FEW, 0), ("many", MANY, ENTRIES_EACH)):
        run(_make_bank(servers, database, accounts, entries_each))
    run(_write_out(servers))
    rates: Rates = {}
    for number in range(ROUNDS + 1):  # the first one only warms up: a page that is changed first is written whole
        click.echo(f"Postings, round {number} of {ROUNDS} …" if number else "Postings, to warm up …")
        for clients in (1, 16, 64):
            rates.setdefault(f"tpcb_{clients}", []).append(tpcb(servers, clients, SECONDS))
        run(_round(servers, rates))
    return _ratios({name: median(values[1:]) for name, values in rates.items()})


async def _make_bank(servers: Servers, database: str, accounts: int, entries_each: int) -> None:
    default = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    await default.execute(f"CREATE DATABASE {database}")
    await default.close()
    dsn = servers.postgres_dsn("dega_admin", database)
    await migrate(dsn)
    admin = await asyncpg.connect(dsn)
    await fill(admin, accounts, entries_each)
    await admin.close()


async def _write_out(servers: Servers) -> None:
    """What filling left in memory goes to the disk before anything is measured, rather than under the first of it; and
    the next checkpoint comes afterwards: in the middle it would fall on whatever is being measured, for either side."""
    admin = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    for setting in ("max_wal_size = '16GB'", "checkpoint_timeout = '30min'"):
        await admin.execute(f"ALTER SYSTEM SET {setting}")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.execute("CHECKPOINT", timeout=300)
    await admin.close()


async def _round(servers: Servers, rates: Rates) -> None:
    def of(database: str) -> Callable[[str], str]:
        return lambda role: servers.postgres_dsn(role, database)

    async def measure(name: str, bank: Books, callers: int, draw: Draw, count: int, *, confirmed: bool = False) -> None:
        rates.setdefault(name, []).append(await bank.rate(callers, draw, count, confirmed=confirmed))

    spread = uniform(FEW)
    async with books(of("few")) as few:
        await measure("posting_1", few, 1, spread, SHORT)
        await measure("posting_64", few, 64, spread, LONG)
        await measure("posting_256", few, 256, spread, LONG)
        await measure("payment_64", few, 64, spread, LONG, confirmed=True)
        await measure("payment_256", few, 256, spread, LONG, confirmed=True)
        await measure("hot", few, 256, hot(FEW), LONG)
        await measure("zipf", few, 256, zipf(FEW), LONG)
    async with books(of("few"), one_by_one=True) as naive:
        await measure("one_by_one_64", naive, 64, spread, LONG // 5)
    async with books(of("many")) as many:
        await measure("posting_256_of_1m", many, 256, uniform(MANY), LONG)


def _ratios(each: dict[str, float]) -> dict[str, float]:
    def of(one: str, other: str) -> float:
        return round(each[one] / each[other], 2)

    return {
        "posting_64_vs_tpcb_64": of("posting_64", "tpcb_64"),
        "posting_256_vs_tpcb_64": of("posting_256", "tpcb_64"),
        "posting_64_vs_tpcb_16": of("posting_64", "tpcb_16"),
        "posting_64_vs_one_by_one_64": of("posting_64", "one_by_one_64"),
        "payment_64_vs_tpcb_64": of("payment_64", "tpcb_64"),
        "payment_256_vs_tpcb_64": of("payment_256", "tpcb_64"),
        "hot_vs_spread": of("hot", "posting_256"),
        "zipf_vs_uniform": of("zipf", "posting_256"),
        "one_caller_latency_vs_tpcb_1": of("tpcb_1", "posting_1"),
        "rate_1m_vs_100k_accounts": of("posting_256_of_1m", "posting_256"),
        **{f"{name}_per_second": round(rate) for name, rate in each.items()},
    }


if __name__ == "__main__":
    random.seed(1)
    main()
