"""A night of the demo that is travelled back from comes again, over what its day has become by then."""

from datetime import date

from accounts.closing_days import close, open_for, take_out
from cast import Admin, Cast, fund
from night.books import guilty
from night.nights import tirana

from dega.accounts.accounts import Product
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.ledger import gate

DAY = date(2026, 11, 23)


async def test_a_night_that_is_lived_again_accrues_by_what_its_day_then_holds(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await machine.travel_to(tirana("2026-11-20 10:00"))
    savings = await open_for(office, cast.arta, Product.SAVINGS)
    owing = await open_for(office, cast.drita, Product.CURRENT, overdraft_minor=10_000_00)
    await fund(bank, savings, 365_000_00)
    for day in (date(2026, 11, 20), DAY):
        await close(bank, machine, day)
    await machine.travel_to(tirana("2026-11-23 10:00"))
    await machine.forget_nights()
    assert await guilty(admin) == []
    await fund(bank, savings, 1_000_00)
    await take_out(bank, owing, 3_650_00)
    await close(bank, machine, DAY)
    assert await guilty(admin) == []
    assert await admin.fetchval("SELECT max(day) FROM accrual") == DAY
    assert await admin.fetchval("SELECT count(*) FROM interest_period WHERE upto = $1", DAY) == 2


async def test_what_was_paid_on_a_day_to_come_does_not_stand_behind_the_gate_of_today(
    bank: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await machine.travel_to(tirana("2026-11-24 10:00"))
    await fund(bank, cast.arta.lek, 1_000_00)
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await gate.close(bank.database, "night")
    assert await guilty(admin) == []
