"""What accounts held when the last months ended, and the small picture of it."""

from dataclasses import replace
from datetime import date, datetime

from accounts.bookings import transfer
from browser_session import Browser
from cast import Admin, Cast

from dega.accounts.accounts import my_accounts
from dega.accounts.months import MONTHS, MonthEnd, month_ends
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.money import Currency, Money
from dega.web.pages.months import HEIGHT, history


async def ends_of_lek(bank: Bank, cast: Cast) -> list[tuple[date, int]]:
    ends = await month_ends(bank, await my_accounts(bank, cast.arta.id))
    return [(end.last_day, end.balance.minor) for end in ends[cast.arta.lek.id]]


async def test_a_month_ends_at_midnight_in_tirana_and_its_balance_stays(
    bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await machine.travel_to(datetime(2026, 11, 30, 20, 59, tzinfo=TIRANA))
    await transfer(bank, arta, besnik, 100, "Në nëntor")
    await machine.travel_to(datetime(2026, 12, 1, 0, 0, 1, tzinfo=TIRANA))
    await transfer(bank, arta, besnik, 30, "Në dhjetor")
    await machine.travel_to(datetime(2027, 1, 1, 9, 0, tzinfo=TIRANA))
    expected = [
        *((date(2026, month, day), 0) for month, day in ((7, 31), (8, 31), (9, 30), (10, 31))),
        (date(2026, 11, 30), 9_999_900),
        (date(2026, 12, 31), 9_999_870),
    ]
    assert await ends_of_lek(bank, cast) == expected
    await transfer(bank, arta, besnik, 1000, "Në janar")
    assert await ends_of_lek(bank, cast) == expected
    assert await ends_of_lek(replace(bank, month_ends={}), cast) == expected


async def test_months_before_an_account_was_opened_are_left_out(bank: Bank, cast: Cast, admin: Admin) -> None:
    assert len(await ends_of_lek(bank, cast)) == MONTHS
    await admin.execute("UPDATE account SET opened_on = '2026-09-15' WHERE id = $1", cast.arta.lek.id)
    assert [day for day, _ in await ends_of_lek(bank, cast)] == [date(2026, 9, 30), date(2026, 10, 31)]


def test_bars_stand_on_the_zero_line_and_debts_hang_from_it() -> None:
    ends = tuple(
        MonthEnd(date(2026, 8 + place, 28), Money(minor, Currency.ALL)) for place, minor in enumerate((300, -100))
    )
    shown = history(ends, Money(0, Currency.ALL), "en")
    assert shown is not None
    assert shown.zero == HEIGHT * 3 / 4
    assert [(bar.top, bar.height) for bar in shown.bars] == [(0, 30), (30, 10), (30, 1)]
    assert [bar.is_now for bar in shown.bars] == [False, False, True]
    assert [month for month, _ in shown.rows] == ["September 2026", "August 2026"]


def test_an_account_that_was_always_empty_has_no_picture() -> None:
    nothing = Money(0, Currency.EUR)
    assert history((MonthEnd(date(2026, 10, 31), nothing),), nothing, "sq") is None
    assert history((), Money(5, Currency.EUR), "sq") is None


async def test_the_overview_has_a_picture_and_its_table_for_every_account(
    browser: Browser, login: object, cast: Cast
) -> None:
    page = await login(browser, cast.arta)  # type: ignore[operator]
    assert page.html.count('<svg viewBox="0 0 158 42" role="img" aria-label="Gjendja në fund') == 3
    assert page.html.count('<th scope="row">tetor 2026</th>') == 3
