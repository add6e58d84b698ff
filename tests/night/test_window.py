"""No money moves from 21:00:00.000 until midnight in Tirana, every day; before and after, it does. By the clock."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from cast import Admin, Cast, balance, fund
from night import stopped
from night.nights import gate, tirana
from night.stopped import stop_database_at

from dega.bank import Bank
from dega.clock import MovableClock
from dega.deeds import Deed, Leg, Particulars
from dega.errors import BankClosed, Refusal, UpdateWindow
from dega.money import Currency, Money

pytestmark = pytest.mark.requirement("R30")

MOMENT = timedelta(milliseconds=1)
STARTING_MINOR = 10_000_000

ORDINARY_DAYS = ["2026-11-23", "2026-11-27"]
WEEKENDS = ["2026-12-05", "2026-12-06"]
HOLIDAYS = ["2026-11-28", "2026-12-25", "2026-12-31", "2027-01-01", "2027-03-14"]
CLOCK_CHANGES = ["2027-03-27", "2027-03-28", "2027-10-30", "2027-10-31"]
LEAP_DAY = ["2028-02-29"]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(stopped=True)


StopAt = Callable[[datetime], Awaitable[None]]


@pytest.fixture
def stop_at(bank: Bank, clock: MovableClock, admin: Admin) -> StopAt:
    """Time stands still: the process and the database have exactly this instant, until the next one."""

    return partial(stopped.stop_at, clock, admin)


async def outcome(bank: Bank, cast: Cast) -> str:
    """What becomes of paying one lek into Arta's account."""
    try:
        await fund(bank, cast.arta.lek, 100)
    except Refusal as refusal:
        return refusal.code
    return "booked"


@pytest.mark.parametrize("day", [*ORDINARY_DAYS, *WEEKENDS, *HOLIDAYS, *CLOCK_CHANGES, *LEAP_DAY])
async def test_money_moves_up_to_the_last_moment_before_the_window_and_from_the_first_after_it(
    bank: Bank, cast: Cast, admin: Admin, stop_at: StopAt, day: str
) -> None:
    starts = tirana(f"{day} 21:00")
    ends = starts + timedelta(hours=3)
    heard = {}
    for instant in (starts - MOMENT, starts, ends - MOMENT, ends):
        await stop_at(instant)
        heard[instant] = await outcome(bank, cast)
    assert list(heard.values()) == ["booked", "update_window", "update_window", "booked"]
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR + 200


async def test_what_was_booked_before_the_window_is_not_refused_when_it_is_asked_for_again_in_it(
    bank: Bank, cast: Cast, admin: Admin, stop_at: StopAt
) -> None:
    leg = Leg(cast.arta.lek.id, cast.besnik.lek.id, Money(100, Currency.ALL))
    deed = Deed(uuid.uuid4(), "test", (leg,), Particulars("Arta Kola", "Besnik Hoxha", "qira"))
    await stop_at(tirana("2026-11-23 20:59:59.999"))
    booking = await bank.poster.post(deed)
    await stop_at(tirana("2026-11-23 21:00"))
    assert await bank.poster.post(deed) == booking
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR - 100


async def test_no_other_hour_is_closed(bank: Bank, cast: Cast, stop_at: StopAt) -> None:
    refused = {}
    for hour in range(24):
        await stop_at(tirana(f"2026-11-23 {hour:02d}:30"))
        if (heard := await outcome(bank, cast)) != "booked":
            refused[hour] = heard
    assert refused == dict.fromkeys((21, 22, 23), "update_window")


async def test_the_databases_clock_decides_where_the_process_is_slow(
    bank: Bank, cast: Cast, admin: Admin, stop_at: StopAt
) -> None:
    await stop_at(tirana("2026-11-23 20:59:59.500"))
    await stop_database_at(admin, tirana("2026-11-23 21:00:00.000"))
    with pytest.raises(UpdateWindow):
        await fund(bank, cast.arta.lek, 100)
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR


async def test_nothing_is_booked_while_the_clocks_are_apart(
    bank: Bank, cast: Cast, admin: Admin, stop_at: StopAt
) -> None:
    noon = tirana("2026-11-23 12:00")
    await stop_at(noon)
    await stop_database_at(admin, noon + timedelta(seconds=2.001))
    with pytest.raises(BankClosed):
        await fund(bank, cast.arta.lek, 100)


@pytest.mark.requirement("R32")
async def test_the_refusal_says_from_when_to_when(bank: Bank, cast: Cast, stop_at: StopAt) -> None:
    await stop_at(tirana("2026-11-23 22:00"))
    with pytest.raises(UpdateWindow) as refusal:
        await fund(bank, cast.arta.lek, 100)
    assert refusal.value.values == {"closes": "21:00", "opens": "00:00"}


async def test_a_dead_scheduler_books_nothing_either(bank: Bank, cast: Cast, admin: Admin, stop_at: StopAt) -> None:
    await stop_at(tirana("2026-11-23 22:30"))
    assert await gate(admin) == ("open", None)
    with pytest.raises(UpdateWindow):
        await fund(bank, cast.arta.lek, 100)
