"""The night of a quarter's end with all that falls into it: deposits, interest, tax, overdrafts, fees, in order."""

from datetime import date

from accounts.closing_days import booked, evening, guilty, noon, open_for, take_out
from cast import Admin, Cast, balance, fund

from dega.accounts import deposits, fees, interest
from dega.accounts.accounts import Product
from dega.bank import Bank
from dega.branch.deposits import open_deposit
from dega.cli.time_travel import TimeMachine
from dega.night.stages import STAGES, InPieces

WHY = {"operator": "elona", "reason": "asked at the counter"}
MINE = [
    each
    for each in STAGES
    if isinstance(each, InPieces) and each.piece.__module__ in (deposits.__name__, interest.__name__, fees.__name__)
]
DAY = date(2026, 12, 31)


async def test_all_that_falls_on_one_night_is_booked_once_and_the_books_are_right(
    bank: Bank, office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """From the house's tariff. A deposit of 60 000,00 ALL at 0,80 % from 1 December to 1 January isn't due yet."""
    await machine.travel_to(noon(date(2026, 12, 1)))
    arta = cast.arta
    await open_deposit(office, arta.number, arta.lek.iban, "60000", 1, **WHY)
    savings = await open_for(office, arta, Product.SAVINGS)
    owing = await open_for(office, arta, Product.CURRENT, overdraft_minor=10_000_00)
    await fund(bank, savings, 365_000_00)
    await take_out(bank, owing, 3_650_00)
    for day in (date(2026, 12, 1), date(2026, 12, 30), DAY, DAY):
        await machine.travel_to(evening(day))
        for stage in MINE:
            assert stage.total is not None
            async with bank.database.connection() as connection:
                total = await stage.total(connection, day)
            assert await pieces(bank, stage, day) == total
    # 31 days: 365 000,00 at 1,20 % are 12,00 a day; 3 650,00 at 14 % are 1,40 a day.
    assert await booked(admin, savings) == [(DAY, "interest", 372_00), (DAY, "tax", -55_80)]
    assert await booked(admin, owing) == [(DAY, "interest", -43_40)]
    assert (await booked(admin, arta.lek))[-1] == (DAY, "fee", -80_00)
    assert await guilty(bank) == []
    assert await admin.fetchval("SELECT sum(balance_minor) FROM account WHERE currency = 'ALL'") == 0
    assert await balance(admin, savings) == 365_000_00 + 372_00 - 55_80


async def pieces(bank: Bank, stage: InPieces, day: date) -> int:
    """Do all pieces of the stage; how many things they did."""
    done, after = 0, 0
    while True:
        async with bank.database.transaction() as connection:
            piece = await stage.piece(bank, connection, day, after)
        done += piece.done
        if piece.after is None:
            return done
        after = piece.after


def test_deposits_come_before_interest_and_fees_come_last() -> None:
    """What matures bears interest elsewhere the same day; what is charged, from the next day on."""
    assert [each.piece for each in MINE] == [
        deposits.mature_deposits,
        interest.accrue,
        interest.credit_savings,
        interest.charge_overdrafts,
        fees.charge_fees,
    ]
