"""`dega demo`: the whole bank from a clone, servers included, with customers to try and a phone that shows the SMS."""

import asyncio
import contextlib
import errno
import shutil
import socket
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import click

from dega.accounts.statements import make_statements
from dega.app import Gateways, open_bank, run_bank, web_application
from dega.audit import Actor
from dega.bank import Bank, Keys
from dega.cli.calendar import albanian_holidays
from dega.cli.key_files import make_key
from dega.cli.reseal import reseal
from dega.cli.secrets import read_rings
from dega.cli.seed import YEARS, Demo, Notebook, read_demo, seed
from dega.cli.serve import run_web
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, MovableClock, local_day
from dega.config import HOUSE, SECRETS, Config, read
from dega.embedded import EmbeddedError, Servers, start
from dega.gateways.email import LogEmail
from dega.gateways.sms import DemoPhone
from dega.keyring import Keyring
from dega.ledger.chart import open_chart
from dega.night.status import freeze
from dega.store import calendar
from dega.store.database import Connection
from dega.store.migrate import migrate
from dega.web.keys import Assembly, GateView
from dega.web.pages.demo import DEMO_ROUTES, TOYS, Toys

FOLDER = Path("var")
TELL = "demo.json"
OPERATOR = Actor("operator:demo")

CATCHING_UP_SECONDS = 10
"""For how long a journey in time waits for the nights that it passed over; after that they go on, and pages say so."""


@click.command()
@click.option("--port", default=8080, show_default=True, help="Port on this machine to listen on.")
@click.option("--at", "at", metavar="2026-11-22T20:58", help="Begin at this time, on Tirana's wall clock.")
@click.option("--freeze-now", is_flag=True, help="Begin with financial operations stopped by the operator.")
@click.option("--reset", is_flag=True, help="Forget what earlier demos left, and begin anew.")
def demo(port: int, at: str | None, freeze_now: bool, reset: bool) -> None:
    """Run the whole bank here, with PostgreSQL and Valkey of its own and customers to try."""
    begins = _read_begin(at)
    _require_port(port)
    try:
        if reset:
            _forget(FOLDER)
        with start(FOLDER) as servers:
            _run(_demo(servers, port, begins, freeze_now))
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from error


async def _demo(servers: Servers, port: int, begins: datetime | None, freeze_now: bool) -> None:
    config = _config(servers, port)
    _write_config(config, FOLDER)
    await migrate(config.database.admin_dsn)
    clock = MovableClock()
    admin = await asyncpg.connect(config.database.admin_dsn, server_settings={"synchronous_commit": "off"})
    try:
        machine = TimeMachine(clock, admin)
        await machine.return_to_now()
        await machine.forget_nights()
        await open_chart(admin)
        await _import_calendar(admin, {local_day(clock.now()).year, local_day(begins or clock.now()).year})
        rings = _rings(FOLDER / "keys")
        await reseal(admin, rings)  # what a demo of before kept plain
        keys = Keys.of(rings)
        told = read_demo(FOLDER / TELL) or await _first_start(config, keys, machine, clock)
        if begins is not None:
            await machine.travel_to(begins)
            await machine.skip_nights()
        await machine.thaw()
        await _serve(config, keys, machine, clock, told, port, freeze_now)
        await machine.return_to_now()
    finally:
        await admin.close()


async def _import_calendar(admin: Connection, years: set[int]) -> None:
    """The holidays of the two years before the earliest of these, in which the demo's past lies, to the one after."""
    for year in range(min(years) - 2, max(years) + 2):
        if not await calendar.holidays(admin, year):
            await calendar.keep(admin, albanian_holidays(year))


async def _first_start(config: Config, keys: Keys, machine: TimeMachine, clock: MovableClock) -> Demo:
    click.echo("First start: two years of customers' lives are being booked …")
    notebook = Notebook()
    # Accounts are opened in the role of staff; and nothing of it is anybody's money yet.
    dsn = config.database.staff_dsn + "&synchronous_commit=off"
    async with open_bank(config, dsn=dsn, clock=clock, codes=notebook, keys=keys) as bank:
        told = await seed(bank, machine, notebook, FOLDER / TELL)
        await _past_statements(bank)
        return told


async def _past_statements(bank: Bank) -> None:
    """The statements of the months that the demo's customers have lived, as their nights would have made them."""
    today = local_day(bank.clock.now())
    for days in range(365 * YEARS, 0, -1):
        after: int | None = 0
        while after is not None:
            async with bank.database.transaction() as connection:
                after = (await make_statements(bank, connection, today - timedelta(days=days), after)).after


