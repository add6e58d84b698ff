"""Everybody who does something to the books, in any order: a state machine that does it to the bank, on PostgreSQL and
in two processes, and to the model at the same time. Where the two differ in anything, it stops."""

import asyncio
import itertools
import uuid
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg
from cast import Cast, Person
from conftest import MONDAY_MORNING, TEMPLATE, Phones, config_of
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from model import BOOKED, BROKEN, POISON, Account, Model, Payment
from msgspec.structs import replace

from dega.access.approvals import NotDone
from dega.accounts.accounts import Status
from dega.app import open_bank
from dega.audit import Actor
from dega.bank import Bank, Keys
from dega.branch.account_status import set_account_status
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, MovableClock
from dega.deeds import Authority, Booking, Deed, Leg, Particulars, Purpose
from dega.embedded.supervisor import Servers
from dega.errors import Refusal
from dega.ids import make_albanian_iban
from dega.ledger.books import check_books
from dega.money import Currency, Money
from dega.night.status import freeze, unfreeze
from dega.payments.payment import operation_digest
from dega.store import ledger, payments

T = TypeVar("T")

ACTOR = Actor("operator:elona")
DAY_LIMIT = 9
AMOUNTS = st.sampled_from([1, 1, 2, 3, 5, 8])
LEK, EURO = Currency.ALL, Currency.EUR
HERE, THERE = 0, 1
PLACES = st.sampled_from([HERE, HERE, THERE])

_worlds = itertools.count()


class Differs(AssertionError):
    """The bank did something else than the model."""


@dataclass
class World:
    """A database of its own with two processes on it and an office, on a loop of its own."""

    servers: Servers
    cast: Cast
    keys: Keys
    days: int = 0
    opened: int = 0
    keys_used: int = 0
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    clock: MovableClock = field(default_factory=MovableClock)
    processes: AsyncExitStack = field(default_factory=AsyncExitStack)

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    async def build(self) -> None:
        name = f"clerks_{next(_worlds)}"
        admin = await asyncpg.connect(self.servers.postgres_dsn("dega_admin", "postgres"))
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        await admin.close()
        self.admin = await asyncpg.connect(self.servers.postgres_dsn("dega_admin", name))
        self.machine, self.config = TimeMachine(self.clock, self.admin), config_of(self.servers, name)
        await self.start()

    async def start(self) -> None:
        """Two processes for customers, and the office."""
        self.banks = [await self._open(self.config.database.dsn) for _ in (HERE, THERE)]
        self.office = await self._open(self.config.database.staff_dsn)

    async def _open(self, dsn: str) -> Bank:
        bank = open_bank(self.config, dsn=dsn, clock=self.clock, codes=Phones(), keys=self.keys)
        return await self.processes.enter_async_context(bank)

    async def restart(self) -> None:
        await self.processes.aclose()
        await self.start()

    async def begin_anew(self) -> None:
        """Another day, the gate open, and nobody's accounts of before are used again."""
        self.days += 2
        await self.machine.travel_to(MONDAY_MORNING + timedelta(days=self.days))
        await unfreeze(self.office.database, "a new day", ACTOR)

    async def close(self) -> None:
        await self.processes.aclose()
        await self.admin.close()


