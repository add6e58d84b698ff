"""A minute in the life of a bank, out of a seed: customers and tellers, processes that crash, a database that does,
connections that are lost, a gate that is closed, a clock that comes to nine in the evening."""

import asyncio
import contextlib
import hashlib
import logging
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from simulation.loop import EverybodyWaits, SimulatedLoop
from simulation.postgres import Key, Pool, Row, Server, Weather
from simulation.statements import GATE
from simulation.verdict import NOT_NOW, UNKNOWN, Order, Try, guilty

from dega.audit import Actor
from dega.bank import Bank
from dega.clock import TIRANA, Clock
from dega.config import read
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.errors import Busy, OutcomePending, PartAway, Refusal
from dega.ledger import gate
from dega.ledger.chart import CASH
from dega.ledger.post import GroupPoster
from dega.money import Currency, Money
from dega.payments.make import make_payment
from dega.payments.payment import Payment, digest_of, find_payment, find_with_payer
from dega.store import ledger
from dega.store.database import Connections, Database
from dega.store.together import Together

HOUSE = read(environment={})
LEK = Currency.ALL
MILLION = 1_000_000
"""Minor units; a day's limit is a hundred of them, a payment's fifty."""

TROUBLED_SECONDS, CALM_SECONDS = 30, 120


class Wrong(AssertionError):
    """What must hold doesn't."""


@dataclass
class SimulatedClock(Clock):
    """A process's clock: the simulation's time, and what the process is ahead of it."""

    server: Server
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.server.start + self.ahead + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        return asyncio.get_running_loop().time()


