"""The bank under attack: its servers, the lines to them, its process, the counter beside it, and its customers."""

import asyncio
import json
import random
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from socket import socket

import aiohttp
import asyncpg
import msgspec
from aiohttp import web
from cast import PASSWORD, Person, open_person
from chaos.counter import Lines, Order
from chaos.customers import Customer, Notes, Phones
from chaos.failpoints import Armed
from chaos.proxy import Line
from chaos.units import PATHS, Servers, Unit, process

from dega.app import open_bank
from dega.bank import Keys
from dega.clock import Clock, local
from dega.config import HOUSE, SECRETS, Config, read
from dega.keyring import Keyring
from dega.ledger.chart import FEES, bank_account, open_chart
from dega.ledger.gate import keep_window
from dega.money import Currency
from dega.store.migrate import migrate

OPERATOR = ("--operator", "chaos", "--reason", "tries were cut short")


class NoCodes:
    """Opening accounts sends none."""

    def send(self, *_: object) -> None:
        raise AssertionError("no code is sent here")

    refuse = send


@dataclass
class House:
    """Everything there is to break, and what was noted meanwhile."""

    folder: Path
    seed: int
    servers: Servers
    postgres: Unit
    valkey: Unit
    bank: Unit
    counter: Unit
    to_postgres: Line
    to_valkey: Line
    address: str
    environment: dict[str, str]
    keys: Keys
    order: Order
    people: list[Person]
    at_bank: Armed
    at_counter: Armed
    phones: Phones
    lines: Lines
    notes: Notes = field(default_factory=Notes)
    customers: list["asyncio.Task[None]"] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Customers come."""
        for person in self.people:
            others = [other for other in self.people if other is not person]
            customer = Customer(person, others, self.phones, self.notes, self.seed, self.unblock)
            self.customers.append(asyncio.create_task(customer.live(self.address, self.stopping)))

    async def ready(self) -> bool:
        """What the bank says of itself, without a hand."""
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{self.address}/health/ready") as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def admin(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Past all lines, as nobody in the bank is."""
        return await asyncpg.connect(self.servers.dsn("dega_admin"))

    async def dega(self, *words: str) -> tuple[int, str]:
        """An operator's command, past all lines: its exit status, and what it said."""
        environment = self.environment | {
            "DEGA__DATABASE__DSN": self.servers.dsn("dega_app"),
            "DEGA__DATABASE__STAFF_DSN": self.servers.dsn("dega_staff"),
            "DEGA__CACHE__URL": f"unix://{self.servers.valkey_socket}?db=0",
        }
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "dega", *words]
        child = await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=HOUSE, stdout=pipe, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await child.communicate()
        return child.returncode or 0, said.decode()

    async def unblock(self, person: Person) -> None:
        """The Call Center, when somebody's tries were cut short too often."""
        await self.dega("customer", "unblock", person.number, *OPERATOR)


@asynccontextmanager
async def open_house(folder: Path, seed: int, customers: int) -> AsyncIterator[House]:
    """All of it, on a folder of its own; at the end nothing of it is left running."""
    async with AsyncExitStack() as stack:
        servers = Servers(folder / "disk")
        postgres, valkey = Unit("PostgreSQL", servers.postgres), Unit("Valkey", servers.valkey)
        for unit in (postgres, valkey):
            stack.push_async_callback(unit.stop)
            await unit.start()
        to_postgres = Line(lambda: asyncio.open_unix_connection(servers.postgres_socket))
        to_valkey = Line(lambda: asyncio.open_unix_connection(servers.valkey_socket))
        phones = Phones()
        ports = [await line.listen_on_port() for line in (to_postgres, to_valkey)]
        for line in (to_postgres, to_valkey):
            stack.push_async_callback(line.close)
        gateway = await stack.enter_async_context(_gateway(phones))
        texts = {name: secrets.token_hex(32) for name in SECRETS}
        environment = _environment(ports, gateway, texts)
        keys = Keys.of({name: Keyring(name, bytes.fromhex(text)) for name, text in texts.items()})
        people, fees = await _open_accounts(servers, environment, keys, customers)
        order = _order(folder, seed, people, fees, environment, texts["fields"])
        (folder / "order.json").write_bytes(msgspec.json.encode(order))
        bank_points = folder / "bank"
        serve = [sys.executable, "-m", "chaos.bank"]
        work = [sys.executable, "-m", "chaos.counter", str(folder / "order.json")]
        more = {"CHAOS_POINTS": str(bank_points)}
        bank = Unit("the bank", lambda: process(serve, environment | more, folder / "bank.log"))
        counter = Unit("the counter", lambda: process(work, {"PYTHONPATH": PATHS}, folder / "counter.log"))
        house = House(
            folder, seed, servers, postgres, valkey, bank, counter, to_postgres, to_valkey,
            f"http://127.0.0.1:{environment['DEGA__WEB__PORT']}", environment, keys, order, people,
            Armed(bank_points), Armed(Path(order.points)), phones, Lines(Path(order.lines)),
        )  # fmt: skip
        for unit in (bank, counter):
            stack.push_async_callback(unit.stop)
            await unit.start()
        stack.push_async_callback(_send_home, house)
        yield house


