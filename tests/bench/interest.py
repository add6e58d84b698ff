"""Interest of many accounts: a night, and that of a quarter's end, over 10 000 savings accounts and over 100 000.

`python -m tests.bench.interest` prints seconds, and how many times as long ten times the accounts take. Each has
5 entries behind it. At a quarter's end each is credited: a movement of two transfers, four entries, the audit.
"""

import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import asyncpg
import click

from dega.accounts import fees, interest
from dega.app import open_bank
from dega.bank import Bank, Keys, Sms, Told
from dega.cli.terminal import run
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock, day_start
from dega.config import HOUSE, SECRETS, read
from dega.embedded import Servers, start
from dega.keyring import Keyring
from dega.ledger.books import check_books
from dega.ledger.chart import open_chart
from dega.night.stages import InPieces
from dega.store.migrate import migrate
from tests.bench.world import fill

FOLDER = HOUSE / "var" / "bench-interest"
FEW, MANY = 10_000, 100_000
ENTRIES_EACH = 5
QUARTER_END = date(2026, 12, 31)

STAGES = (
    InPieces("accrue", interest.accrue),
    InPieces("credit", interest.credit_savings),
    InPieces("fees", fees.charge_fees),
)

# Everybody has 50 000,00 ALL on savings, as if each had been paid it in five times.
_RICH = """
UPDATE entry SET amount_minor = abs(amount_minor) * 10000, balance_after_minor = abs(balance_after_minor) * 10000;
UPDATE transfer SET amount_minor = amount_minor * 10000;
UPDATE account SET balance_minor = abs(balance_minor) * 10000, floor_minor = 0, product = 'savings',
                   opened_on = '2020-01-01'
 WHERE product <> 'bank';
UPDATE movement SET value_date = '2026-09-01', booked_at = '2026-09-01 12:00+02';
UPDATE entry SET booked_at = '2026-09-01 12:00+02';
"""


class NoCodes:
    """Nobody logs in here."""

    def send(self, sms: Sms, told: Told) -> None:
        """Never happens."""
        raise AssertionError

    def refuse(self, told: Told) -> None:
        """Never happens either."""
        raise AssertionError


def main() -> None:
    """Measure both sizes, and print what each stage took."""
    FOLDER.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with start(FOLDER) as servers:
            few, many = (run(_measure(servers, accounts)) for accounts in (FEW, MANY))
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    for stage, seconds in many.items():
        click.echo(f"{stage:<24} {few[stage]:>8.2f} {seconds:>8.2f} seconds: {seconds / few[stage]:.1f} times as long")


async def _measure(servers: Servers, accounts: int) -> dict[str, float]:
    database = f"interest_{accounts}"
    postgres = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    await postgres.execute(f"CREATE DATABASE {database}")
    await postgres.close()
    await migrate(servers.postgres_dsn("dega_admin", database))
    admin = await asyncpg.connect(servers.postgres_dsn("dega_admin", database))
    await fill(admin, accounts, ENTRIES_EACH)
    await admin.execute(f"SET session_replication_role = replica; {_RICH}; RESET session_replication_role", timeout=600)
    await admin.execute("VACUUM ANALYZE", timeout=300)
    await open_chart(admin)
    clock, took = MovableClock(), dict[str, float]()
    machine = TimeMachine(clock, admin)
    config = read(environment={})
    keys = Keys.of({name: Keyring(name, bytes([n]) * 32) for n, name in enumerate(SECRETS)})
    dsn = servers.postgres_dsn("dega_app", database)
    async with open_bank(config, dsn=dsn, clock=clock, codes=NoCodes(), keys=keys) as bank:
        await machine.travel_to(day_start(QUARTER_END) + timedelta(hours=21))
        await _close(bank, QUARTER_END - timedelta(days=90), {})
        before = _kib()
        await _close(bank, QUARTER_END - timedelta(days=2), {})  # as many days as nobody closed
        await _close(bank, QUARTER_END - timedelta(days=1), took)
        await _close(bank, QUARTER_END, took, "at a quarter's end")
        credited = await admin.fetchval("SELECT count(*) FROM interest_period WHERE gross_minor > 0 AND tax_minor > 0")
        assert credited == accounts, credited
        click.echo(f"{accounts} accounts credited; the process grew by {(_kib() - before) / 1024:.0f} MiB")
        with _timed(took, "check the books"):
            guilty = await check_books(admin)
        assert not [each for each in guilty if each.check.startswith("interest")], guilty[:3]
    await admin.close()
    return took


async def _close(bank: Bank, day: date, took: dict[str, float], when: str = "") -> None:
    for stage in STAGES:
        after: int | None = 0
        with _timed(took, f"{stage.name} {when}".strip()):
            while after is not None:
                async with bank.database.transaction() as connection:
                    after = (await stage.piece(bank, connection, day, after)).after


@contextmanager
def _timed(took: dict[str, float], name: str) -> Iterator[None]:
    begins = time.perf_counter()
    yield
    took[name] = time.perf_counter() - begins


def _kib() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
