"""The people of the demo and two years of their lives, booked through the real posting path on a travelling clock."""

import random
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from dega.access import register
from dega.access.login import Client
from dega.accounts.accounts import Product, open_account
from dega.accounts.customers import open_customer
from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA, local_day
from dega.deeds import Deed, Leg, Particulars
from dega.ledger.chart import CASH, CLEARING, bank_account
from dega.money import Currency, Money

YEARS = 2
SEED = 1492
"""The lives are the same at every first start; customer numbers and the password aren't."""

_BRANCH = Actor("operator:branch")
_NO_CLIENT = Client("", "demo", "")


@dataclass(frozen=True, slots=True)
class Role:
    """A demo customer: what is known at the branch, and which accounts they have."""

    name: str
    story: str
    personal_number: str | None = None
    mobile: str | None = None
    email: str | None = None
    kshbi: int | None = 2
    kind: Literal["individual", "business"] = "individual"
    accounts: tuple[tuple[Product, Currency], ...] = ((Product.CURRENT, Currency.ALL),)
    salary: int = 0
    """Lek a month, before it is spent; 0: no life of two years."""
    registered: bool = False


_LEK, _EURO, _DOLLAR = ((Product.CURRENT, currency) for currency in (Currency.ALL, Currency.EUR, Currency.USD))
_SAVINGS = (Product.SAVINGS, Currency.ALL)