async def _serve(
    config: Config, keys: Keys, machine: TimeMachine, clock: MovableClock, told: Demo, port: int, freeze_now: bool
) -> None:
    phone = DemoPhone(clock)
    view = GateView()
    gateways = Gateways(phone.send, LogEmail().send, phone.listen)
    async with run_bank(config, clock=clock, keys=keys, gateways=gateways, gate_view=view) as running:
        if freeze_now:
            await freeze(running.bank.database, "demo --freeze-now", OPERATOR)

        async def catch_up() -> None:
            await running.look_at_gate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CATCHING_UP_SECONDS):
                    while view.by == "night" and not config.window.window.contains(clock.now()):
                        await asyncio.sleep(0.1)
                        await running.look_at_gate()

        async def travel(instant: datetime | None) -> None:
            before = clock.now()
            await (machine.return_to_now() if instant is None else machine.travel_to(instant))
            if clock.now() < before:
                await machine.forget_nights()
            await catch_up()

        await catch_up()
        assembly = Assembly(hosts=frozenset({"localhost", "127.0.0.1"}), demo=True)
        app = web_application(running.bank, assembly, view, DEMO_ROUTES)
        app[TOYS] = Toys(phone.messages, travel, told.password, told.customers)
        await run_web(app, "127.0.0.1", port, lambda: _announce(told, port))
        click.echo("Dega Internet is closed.")


def _announce(told: Demo, port: int) -> None:
    address = f"http://localhost:{port}"
    click.echo(f"\nDega Internet is open: {click.style(address, bold=True)}   (Ctrl-C stops it)\n")
    click.echo(f"The phone on which all SMS arrive: {address}/demo/phone")
    click.echo(f"The clock, to see the daily update: {address}/demo/clock")
    click.echo("Commands of operators and staff: dega customer show NUMBER … --config var/config.toml")
    click.echo(f"\nPassword of whoever is registered: {told.password}\n")
    for customer in told.customers:
        click.echo(f"  {customer.number}  {customer.name:<18} {customer.story}")
        click.echo(f"             {'  '.join(customer.ibans)}")
    click.echo()


def _config(servers: Servers, port: int) -> Config:
    """The house's configuration on the demo's own servers, over http, with room for many tries."""
    config = read(environment={})
    return replace(
        config,
        database=replace(
            config.database,
            dsn=servers.postgres_dsn("dega_app"),
            staff_dsn=servers.postgres_dsn("dega_staff"),
            admin_dsn=servers.postgres_dsn("dega_admin"),
        ),
        cache=replace(config.cache, url=servers.valkey_url),
        web=replace(
            config.web,
            host="127.0.0.1",
            port=port,
            public_url=f"http://localhost:{port}",
            secure_cookies=False,
            posts_a_minute=6000,
        ),
        codes=replace(config.codes, hourly=1000, daily_sms=10000),
    )


def _write_config(config: Config, folder: Path) -> None:
    """The demo's own config.toml, so that the commands of operators and staff find it: `dega --help`, `--config`."""
    replaced = {
        "database.dsn": config.database.dsn,
        "database.staff_dsn": config.database.staff_dsn,
        "database.admin_dsn": config.database.admin_dsn,
        "cache.url": config.cache.url,
        "secrets.folder": str((folder / "keys").resolve()),
    }
    section, lines = "", []
    for line in (HOUSE / "config.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line[1 : line.index("]")]
        name = line.partition("=")[0].strip()
        value = replaced.get(f"{section}.{name}")
        lines.append(line if value is None else f'{name} = "{value}"')
    (folder / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rings(folder: Path) -> dict[str, Keyring]:
    """The demo's own keys, made at its first start."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for purpose in SECRETS:
        make_key(folder, purpose)
    return read_rings(folder, {})


def _forget(folder: Path) -> None:
    for name in ("postgres", "valkey", "keys"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / TELL).unlink(missing_ok=True)


def _read_begin(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        return datetime.fromisoformat(at).replace(tzinfo=TIRANA)
    except ValueError as error:
        raise click.BadParameter("write it as 2026-11-22T20:58", param_hint="--at") from error


def _require_port(port: int) -> None:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise click.ClickException(f"Port {port} is taken: choose another one with --port.") from error


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
