"""Nights as the stages of interest, deposits and fees see them: each stage piece by piece, each piece a transaction."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from cast import Account, Admin, Person, fund

from dega.accounts import interest
from dega.accounts.accounts import Product, open_account
from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.ledger.books import check_books
from dega.ledger.chart import CASH, bank_account
from dega.ledger.closing import Piece
from dega.money import Currency, Money
from dega.store.database import Connection

Stage = Callable[[Bank, Connection, date, int], Awaitable[Piece]]

INTEREST: tuple[Stage, ...] = (interest.accrue, interest.credit_savings, interest.charge_overdrafts)


async def run(bank: Bank, stage: Stage, day: date, pieces: int = 1000, after: int = 0) -> int | None:
    """So many pieces of a stage at most; behind which id it goes on (None: it is done)."""
    goes_on: int | None = after
    for _ in range(pieces):
        async with bank.database.transaction() as connection:
            piece = await stage(bank, connection, day, goes_on or 0)
        goes_on = piece.after
        if goes_on is None:
            break
    return goes_on


async def close(bank: Bank, machine: TimeMachine, day: date, stages: Iterable[Stage] = INTEREST) -> None:
    """The night of a day, at half past nine of its evening."""
    await machine.travel_to(evening(day))
    for stage in stages:
        await run(bank, stage, day)


async def close_from(
    bank: Bank, machine: TimeMachine, first: date, last: date, stages: Iterable[Stage] = INTEREST
) -> None:
    """All nights from one day to another."""
    for day in days(first, last):
        await close(bank, machine, day, stages)


def days(first: date, last: date) -> list[date]:
    """Every day from the one to the other."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def noon(day: date) -> datetime:
    """The middle of the day, when customers pay."""
    return datetime.combine(day, time(12), TIRANA)


def evening(day: date) -> datetime:
    """Inside the window."""
    return datetime.combine(day, time(21, 30), TIRANA)


async def open_for(
    office: Bank, person: Person, product: Product, currency: Currency = Currency.ALL, overdraft_minor: int = 0
) -> Account:
    """One more account, as the branch opens it."""
    async with office.database.transaction() as connection:
        opened = await open_account(
            connection, office.config.bank, Actor("operator:vera"), person.id, currency, product, overdraft_minor
        )
    return Account(opened.id, opened.iban, currency)


async def pay_in(bank: Bank, machine: TimeMachine, day: date, account: Account, minor: int) -> None:
    """Banknotes at noon of that day; a negative amount is taken out."""
    await machine.travel_to(noon(day))
    if minor > 0:
        await fund(bank, account, minor)
        return
    await take_out(bank, account, -minor)


async def take_out(bank: Bank, account: Account, minor: int) -> Booking:
    """Banknotes out of an account."""
    async with bank.database.connection() as connection:
        cash = await bank_account(connection, CASH, account.currency)
    leg = Leg(account.id, cash, Money(minor, account.currency))
    return await bank.poster.post(Deed(uuid4(), "cash", (leg,), Particulars("Arta", "Arka", "Tërheqje", account.iban)))


async def booked(admin: Admin, account: Account, *purposes: str) -> list[tuple[date, str, int]]:
    """What the night booked in the account: value date, purpose, minor units with their sign."""
    rows = await admin.fetch(
        "SELECT m.value_date, t.purpose, e.amount_minor FROM entry e JOIN transfer t ON t.id = e.transfer_id"
        " JOIN movement m ON m.id = t.movement_id WHERE e.account_id = $1 AND t.purpose = ANY($2) ORDER BY e.seq",
        account.id, purposes or ["interest", "tax", "fee"],
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


async def guilty(bank: Bank) -> list[str]:
    """What the checks of the books find, but for letters: nobody sends any here."""
    async with bank.database.connection() as connection:
        return [
            f"{each.check}: {each.what}" for each in await check_books(connection) if each.check != "messages_are_sent"
        ]
