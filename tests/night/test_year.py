"""A bank lives day after day on a clock that moves: customers pay, salaries come, every night ends with all checks.

A month in every run, over a quarter's end and the night when the clocks change; `DEGA_DAYS=366` is a year.
"""

import os
import random
import uuid
from datetime import date, datetime, time, timedelta

from cast import Admin, Cast
from conftest import Phones
from night import world
from night.books import guilty

from dega.accounts.incoming import Credit, receive
from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.deeds import Deed, Leg, Particulars
from dega.errors import BankClosed, InsufficientFunds, UpdateWindow
from dega.money import Currency, Money
from dega.night.scheduler import Scheduler

FIRST_DAY = date(2027, 3, 9)
DAYS = int(os.environ.get("DEGA_DAYS", "30"))


async def test_a_bank_lives_day_after_day_and_its_books_are_right_every_night(
    bank: Bank, office: Bank, cast: Cast, phones: Phones, admin: Admin, machine: TimeMachine
) -> None:
    chance = random.Random(2027)
    await machine.travel_to(at(FIRST_DAY, time(8)))
    await world.open_deposits(office, cast, 1)
    await world.prepare(bank, office, cast, phones, f"{FIRST_DAY:%d.%m.%Y}")
    scheduler = Scheduler(bank, lambda *_: None)
    await scheduler.turn()
    for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
        await machine.travel_to(at(day, time(10)))
        await scheduler.turn()
        assert await customers_pay(bank, cast, chance) > 0
        await machine.travel_to(at(day, time(21)))
        await scheduler.turn()
        assert await customers_pay(bank, cast, chance) == 0
        await machine.travel_to(at(day, time(21, 1)))  # a night that takes a while
        assert await scheduler.run_due_nights()
        await scheduler.run_due_jobs()
        await machine.travel_to(at(day + timedelta(days=1), time(0)))
        await scheduler.turn()
    await scheduler.close()
    closed = await admin.fetch("SELECT day FROM night WHERE ended_at IS NOT NULL AND day >= $1 ORDER BY day", FIRST_DAY)
    assert [row["day"] for row in closed] == [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    assert await admin.fetchval("SELECT state FROM gate") == "open"
    assert await guilty(admin) == []
    assert await admin.fetchval("SELECT count(*) FROM night_stage WHERE failures > 0") == 0


def at(day: date, wall_clock: time) -> datetime:
    return datetime.combine(day, wall_clock, TIRANA)


async def customers_pay(bank: Bank, cast: Cast, chance: random.Random) -> int:
    """Some payments between some people, and a salary from outside; how many payments were booked."""
    people = [cast.arta, cast.besnik, cast.drita, cast.genti]
    booked = 0
    for _ in range(chance.randint(2, 5)):
        payer, payee = chance.sample(people, 2)
        amount = Money(chance.randint(100, 3_000_000), Currency.ALL)
        deed = Deed(uuid.uuid4(), "in-bank", (Leg(payer.lek.id, payee.second.id, amount),), Particulars("", "", ""))
        try:
            await bank.poster.post(deed)
            booked += 1
        except (InsufficientFunds, UpdateWindow, BankClosed):
            continue
    person = chance.choice(people)
    salary = Money(chance.randint(3_000_000, 9_000_000), Currency.ALL)
    credit = Credit(str(uuid.uuid4()), person.lek.iban, salary, "Punëdhënësi", "Paga e muajit")
    await receive(bank, credit, Actor("bank"))
    return booked