async def _send_home(house: House) -> None:
    for task in house.customers:
        task.cancel()
    await asyncio.gather(*house.customers, return_exceptions=True)


@asynccontextmanager
async def _gateway(phones: Phones) -> AsyncIterator[int]:
    """The SMS provider; its port."""
    app = web.Application()
    app.router.add_get("/sms", phones.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _environment(ports: list[int], gateway: int, keys: dict[str, str]) -> dict[str, str]:
    """The configuration: the house's own, with the window half a day away and room for customers in a hurry."""
    postgres, valkey = ports
    starts = local(Clock().now()) + timedelta(hours=12)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": PATHS,
        "DEGA__WINDOW__STARTS": f"{starts:%H:00}",
        "DEGA__WINDOW__ENDS": f"{starts:%H:30}",
        "DEGA__DATABASE__DSN": f"postgresql://dega_app@127.0.0.1:{postgres}/dega?sslmode=disable",
        "DEGA__DATABASE__STAFF_DSN": f"postgresql://dega_staff@127.0.0.1:{postgres}/dega?sslmode=disable",
        "DEGA__CACHE__URL": f"redis://127.0.0.1:{valkey}/0",
        "DEGA__WEB__PORT": str(port),
        "DEGA__WEB__PUBLIC_URL": "https://127.0.0.1",
        "DEGA__WEB__POSTS_A_MINUTE": "1000000",
        "DEGA__ACCESS__HASH_MEMORY_KIB": "64",
        "DEGA__ACCESS__HASH_ROUNDS": "1",
        "DEGA__ACCESS__TRIES": "5",
        "DEGA__ACCESS__NETWORK_FAILURES": "1000000",
        "DEGA__ACCESS__ALL_FAILURES": "1000000",
        "DEGA__CODES__HOURLY": "1000000",
        "DEGA__CODES__DAILY_SMS": "1000000",
        "DEGA__CODES__RESEND_SECONDS": "0",
        "DEGA__SMS__HOURLY_BUDGET": "10000000",
        "DEGA__SMS__DAILY_BUDGETS__355": "10000000",
        "DEGA__SMS__HTTP__URL": f"http://127.0.0.1:{gateway}/sms?to={{to}}&text={{text}}",
        "DEGA__EMAIL__GATEWAY": "log",
        **{f"DEGA_KEY_{name.upper()}": text for name, text in keys.items()},
    }


async def _open_accounts(
    servers: Servers, environment: dict[str, str], keys: Keys, customers: int
) -> tuple[list[Person], int]:
    """The schema, the chart, the customers with their money; and the id of the account that takes fees."""
    await migrate(servers.dsn("dega_admin"))
    admin = await asyncpg.connect(servers.dsn("dega_admin"))
    config: Config = read(environment=environment)
    dsn = servers.dsn("dega_app")
    config = replace(config, cache=replace(config.cache, url=f"unix://{servers.valkey_socket}?db=0"))
    try:
        await open_chart(admin)
        async with open_bank(config, dsn=dsn, clock=Clock(), codes=NoCodes(), keys=keys) as bank:
            await keep_window(bank.database, config.window.window)  # before the first booking, at whatever hour
            registered = await bank.hasher.hash(PASSWORD)
            people = [
                await open_person(bank, admin, place, f"{name} Kola", registered=registered)
                for place, name in enumerate(_names(customers), 1)
            ]
        return people, await bank_account(admin, FEES, Currency.ALL)
    finally:
        await admin.close()


def _names(count: int) -> list[str]:
    names = ["Arta", "Besnik", "Drita", "Elira", "Fatos", "Genti", "Hana", "Ilir", "Jona", "Kujtim", "Liri", "Mira"]
    return names[:count]


def _order(folder: Path, seed: int, people: list[Person], fees: int, environment: dict[str, str], key: str) -> Order:
    accounts = [account.id for person in people for account in (person.lek, person.second)]
    return Order(
        dsn=environment["DEGA__DATABASE__DSN"],
        seed=seed,
        accounts=random.Random(seed).sample(accounts, len(accounts)),
        fees=fees,
        lines=str(folder / "counter.lines"),
        points=str(folder / "counter"),
        window_starts=environment["DEGA__WINDOW__STARTS"],
        window_ends=environment["DEGA__WINDOW__ENDS"],
        key=key,
    )


def said_in(log: Path, level: str) -> list[str]:
    """What a process's log says with this level."""
    found = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("level") == level:
            found.append(str(said.get("what")))
    return found