ROLES = (
    Role("Arta Kola", "registered: log in", "J15412087M", "+355692011001", "arta.kola@example.com", 3,
         accounts=(_LEK, _EURO, _SAVINGS), salary=118_000, registered=True),
    Role("Besnik Hoxha", "may register", "I80317045K", "+355682022002", "besnik.hoxha@example.com", 2,
         accounts=(_LEK, _EURO), salary=94_000),
    Role("Drita Leka", "may register", "J05928114P", "+355672033003", None, 10, accounts=(_LEK, _DOLLAR),
         salary=81_000),
    Role("Gëzim Çela", "may register", "I70704022T", "+355693044004", "gezim.cela@example.com", 3,
         accounts=(_LEK, _SAVINGS), salary=142_000),
    Role("Elira Përmeti", "signed KSHBI version 001: too old to register", "J25601139R", "+355684055005", None, 1),
    Role("Ilir Basha", "signed no KSHBI", "I61109078V", "+355675066006", None, None),
    Role("Mimoza Shkurti", "has no mobile number at the bank", "J45815061S", None, None, 2),
    Role("Ura Ndërtim shpk", "a business: not served online", None, "+355696077007", "zyra@example.com", 2, "business",
         accounts=(_LEK, _EURO)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """What the demo tells about one of its customers."""

    name: str
    number: str
    story: str
    ibans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person needs to try the demo; kept in the demo's own folder."""

    password: str
    customers: tuple[DemoCustomer, ...]


@dataclass(frozen=True, slots=True)
class _Life:
    role: Role
    customer_id: int
    number: str
    accounts: dict[tuple[Product, Currency], tuple[int, str]]


@dataclass(slots=True)
class Notebook:
    """Where the codes of the seed arrive."""

    texts: list[str] = field(default_factory=list)

    def send(self, _mobile: str, text: str, _failed: Callable[[], Awaitable[None]]) -> None:
        """Write the text down."""
        self.texts.append(text)


def read_demo(path: Path) -> Demo | None:
    """What an earlier start left, if it did."""
    return msgspec.json.decode(path.read_bytes(), type=Demo) if path.exists() else None


async def seed(bank: Bank, machine: TimeMachine, notebook: Notebook, path: Path) -> Demo:
    """Open the customers two years ago, live their lives up to yesterday, register those who are; keep what to tell."""
    today = local_day(bank.clock.now())
    first = today - timedelta(days=365 * YEARS)
    await machine.travel_to(_at(first, time(9)))
    lives = [await _open(bank, role) for role in ROLES]
    await _live(bank, machine, lives, first, today)
    await machine.return_to_now()
    password = _password()
    for life in lives:
        if life.role.registered:
            await _register(bank, notebook, life.number, password)
    demo = Demo(password, tuple(_told(life) for life in lives))
    _keep(demo, path)
    return demo


def _keep(demo: Demo, path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(demo)))


async def _open(bank: Bank, role: Role) -> _Life:
    async with bank.database.transaction() as connection:
        customer = await open_customer(
            connection,
            bank,
            _BRANCH,
            name=role.name,
            kind=role.kind,
            personal_number=role.personal_number,
            mobile=role.mobile,
            email=role.email,
            kshbi_version=role.kshbi,
        )
        accounts = {}
        for product, currency in role.accounts:
            account = await open_account(connection, bank.config.bank, _BRANCH, customer.id, currency, product)
            accounts[product, currency] = (account.id, account.iban)
    return _Life(role, customer.id, customer.number, accounts)


async def _register(bank: Bank, notebook: Notebook, number: str, password: str) -> None:
    """The way every customer takes: number, code from the phone, password."""
    session = await register.give_number(bank, number, _NO_CLIENT)
    code = re.findall(r"\b\d{6}\b", notebook.texts[-1])[0]
    session = await register.give_code(bank, session, code, _NO_CLIENT)
    await register.choose_password(bank, session, password, password, _NO_CLIENT)


def _password() -> str:
    """One for this demo alone: easy to type, and not in any repository."""
    words = ("Deti", "Mali", "Ura", "Lumi", "Ylli", "Guri", "Pylli", "Fusha")
    return f"{secrets.choice(words)}-{secrets.randbelow(9000) + 1000}-{secrets.choice(words)}"


def _told(life: _Life) -> DemoCustomer:
    ibans = tuple(iban for _, iban in life.accounts.values())
    return DemoCustomer(life.role.name, life.number, life.role.story, ibans)


# ---------------------------------------------------------------- two years


@dataclass(frozen=True, slots=True)
class _Event:
    at: time
    deed: Deed


async def _live(bank: Bank, machine: TimeMachine, lives: list[_Life], first: date, today: date) -> None:
    chance = random.Random(SEED)  # noqa: S311  # lives, not secrets
    async with bank.database.connection() as connection:
        outside = {currency: await bank_account(connection, CLEARING, currency) for currency in Currency}
        cash = {currency: await bank_account(connection, CASH, currency) for currency in Currency}
    day = first
    while day < today:
        events: list[_Event] = []
        for life in lives:
            if life.role.salary:
                events += _day_of(life, lives, day, day == first, chance, outside, cash)
        for event in sorted(events, key=lambda event: event.at):
            await machine.travel_to(_at(day, event.at))
            await bank.poster.post(event.deed)
        day += timedelta(days=1)


def _day_of(
    life: _Life,
    lives: list[_Life],
    day: date,
    is_first: bool,
    chance: random.Random,
    outside: dict[Currency, int],
    cash: dict[Currency, int],
) -> Iterator[_Event]:
    account_id, iban = life.accounts[_LEK]
    name, salary = life.role.name, life.role.salary

    def at(hour: int) -> time:
        return time(hour, chance.randrange(60), chance.randrange(60))

    def pay(hour: int, payee: str, text: str, lek: int) -> _Event:
        leg = Leg(account_id, outside[Currency.ALL], Money(lek * 100, Currency.ALL))
        return _event(at(hour), "domestic", leg, Particulars(name, payee, text, iban))

    if is_first:
        for (product, currency), (own_id, own_iban) in life.accounts.items():
            opening = 250_000_00 if currency is Currency.ALL else 1_800_00
            leg = Leg(cash[currency], own_id, Money(opening, currency))
            words = "Depozitim fillestar" if product is Product.SAVINGS else "Depozitim në arkë"
            yield _event(at(10), "cash", leg, Particulars("Arka", name, words, None, own_iban))
    if day.day == 25:
        leg = Leg(outside[Currency.ALL], account_id, Money(salary * 100, Currency.ALL))
        employer = ("Adria Teknologji shpk", "Spitali Rajonal", "Bashkia Tiranë", "Agro Myzeqe shpk")
        who = employer[life.customer_id % len(employer)]
        yield _event(at(8), "incoming", leg, Particulars(who, name, f"Paga {day:%m/%Y}", None, iban))
    if day.day == 5:
        yield pay(9, "Petrit Dervishi", f"Qira {day:%m/%Y}", salary * 30 // 100)
    if day.day == 12:
        yield pay(18, "OSHEE", f"Energji elektrike {day:%m/%Y}", chance.randrange(2_400, 7_800))
    if day.day == 14:
        yield pay(18, "UKT", f"Ujë {day:%m/%Y}", chance.randrange(700, 1_900))
    if day.day == 20:
        yield pay(12, "Vodafone Albania", f"Fatura {day:%m/%Y}", chance.choice((1_500, 2_000, 2_500)))
    if chance.random() < 0.33:
        shop = chance.choice(("Big Market", "Conad", "Eco Market", "Furra e Lagjes", "Spar"))
        yield pay(chance.choice((11, 17, 19)), shop, "Blerje me kartë", chance.randrange(400, salary // 22))
    if chance.random() < 0.07:
        place = chance.choice(("Bar Kafe Flora", "Restorant Era", "Kinema Millennium", "Farmaci Deti"))
        yield pay(20, place, "Blerje me kartë", chance.randrange(300, 4_500))
    if day.day in (3, 17) and chance.random() < 0.8:
        leg = Leg(account_id, cash[Currency.ALL], Money(chance.randrange(2, 12) * 100_000, Currency.ALL))
        yield _event(at(16), "cash", leg, Particulars(name, "Bankomat Tirana 3", "Tërheqje", iban))
    if day.day == 28 and _SAVINGS in life.accounts:
        own_id, own_iban = life.accounts[_SAVINGS]
        leg = Leg(account_id, own_id, Money(salary * 8, Currency.ALL))
        yield _event(at(9), "own", leg, Particulars(name, name, "Kursime", iban, own_iban))
    if day.day == 8 and chance.random() < 0.5:
        friend = chance.choice([other for other in lives if other.role.salary and other is not life])
        friend_id, friend_iban = friend.accounts[_LEK]
        leg = Leg(account_id, friend_id, Money(chance.randrange(5, 60) * 10_000, Currency.ALL))
        text = chance.choice(("Darka e së shtunës", "Borxhi", "Dhurata e përbashkët", "Karburant"))
        yield _event(at(13), "in-bank", leg, Particulars(name, friend.role.name, text, iban, friend_iban))


def _event(at: time, kind: str, leg: Leg, particulars: Particulars) -> _Event:
    return _Event(at, Deed(uuid.uuid4(), kind, (leg,), particulars, actor="bank"))


def _at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, TIRANA)
