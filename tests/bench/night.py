"""`make bench-night`: an end of day over many accounts, at the end of a quarter, while customers look at pages.

Every account has something to book: savings are credited their interest, overdrafts are charged theirs, all pay the
monthly fee and get a statement, and every tenth has a standing order due. The branch is a process of its own, as `dega
serve` is, and its night begins by itself at nine. What is held against what: the cost of an account among many against
one among few, and pages during the night against the same pages a minute before.
"""

import asyncio
import contextlib
import json
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import asyncpg
import click

from dega.app import open_bank
from dega.bank import Keys
from dega.cli.terminal import run
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, MovableClock
from dega.config import HOUSE, SECRETS, Config, read
from dega.embedded import Servers, start
from dega.keyring import Keyring
from dega.ledger.chart import open_chart
from dega.store.migrate import migrate
from tests.bench.branch import Branch
from tests.bench.customers import open_customers
from tests.bench.load import Answers, Load
from tests.bench.pages import Nobody
from tests.bench.world import fill

FOLDER = HOUSE / "var" / "bench-night"
RESULTS = HOUSE / "var" / "bench-night.json"

FEW, MANY = 10_000, 100_000
ENTRIES_EACH = 2
BEFORE_NINE = datetime(2027, 3, 31, 20, 59, 20, tzinfo=TIRANA)
DAY = BEFORE_NINE.date()
CUSTOMERS = 500
RATE, LOOK_SECONDS = 50, 8.0
MOST_SECONDS = 1200

# What the past left in the accounts, a million times as much: interest on it comes to something.
_RICHER = """
UPDATE movement SET booked_at = '2026-12-01 10:00+01', value_date = '2026-12-01';
UPDATE entry SET amount_minor = amount_minor * 1000000, balance_after_minor = balance_after_minor * 1000000,
                 booked_at = '2026-12-01 10:00+01';
UPDATE transfer SET amount_minor = amount_minor * 1000000;
UPDATE account SET balance_minor = balance_minor * 1000000,
                   product = CASE WHEN id % 2 = 0 THEN 'savings' ELSE 'current' END;
"""
# Every tenth customer has one more account, and an order that moves money into it every month.
_SECOND_ACCOUNTS = """
INSERT INTO account (iban, customer_id, product, currency, opened_on)
SELECT 'AL2' || lpad(n::text, 25, '0'), n, 'current', 'ALL', '2026-11-01' FROM generate_series(10, $1::int, 10) AS n
"""
_ORDERS = """
INSERT INTO standing_order (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban,
                            currency, amount_minor, sweeps, fee_minor, description, frequency, first_on, holiday_rule,
                            prepared_at, state, made_at, next_on)
SELECT gen_random_uuid(), a.customer_id, 'own', a.customer_id, a.id, 'Arta Kola', a.iban,
       'ALL', 100000, false, 0, 'Kursim', 'monthly', $1, 'same', '2026-12-01 10:00+01', 'active',
       '2026-12-01 10:00+01', $1
  FROM account a WHERE a.iban LIKE 'AL2%'
"""


@dataclass(frozen=True, slots=True)
class Night:
    """One night: how long its stages took, how many things each did, how pages answered before and during it."""

    seconds: float
    stages: dict[str, tuple[float, int]]
    before: Answers
    during: Answers
    megabytes_before: float
    megabytes: float