class Process:
    """A web process: its pools, its poster, and the requests it is at."""

    def __init__(self, server: Server, clock: Clock, poster: type[GroupPoster]) -> None:
        self.pools = Pool(server, 3), Pool(server, 2)
        database = Database(*(Connections(cast(Any, pool)) for pool in self.pools))
        window = HOUSE.window.window
        self.poster = poster(database, cast(Any, None), clock, window, writers=2, most_waiting=20, most_in_batch=4)
        nobody = cast(Any, None)
        self.bank = Bank(
            config=HOUSE, clock=clock, database=database, together=Together(database), cache=nobody, poster=self.poster,
            codes=nobody, keys=nobody, hasher=nobody, fields=nobody,
        )  # fmt: skip
        self.requests: list[asyncio.Task[Any]] = []

    def ask(self, request: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(request)
        self.requests.append(task)
        return task

    def crash(self) -> None:
        """As by kill -9: nothing of it goes on, and the database notices some time later."""
        for pool in self.pools:
            pool.cut()
        for task in [*self.requests, *self.poster._writers]:
            task.cancel()


class Life:
    """Everything that a seed stands for."""

    def __init__(self, seed: int, poster: type[GroupPoster]) -> None:
        self.chance = random.Random(seed)
        self.weather = Weather(self.chance, self.chance.choice([0, 0.01, 0.03, 0.1]), self.chance.choice([0.002, 0.02]))
        evening = self.chance.random() < 0.4
        start = datetime(2026, 11, 23, 20 if evening else 12, 59, 60 - self.chance.randint(1, 30), tzinfo=TIRANA)
        self.server = Server(self.weather, start)
        self.clock, self.poster = SimulatedClock(self.server), poster
        self.processes: list[Process] = []
        self.orders: list[Order] = []
        self.trace: list[str] = []
        self.wrong: list[str] = []
        self.is_calm = False
        self.server.watchers.append(self.watch_commits)
        self.fill()

    # ------------------------------------------------------------------ what there is at first

    def fill(self) -> None:
        window = HOUSE.window.window
        rows = self.server.rows
        rows[GATE] = {
            "state": "open", "closed_by": None, "reason": "", "changed_at": self.server.start,
            "held_until": None, "expected_at": None,
            "window_starts": window.starts, "window_ends": window.ends,
        }  # fmt: skip
        for number in range(1, 7):  # of three customers: everyone has two accounts
            self.open(number, f"AL{number}", number // 2 + number % 2, 0, 0)
        self.open(7, f"{CASH} {LEK}", None, None, 0)
        for number in range(1, 7):
            self.fund(number, self.chance.choice([10, 30, 60]) * MILLION)
        for _ in range(self.chance.randint(6, 18)):
            self.orders.append(self.payment_order() if self.chance.random() < 0.6 else self.teller_order())

    def open(self, number: int, iban: str, customer: int | None, floor: int | None, minor: int) -> None:
        self.server.rows["account", number] = {
            "id": number, "iban": iban, "customer_id": customer, "currency": "ALL", "status": "active",
            "floor_minor": floor, "balance_minor": minor, "last_seq": 0,
        }  # fmt: skip

    def fund(self, number: int, minor: int) -> None:
        for account, amount in ((number, minor), (7, -minor)):
            row = self.server.rows["account", account]
            row.update(balance_minor=row["balance_minor"] + amount, last_seq=row["last_seq"] + 1)
            self.server.rows["entry", account, row["last_seq"]] = {"amount": amount, "after": row["balance_minor"]}

    def uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128))

    def payment_order(self) -> Order:
        """A customer's prepared payment, its code given."""
        key, challenge = self.uuid(), self.uuid()
        debit, credit = self.chance.sample(range(1, 7), 2)
        customer, minor = (
            self.server.rows["account", debit]["customer_id"],
            self.chance.choice([1, 10, 30, 45]) * MILLION,
        )
        self.server.rows["payment", key] = {
            "id": key, "customer_id": customer, "kind": "in-bank", "state": "draft", "debit_account_id": debit,
            "credit_account_id": credit, "payee_name": "Besnik Hoxha", "payee_iban": f"AL{credit}", "payee_typed": "",
            "currency": "ALL", "amount_minor": minor, "fee_minor": 0, "description": "qira",
            "prepared_at": self.server.start, "challenge_id": challenge, "movement_id": None,
            "debit_iban": f"AL{debit}",
        }  # fmt: skip

        async def ask(bank: Bank) -> Payment:
            payment, payer = await find_with_payer(bank, customer, key)
            await make_payment(bank, payment, payer, 1, Actor("customer:test"), challenge_id=challenge)
            return await find_payment(bank, customer, key)

        return Order(key, minor, ask)

    def teller_order(self) -> Order:
        """A deed of the bank's own: a payment with a fee, or an exchange of two accounts' money."""
        first, second, third = self.chance.sample(range(1, 8), 3)
        minor = self.chance.choice([1, 5, 20, 40]) * MILLION
        legs = (Leg(first, second, Money(minor, LEK)), Leg(first, third, Money(MILLION // 2, LEK), "fee"))
        deed = Deed(self.uuid(), "test", legs[: self.chance.randint(1, 2)], Particulars("Arka", "Arka", "provë"))

        async def ask(bank: Bank) -> Booking:
            return await bank.poster.post(deed)

        return Order(deed.key, minor, ask)

    # ------------------------------------------------------------------ what happens

    async def live(self) -> None:
        await self.give_codes()
        self.start(), self.start()
        people = [asyncio.create_task(self.insist(order)) for order in self.orders]
        trouble = asyncio.create_task(self.make_trouble())
        await asyncio.sleep(TROUBLED_SECONDS)
        trouble.cancel()
        await self.calm_down()
        _, waiting = await asyncio.wait(people, timeout=CALM_SECONDS)
        if waiting:
            self.wrong.append(f"{len(waiting)} wait for ever")
        self.wrong += [f"{person.exception()!r}" for person in people if person.done() and person.exception()]
        await asyncio.sleep(CALM_SECONDS)
        self.wrong += guilty(self.server, self.orders)

    async def give_codes(self) -> None:
        """Codes as they stand once the right one was typed: bound to the payment as it was shown."""
        bank = Process(self.server, self.clock, GroupPoster)
        loss, self.weather.loss = self.weather.loss, 0
        for key, row in list(self.server.rows.items()):
            if key[0] == "payment":
                payment = await find_payment(bank.bank, row["customer_id"], row["id"])
                self.server.rows["challenge", row["id"]] = {
                    "digest": digest_of(payment), "authorised_at": self.server.start, "consumed_at": None,
                    "expires_at": self.server.start + timedelta(minutes=30),
                }  # fmt: skip
        bank.crash()
        self.weather.loss = loss

    def note(self, what: str) -> None:
        self.trace.append(f"{asyncio.get_running_loop().time():.6f} {what}")

    def start(self) -> None:
        self.processes.append(Process(self.server, self.clock, self.poster))

    async def insist(self, order: Order) -> None:
        """Ask for the deed until it is booked or refused for good; twice at once at times, or without patience."""
        await asyncio.sleep(self.chance.uniform(0, TROUBLED_SECONDS * 0.7))
        while not order.is_settled:
            at_once = 2 if self.chance.random() < 0.2 else 1
            await asyncio.gather(*(self.try_once(order) for _ in range(at_once)))
            await asyncio.sleep(self.chance.uniform(0, 2 * 2 ** min(len(order.tries), 3)))

    async def try_once(self, order: Order) -> None:
        if not self.processes:
            return
        attempt = Try(asyncio.get_running_loop().time())
        order.tries.append(attempt)
        process = self.chance.choice(self.processes)
        request = process.ask(order.ask(process.bank))
        patience = CALM_SECONDS if self.is_calm else self.chance.choice([0.05, 1, 8, 15])
        await asyncio.wait([request], timeout=patience)
        dropped = not self.is_calm and self.chance.random() < 0.1
        if not request.done() or dropped:
            if self.chance.random() < 0.5:
                request.cancel()
            attempt.heard = OutcomePending()
        elif request.cancelled():
            attempt.heard = OutcomePending()
        else:
            attempt.heard = request.exception() or request.result()
        attempt.ended = asyncio.get_running_loop().time()
        self.note(f"{order.key} {word(attempt.heard)}")
        self.judge(order, attempt)

    def judge(self, order: Order, attempt: Try) -> None:
        """Whether what was heard may be said, and whether it is the last word."""
        heard, booked_at = attempt.heard, self.server.committed_at.get(("movement", order.key))
        if isinstance(heard, Booking | Payment):
            if booked_at is None:
                self.wrong.append(f"{order.key} was acknowledged and isn't booked")
            order.is_settled = True
        elif isinstance(heard, (*UNKNOWN, Busy, PartAway)):
            return
        elif isinstance(heard, Refusal):
            if booked_at is not None and booked_at < attempt.began:
                self.wrong.append(f"{order.key} was booked, and then refused: {word(heard)}")
            order.is_settled = self.is_calm or not isinstance(heard, NOT_NOW)
        else:
            self.wrong.append(f"{order.key} was answered with {heard!r}")
            order.is_settled = True

    async def make_trouble(self) -> None:
        events = [self.crash_a_process, self.crash_the_database, self.freeze, self.jump, self.start_another]
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / 4))
            event = self.chance.choice(events)
            self.note(event.__name__)
            with contextlib.suppress(Refusal):
                await event()

    async def crash_a_process(self) -> None:
        if self.processes:
            self.processes.pop(self.chance.randrange(len(self.processes))).crash()
        await asyncio.sleep(self.chance.uniform(0, 4))
        self.start()

    async def start_another(self) -> None:
        if len(self.processes) < 3:
            self.start()

    async def crash_the_database(self) -> None:
        self.server.crash()
        await asyncio.sleep(self.chance.uniform(0.1, 5))
        self.server.recover()

    async def freeze(self) -> None:
        """An operator closes the gate, and opens it again after a while."""
        database = Database(*(Connections(cast(Any, Pool(self.server, 1))) for _ in range(2)))
        await gate.close(database, "operator", "a fault")
        await asyncio.sleep(self.chance.uniform(0, 4))
        async with database.transaction() as connection:
            await ledger.open_gate(connection)

    async def jump(self) -> None:
        """The database's clock jumps: a little, or so far that nothing is booked until the processes' follow."""
        self.server.moved_by += timedelta(seconds=self.chance.choice([0.5, 1.5, 20]))
        await asyncio.sleep(self.chance.uniform(0, 3))
        self.clock.ahead = self.server.moved_by

    async def calm_down(self) -> None:
        """Nothing goes wrong any more: what is there must recover by itself."""
        self.weather.loss, self.clock.ahead = 0, self.server.moved_by
        self.server.recover()
        self.server.rows[GATE] = {**self.server.rows[GATE], "state": "open", "closed_by": None}
        now = self.server.clock()
        for key in [key for key in self.server.rows if key[0] == "closing"]:
            self.server.rows[key] = {**self.server.rows[key], "opened_at": self.server.rows[key]["opened_at"] or now}
        while len(self.processes) < 2:
            self.start()
        await asyncio.sleep(10)
        self.is_calm = True

    def watch_commits(self, writes: dict[Key, Row]) -> None:
        """Behind a gate that is closed nothing is kept, whatever moment it bears."""
        self.note(f"kept: {[*writes]}")
        if self.server.rows[GATE]["state"] == "closed" and any(key[0] == "movement" for key in writes):
            self.wrong.append("booked behind a closed gate")


def word(heard: object) -> str:
    """What was heard, for the trace."""
    return heard.code if isinstance(heard, Refusal) else type(heard).__name__


@contextlib.contextmanager
def listening(wrong: list[str]) -> Iterator[None]:
    """The poster's log is silent, but for what must never happen."""
    log = logging.getLogger("dega.ledger.post")
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: wrong.append(f"logged: {record.getMessage()} {record.exc_info}")  # type: ignore[method-assign]
    log.addHandler(handler)
    log.propagate, before, log.level = False, (log.propagate, log.level), logging.ERROR
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate, log.level = before


def simulate(seed: int, poster: type[GroupPoster] = GroupPoster) -> str:
    """Live the life of the seed and give its trace's digest. Raises Wrong, naming the seed."""
    loop = SimulatedLoop(random.Random(seed))
    life = Life(seed, poster)
    with listening(life.wrong):
        try:
            loop.run_until_complete(life.live())
        except EverybodyWaits:
            life.wrong.append("everybody waits for ever")
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            with contextlib.suppress(EverybodyWaits):
                loop.run_until_complete(asyncio.sleep(60))
            loop.close()
    if life.wrong:
        raise Wrong(f"seed {seed}: {'; '.join(dict.fromkeys(life.wrong))}")
    return hashlib.sha256("\n".join(life.trace).encode()).hexdigest()