class Clerks(RuleBasedStateMachine):
    """Accounts are opened, deeds are posted, staff block and close, the gate and the clock move, processes restart."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.model = world, Model()
        self.deeds: list[Deed] = []
        self.owner: dict[int, tuple[Person, str]] = {}
        self.position: dict[Currency, int] = {}
        world.run(world.begin_anew())

    @initialize(floors=st.lists(st.sampled_from([0, 0, -5]), min_size=4, max_size=4))
    def open_the_bank(self, floors: list[int]) -> None:
        for code, currency in (("position", LEK), ("position", EURO), ("fees", LEK)):
            self.world.run(self.open_for_the_bank(f"{code} {self.world.days}", currency))
        for floor, currency in zip(floors, (LEK, LEK, LEK, EURO), strict=True):
            self.open_account(currency, floor, HERE)
        legs = tuple(
            self.leg(self.position[Currency(self.model.accounts[account].currency)], account, 8)
            for account in self.owner
        )
        funding = self.kept(Deed(self.key(), "test", legs, Particulars("Arka", "Arka", "fillimi")))
        differ(self.world.run(self.heard(HERE, [funding])), [self.model.post(funding, self.now())])

    async def open_for_the_bank(self, code: str, currency: Currency) -> None:
        await ledger.open_bank_account(self.world.admin, code, currency)
        number = await ledger.bank_account(self.world.admin, code, currency)
        assert number is not None
        self.model.accounts[number] = Account(currency, None)
        self.position.setdefault(currency, number)

    @rule(currency=st.sampled_from([LEK, LEK, EURO]), floor=st.sampled_from([0, -5]), owner=st.sampled_from([0, 1]))
    def open_account(self, currency: Currency, floor: int, owner: int) -> None:
        world, person = self.world, (self.world.cast.arta, self.world.cast.besnik)[owner]
        world.opened += 1
        iban = make_albanian_iban("299", "1002", str(world.opened))
        statement = (
            "INSERT INTO account (iban, customer_id, product, currency, floor_minor, opened_on)"
            " VALUES ($1, $2, 'current', $3, $4, '2024-11-22') RETURNING id"
        )
        number = world.run(world.admin.fetchval(statement, iban, person.id, currency, floor))
        self.model.accounts[number] = Account(currency, floor)
        self.owner[number] = (person, iban)

    def leg(self, debit: int, credit: int, minor: int, purpose: Purpose = "payment") -> Leg:
        return Leg(debit, credit, Money(minor, Currency(self.model.accounts[debit].currency)), purpose)

    def draw_deed(self, data: st.DataObject) -> Deed:
        """One of before, a plain one, one with a fee, an exchange, or whatever legs."""
        shape = data.draw(st.sampled_from(["again", "plain", "fee", "exchange", "legs", "legs", "poison"]))
        if shape == "again" and self.deeds:
            return data.draw(st.sampled_from(self.deeds))
        customers, everyone = sorted(self.owner), [*sorted(self.model.accounts)]
        debit, credit = data.draw(st.permutations(everyone))[:2]
        minor = data.draw(AMOUNTS)
        legs = (self.leg(debit, credit, minor),)
        if shape == "fee":
            fees = everyone[2]
            payer, payee = data.draw(st.permutations(customers))[:2]
            legs = (self.leg(payer, payee, minor), self.leg(payer, fees, data.draw(AMOUNTS), "fee"))
        if shape == "exchange":
            giver, taker = data.draw(st.permutations(customers))[:2]
            there, back = (Currency(self.model.accounts[account].currency) for account in (giver, taker))
            bank = self.position
            legs = (self.leg(giver, bank[there], minor), self.leg(bank[back], taker, data.draw(AMOUNTS)))
        if shape == "legs":
            currency, wild = data.draw(st.sampled_from([LEK, EURO])), data.draw(st.sampled_from([False, False, True]))
            fitting = [account for account in everyone if self.model.accounts[account].currency == currency]
            sides = st.sampled_from([*everyone, 999_999_999] if wild else fitting)
            pairs = data.draw(st.lists(st.tuples(sides, sides).filter(differing), min_size=1, max_size=3))
            legs = tuple(Leg(a, b, Money(data.draw(AMOUNTS), currency)) for a, b in pairs)
        kind = POISON if shape == "poison" else "test"
        deed = Deed(self.key(), kind, legs, Particulars("Arta Kola", "Besnik Hoxha", "qira"))
        return self.kept(replace(deed, by_night=data.draw(st.sampled_from([False, False, False, True]))))

    def kept(self, deed: Deed) -> Deed:
        self.deeds.append(deed)
        return deed

    def now(self) -> datetime:
        return self.world.clock.now()

    def key(self) -> uuid.UUID:
        """The next: counted, so that nothing is left to chance that can't be had again."""
        self.world.keys_used += 1
        return uuid.UUID(int=self.world.keys_used)

    async def heard(self, place: int, deeds: list[Deed]) -> list[str]:
        """What one process answers where all of them are given at once."""
        poster = self.world.banks[place].poster
        answers = await asyncio.gather(*(poster.post(deed) for deed in deeds), return_exceptions=True)
        return [word(answer) for answer in answers]

    @rule(data=st.data(), place=PLACES, size=st.sampled_from([1, 1, 1, 2, 6, 12]))
    def post(self, data: st.DataObject, place: int, size: int) -> None:
        deeds = [self.draw_deed(data) for _ in range(size)]
        expected = [self.model.post(deed, self.now()) for deed in deeds]
        differ(self.world.run(self.heard(place, deeds)), expected)

    @rule(data=st.data(), size=st.sampled_from([1, 1, 3]))
    def post_in_both_processes_at_once(self, data: st.DataObject, size: int) -> None:
        deeds = [self.draw_deed(data) for _ in range(size)]
        first, second = ([self.model.post(deed, self.now()) for deed in deeds] for _ in range(2))

        async def both() -> tuple[list[str], list[str]]:
            return await asyncio.gather(self.heard(HERE, deeds), self.heard(THERE, deeds))

        differ(sorted(self.world.run(both())), sorted((first, second)))

    @rule(data=st.data())
    def prepare_payment(self, data: st.DataObject) -> None:
        """A draft with its code given. Nothing is looked at before it is posted: that alone binds."""
        debit, credit = data.draw(st.permutations(sorted(self.owner)))[:2]
        (payer, payer_iban), (payee, payee_iban) = self.owner[debit], self.owner[credit]
        key, currency = self.key(), Currency(self.model.accounts[debit].currency)
        amount = Money(data.draw(AMOUNTS), currency)
        who = Particulars(payer.name, payee.name, "qira", payer_iban, payee_iban)
        digest = operation_digest(
            key, payer.id, payer_iban, payee_iban, payee.name, amount, Money(0, currency), who.description
        )
        challenge = self.world.run(self.prepare(key, payer, who, debit, credit, amount, digest))
        authority = Authority(key, payer.id, 1, digest, True, challenge, Money(DAY_LIMIT, currency))
        expires_at = self.now() + timedelta(seconds=300)
        self.model.payments[key] = Payment(payer.id, expires_at, DAY_LIMIT)
        self.kept(Deed(key, "in-bank", (Leg(debit, credit, amount),), who, authority))

    async def prepare(
        self, key: uuid.UUID, payer: Person, who: Particulars, debit: int, credit: int, amount: Money, digest: bytes
    ) -> uuid.UUID:
        admin, challenge = self.world.admin, self.key()
        await payments.prepare(
            admin, key, payer.id, "in-bank", debit, credit, who.payee_name, who.payee_iban or "", "", amount.currency,
            amount.minor, 0, who.description,
        )  # fmt: skip
        await admin.execute(
            "INSERT INTO challenge"
            " (id, purpose, customer_id, digest, issued_at, expires_at, authorised_at, authorised_by)"
            " SELECT $1, 'payment', $2, $3, now, now + interval '300 s', now, 'sms' FROM bank_clock() AS now",
            challenge, payer.id, digest,
        )  # fmt: skip
        await payments.bind_code(admin, payer.id, key, challenge)
        return challenge

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data(), size=st.sampled_from([1, 3]), both=st.booleans())
    def make_payments(self, data: st.DataObject, size: int, both: bool) -> None:
        prepared = [deed for deed in self.deeds if deed.authority]
        deeds = [data.draw(st.sampled_from(prepared)) for _ in range(size)]
        for place in (HERE, THERE) if both else (HERE,):
            expected = [self.model.post(deed, self.now()) for deed in deeds]
            differ(self.world.run(self.heard(place, deeds)), expected)

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data())
    def cancel_payment(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.model.payments)))
        payment = self.model.payments[key]
        done = self.world.run(payments.cancel(self.world.admin, payment.customer_id, key))
        differ(done, not payment.cancelled and key not in self.model.booked)
        payment.cancelled |= done

    @rule(data=st.data(), status=st.sampled_from([*Status, *[Status.ACTIVE] * 4]))
    def change_how_an_account_stands(self, data: st.DataObject, status: Status) -> None:
        number = data.draw(st.sampled_from(sorted(self.owner)))
        (person, iban), account = self.owner[number], self.model.accounts[number]
        change = set_account_status(
            self.world.office, person.number, iban, status, operator="elona", reason="asked at the counter"
        )
        try:
            self.world.run(change)
        except NotDone:
            return
        differ((account.status == "closed", status == "closed" and sum(account.entries) != 0), (False, False))
        account.status = status.value

    @rule()
    def freeze(self) -> None:
        self.world.run(freeze(self.world.office.database, "a fault", ACTOR))
        self.model.frozen = True

    @precondition(lambda self: self.model.frozen)
    @rule()
    def unfreeze(self) -> None:
        self.world.run(unfreeze(self.world.office.database, "mended", ACTOR))
        self.model.frozen = False

    @rule(seconds=st.sampled_from([20, 301]))
    def wait(self, seconds: int) -> None:
        self.world.run(self.world.machine.wait(seconds))

    @rule(seldom=st.sampled_from([False, False, True]))
    def travel_into_the_window_or_out_of_it(self, seldom: bool) -> None:
        here = self.now().astimezone(TIRANA)
        if here.hour >= 21:
            self.world.days += 1
            self.world.run(self.world.machine.travel_to(here.replace(hour=10, minute=0) + timedelta(days=1)))
        elif seldom:
            self.world.run(self.world.machine.travel_to(here.replace(hour=21, minute=1)))

    @rule()
    def restart(self) -> None:
        self.world.run(self.world.restart())

    @invariant()
    def the_books_are_the_models(self) -> None:
        statement = """
            SELECT a.id, a.status, a.balance_minor, a.last_seq,
                   ARRAY(SELECT amount_minor FROM entry e WHERE e.account_id = a.id ORDER BY seq) AS entries
              FROM account a WHERE id = ANY($1) ORDER BY id"""
        rows = self.world.run(self.world.admin.fetch(statement, list(self.model.accounts)))
        expected = [
            (number, account.status, sum(account.entries), len(account.entries), account.entries)
            for number, account in sorted(self.model.accounts.items())
        ]
        differ([tuple(row) for row in rows], expected)

    def teardown(self) -> None:
        keys = [deed.key for deed in self.deeds]
        booked = self.world.run(ledger.bookings(self.world.admin, keys))
        differ(set(booked), self.model.booked)
        guilty = self.world.run(check_books(self.world.admin))
        differ([each for each in guilty if each.check != "messages_are_sent"], [])  # nobody sends any here


def differing(pair: tuple[int, int]) -> bool:
    return pair[0] != pair[1]


def word(answer: Booking | BaseException) -> str:
    """The answer as the model gives it."""
    if isinstance(answer, Booking):
        return BOOKED
    return answer.code if isinstance(answer, Refusal) else BROKEN


def differ(real: object, expected: object) -> None:
    """Raises Differs unless they are equal."""
    if real != expected:
        raise Differs(f"the bank: {real}\nthe model: {expected}")