def main() -> None:
    """Live through both nights, print the figures, and keep them in var/bench-night.json."""
    FOLDER.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    nights: dict[int, Night] = {}
    try:
        with start(FOLDER) as servers:
            for accounts in (FEW, MANY):
                click.echo(f"A bank of {accounts} accounts is being made …")
                nights[accounts] = run(_night(servers, accounts))
                _tell(nights[accounts])
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    few, many = nights[FEW], nights[MANY]
    results = {
        "night_seconds_10k": round(few.seconds, 1),
        "night_seconds_100k": round(many.seconds, 1),
        "night_account_of_100k_vs_10k": round(many.seconds / MANY / (few.seconds / FEW), 2),
        "night_page_p99_vs_before": round(many.during.percentile(0.99) / many.before.percentile(0.99), 2),
        "night_rss_mb_100k": round(many.megabytes),
        "night_rss_mb_100k_vs_10k": round(many.megabytes / few.megabytes, 2),
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, value in results.items():
        click.echo(f"{name:<36} {value:>10}")


def _tell(night: Night) -> None:
    for stage, (seconds, done) in night.stages.items():
        click.echo(f"  {stage:<28} {done:>8}  {seconds:>7.1f} s")
    for name, answers in (("before", night.before), ("during", night.during)):
        waits = ", ".join(f"p{share * 100:.0f} {answers.percentile(share) * 1000:.1f} ms" for share in (0.5, 0.99))
        click.echo(f"  pages {name}: {sum(answers.statuses.values())}, {waits}")
    click.echo(f"  memory: {night.megabytes_before:.0f} MB before, {night.megabytes:.0f} MB at most")


async def _night(servers: Servers, accounts: int) -> Night:
    async with _made(servers, accounts) as (config, keys, admin):
        clock = MovableClock()
        machine = TimeMachine(clock, admin)
        await machine.travel_to(BEFORE_NINE)
        async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=Nobody(), keys=keys) as bank:
            people = await open_customers(bank, admin, CUSTOMERS)
        await admin.execute("VACUUM ANALYZE", timeout=600)
        await machine.travel_to(BEFORE_NINE)
        requests = [person.get(path) for person in people for path in ("/accounts", "/activity")]
        log = Path(tempfile.mkdtemp(prefix="dega-bench-")) / "log"
        with Load() as load, Load() as later, Branch(log, config, keys, clock.offset) as branch:
            before = await asyncio.to_thread(load.paced, branch.doors.port, requests, RATE, LOOK_SECONDS)
            megabytes_before = branch.most_memory()
            begun = await _until(admin, "SELECT begun_at IS NOT NULL FROM night WHERE day = $1")
            during = asyncio.create_task(
                asyncio.to_thread(later.paced, branch.doors.port, requests, RATE, LOOK_SECONDS * accounts / FEW)
            )
            ended = await _until(admin, "SELECT ended_at IS NOT NULL FROM night WHERE day = $1")
            megabytes = branch.most_memory()
            answers = await during
        shutil.rmtree(log.parent)
        rows = await admin.fetch(
            "SELECT stage, extract(epoch FROM ended_at - begun_at)::float8 AS seconds, done FROM night_stage"
            " WHERE day = $1 ORDER BY begun_at",
            DAY,
        )
        stages = {row["stage"]: (row["seconds"], row["done"]) for row in rows}
        if set(before.statuses) | set(answers.statuses) != {200}:
            raise AssertionError(f"not only 200: {before.statuses}, {answers.statuses}")
        return Night(ended - begun, stages, before, answers, megabytes_before, megabytes)


async def _until(admin: asyncpg.Connection, question: str) -> float:
    """The moment (seconds) at which the answer is yes."""
    ends = time.monotonic() + MOST_SECONDS
    while not await admin.fetchval(question, DAY):
        if time.monotonic() > ends:
            raise TimeoutError(question)
        failed = await admin.fetchval("SELECT max(error) FROM night_stage WHERE failed_at IS NOT NULL")
        if failed:
            raise AssertionError(failed)
        await asyncio.sleep(0.05)
    return time.monotonic()


@contextlib.asynccontextmanager
async def _made(servers: Servers, accounts: int) -> AsyncIterator[tuple[Config, Keys, asyncpg.Connection]]:
    """A bank of so many accounts with a past, in a database of its own that is dropped at the end."""
    name = f"night_{accounts}"
    config = _config(servers, name)
    keys = Keys.of({purpose: Keyring(purpose, secrets.token_bytes(32)) for purpose in SECRETS})
    default = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    await default.execute(f"CREATE DATABASE {name}")
    await migrate(config.database.admin_dsn)
    admin = await asyncpg.connect(config.database.admin_dsn)
    try:
        await fill(admin, accounts, ENTRIES_EACH)
        await admin.execute(f"SET session_replication_role = replica; {_RICHER}", timeout=600)
        await admin.execute("RESET session_replication_role")
        await open_chart(admin)
        await admin.execute(_SECOND_ACCOUNTS, accounts, timeout=60)
        await admin.execute(_ORDERS, DAY, timeout=60)
        yield config, keys, admin
    finally:
        await admin.close()
        await default.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await default.close()


def _config(servers: Servers, name: str) -> Config:
    config = read(environment={})
    return replace(
        config,
        database=replace(
            config.database,
            dsn=servers.postgres_dsn("dega_app", name),
            admin_dsn=servers.postgres_dsn("dega_admin", name),
        ),
        cache=replace(config.cache, url=servers.valkey_url, prefix=f"{name}:"),
        web=replace(config.web, public_url="http://127.0.0.1", secure_cookies=False),
    )


if __name__ == "__main__":
    main()
