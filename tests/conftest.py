"""The world of the tests: real PostgreSQL and Valkey, a migrated template cloned for each test, a clock that moves."""

import asyncio
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from cast import PASSWORD, Cast, invite

from dega.app import open_bank, web_application
from dega.bank import Bank, Keys, Sms, Told
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, MovableClock
from dega.config import SECRETS, Config, read
from dega.embedded.supervisor import Servers, start
from dega.keyring import Keyring
from dega.ledger.chart import open_chart
from dega.store.migrate import migrate
from dega.web.keys import Assembly, GateView

if TYPE_CHECKING:
    from browser_session import Browser, Page
    from cast import Person

MONDAY_MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=TIRANA)
"""When tests begin: a working day, far from the window."""

pytest_plugins = ("mission_record",)

TEMPLATE = "template_of_tests"

HOUSE = read(environment={})
"""The house's own configuration: read once for all tests."""

_numbers = itertools.count()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    # In memory where there is room: a database a test takes a tenth of the time there.
    shm = "/dev/shm"  # noqa: S108  # the folder inside it is private
    roomy = os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 4 << 30
    with (
        tempfile.TemporaryDirectory(prefix="dega-", dir=shm if roomy else None) as folder,
        start(Path(folder) / "var", durable=False) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.of({name: Keyring(name, secrets.token_bytes(32)) for name in SECRETS})


def in_hex(keys: Keys) -> dict[str, str]:
    """The keys as the environment carries them, for another process."""
    return {name: (key if isinstance(key := getattr(keys, name), bytes) else key.current).hex() for name in SECRETS}


@pytest.fixture(scope="session")
def cast(servers: Servers, keys: Keys) -> Cast:
    """Everybody, with money in their accounts: they live in the template that every test's database is cloned from."""
    return asyncio.run(_build_template(servers, keys))


async def _build_template(servers: Servers, keys: Keys) -> Cast:
    """A database with the schema, the chart and the cast."""
    dsn = servers.postgres_dsn("dega_admin", TEMPLATE)
    admin = await asyncpg.connect(servers.postgres_dsn("dega_admin", "postgres"))
    await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    await admin.close()
    await migrate(dsn)
    admin = await asyncpg.connect(dsn)
    clock = MovableClock()
    await TimeMachine(clock, admin).travel_to(MONDAY_MORNING)
    config = config_of(servers, TEMPLATE)
    await open_chart(admin)
    async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=Phones(), keys=keys) as bank:
        cast = await invite(bank, admin, await bank.hasher.hash(PASSWORD))
    await admin.execute("DELETE FROM time_travel")
    await admin.close()
    return cast


@pytest.fixture
async def database_name(servers: Servers, cast: Cast) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    admin = await asyncpg.connect(servers.postgres_dsn("dega_admin", "postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def admin(servers: Servers, database_name: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The superuser: what nobody in the bank is."""
    connection = await asyncpg.connect(servers.postgres_dsn("dega_admin", database_name))
    yield connection
    await connection.close()


@pytest.fixture
def config(servers: Servers, database_name: str) -> Config:
    """The configuration of the house, on this test's servers, with password hashing made cheap."""
    return config_of(servers, database_name)


def config_of(servers: Servers, database_name: str) -> Config:
    return replace(
        HOUSE,
        access=replace(HOUSE.access, hash_memory_kib=64, hash_rounds=1),
        inbox=replace(HOUSE.inbox, least_seconds=0),
        web=replace(HOUSE.web, public_url="http://127.0.0.1", secure_cookies=False),
        cache=replace(HOUSE.cache, url=servers.valkey_url, timeout_ms=3000, prefix=f"{os.getpid()}:{database_name}:"),
        database=replace(
            HOUSE.database,
            dsn=servers.postgres_dsn("dega_app", database_name),
            staff_dsn=servers.postgres_dsn("dega_staff", database_name),
            admin_dsn=servers.postgres_dsn("dega_admin", database_name),
            reading_connections=4,
        ),
    )


@dataclass
class Phones:
    """Where one-time codes arrive: every SMS, oldest first. `reachable` false: the gateway refuses."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    reachable: bool = True
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def send(self, sms: Sms, told: Told) -> None:
        if self.reachable:
            self.sent.append((sms.mobile, sms.text))
            self.ids.append(sms.id)
            return
        self.refuse(told)

    def refuse(self, told: Told) -> None:
        task = asyncio.create_task(_tell(told))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def _tell(told: Told) -> None:
    await told("unsent")


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def machine(clock: MovableClock, admin: "asyncpg.Connection[asyncpg.Record]") -> TimeMachine:
    """Moves the bank's clock: the process's and the database's together."""
    machine = TimeMachine(clock, admin)
    await machine.travel_to(MONDAY_MORNING)
    return machine


@pytest.fixture
async def bank(
    config: Config, clock: MovableClock, machine: TimeMachine, phones: Phones, keys: Keys
) -> AsyncIterator[Bank]:
    async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=phones, keys=keys) as bank:
        yield bank


@pytest.fixture
async def office(bank: Bank, phones: Phones) -> AsyncIterator[Bank]:
    """The bank as the command line of staff opens it: in the role of staff."""
    dsn, clock = bank.config.database.staff_dsn, bank.clock
    async with open_bank(bank.config, dsn=dsn, clock=clock, codes=phones, keys=bank.keys) as office:
        yield office


@pytest.fixture
def gate_view() -> GateView:
    return GateView()


@pytest.fixture
async def client(bank: Bank, gate_view: GateView) -> AsyncIterator[TestClient]:
    """The whole application behind aiohttp's own client; cookies are kept."""
    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), gate_view)
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
def browser(client: TestClient) -> "Browser":
    from browser_session import Browser

    return Browser(client)


@pytest.fixture
def login(phones: Phones) -> "Callable[[Browser, Person], Awaitable[Page]]":
    """Log a person in with a browser."""
    from browser_session import log_in

    return lambda browser, person: log_in(browser, phones, person)
