"""A bank before a night in which much is to be done: what customers hold and have ordered, at a quarter's end."""

from accounts.closing_days import open_for, take_out
from cast import Account, Cast, fund
from conftest import Phones
from ordering import give_order, give_own

from dega.accounts.accounts import Product
from dega.accounts.incoming import Credit, receive
from dega.audit import Actor
from dega.bank import Bank
from dega.branch.deposits import open_deposit
from dega.ledger import gate
from dega.money import Currency, Money

EVE = "2027-03-31"
"""A working day: the end of a month and of a quarter."""

WHY = {"operator": "elona", "reason": "asked at the counter"}


async def open_deposits(office: Bank, cast: Cast, months: int) -> None:
    """Two people put money aside for so many months from now on: one takes it all out then, one leaves it there."""
    await open_deposit(office, cast.arta.number, cast.arta.lek.iban, "60000", months, **WHY)
    await open_deposit(office, cast.besnik.number, cast.besnik.lek.iban, "50000", months, **WHY)


async def prepare(bank: Bank, office: Bank, cast: Cast, phones: Phones, day: str) -> None:
    """Savings, an overdraft, and orders that are due on that day (31.03.2027): one that can't be paid, too."""
    for person in (cast.arta, cast.besnik, cast.genti):
        await fund(bank, await open_for(office, person, Product.SAVINGS), 365_000_00)
    owing = await open_for(office, cast.drita, Product.CURRENT, overdraft_minor=10_000_00)
    await take_out(bank, owing, 3_650_00)
    euro = await open_for(office, cast.genti, Product.SAVINGS, Currency.EUR)
    await fund(bank, euro, 7_777_77)
    await give_own(bank, cast.arta, first_on=day)
    await give_own(bank, cast.genti, first_on=day, frequency="weekly")
    await give_order(bank, phones, cast.besnik, cast.arta.second, first_on=day)
    await give_order(bank, phones, cast.arta, cast.drita.lek, "400000,00", first_on=day)


async def credits_that_wait(bank: Bank, cast: Cast) -> None:
    """Salaries that came while the gate was closed, one of them to nobody."""
    await gate.close(bank.database, "night")
    for number, account in enumerate((cast.arta.lek, cast.drita.lek, NOBODYS)):
        credit = Credit(f"salary-{number}", account.iban, Money(55_000_00, Currency.ALL), "Punëdhënësi", "Paga")
        await receive(bank, credit, Actor("bank"))


NOBODYS = Account(0, "AL35202111090000000001234567", Currency.ALL)
