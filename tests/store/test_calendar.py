"""The calendar: which days are worked, as the years 2025 to 2028 have them, and what the bank corrects in it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from cast import Admin

from dega.bank import Bank
from dega.cli.calendar import albanian_holidays
from dega.store import calendar
from dega.store.database import Connection

YEARS = (2025, 2026, 2027, 2028)


@pytest.fixture
async def connection(bank: Bank, admin: Admin) -> AsyncIterator[Connection]:
    """The web process's connection, with the four years imported."""
    for year in YEARS:
        await calendar.keep(admin, albanian_holidays(year))
    async with bank.database.connection() as connection:
        yield connection


# The holidays of law 7651/1992 as they fell or were announced, and the days on which those of weekends were kept.
@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2025, 1, 2), False),
        (date(2025, 1, 3), True),
        (date(2025, 3, 24), False),  # Nowruz, of Saturday the 22nd
        (date(2025, 3, 31), False),  # Eid al-Fitr, of Sunday the 30th
        (date(2025, 4, 21), False),  # both Easters fell on the Sunday: one Monday for two
        (date(2025, 4, 22), True),
        (date(2025, 6, 6), False),  # Eid al-Adha
        (date(2025, 12, 1), False),  # Liberation Day, of Saturday the 29th
        (date(2026, 3, 16), False),  # Summer Day, of Saturday the 14th
        (date(2026, 4, 6), False),  # Easter of the Catholics
        (date(2026, 4, 13), False),  # Easter of the Orthodox
        (date(2026, 11, 30), False),  # Flag Day of Saturday the 28th, and then
        (date(2026, 12, 1), False),  # Liberation Day of Sunday the 29th
        (date(2026, 12, 2), True),
        (date(2027, 1, 4), False),  # the second day of the year, a Saturday
        (date(2027, 5, 4), False),  # 1 May of a Saturday on Monday, Easter of the Sunday on Tuesday
        (date(2027, 11, 30), False),  # Flag Day of Sunday, since Monday the 29th is a holiday itself
        (date(2027, 12, 27), False),
        (date(2028, 1, 4), False),
        (date(2028, 1, 5), True),
        (date(2028, 2, 29), True),
        (date(2028, 3, 4), False),  # a Saturday
    ],
)
async def test_a_day_is_worked_as_albania_works(connection: Connection, day: date, is_worked: bool) -> None:
    assert await calendar.is_working_day(connection, day) is is_worked


@pytest.mark.parametrize(
    ("day", "after", "before"),
    [
        (date(2026, 11, 27), date(2026, 11, 27), date(2026, 11, 27)),
        (date(2026, 11, 28), date(2026, 12, 2), date(2026, 11, 27)),
        (date(2027, 12, 31), date(2027, 12, 31), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 5), date(2027, 12, 31)),
    ],
)
async def test_what_falls_on_a_holiday_goes_to_the_working_day_after_or_before(
    connection: Connection, day: date, after: date, before: date
) -> None:
    assert await calendar.working_day_on_or_after(connection, day) == after
    assert await calendar.working_day_on_or_before(connection, day) == before


async def test_working_days_are_counted_from_the_next_one_on(connection: Connection) -> None:
    friday = date(2026, 11, 27)
    assert await calendar.working_day_after(connection, friday, 1) == date(2026, 12, 2)
    assert await calendar.working_day_after(connection, date(2026, 11, 29), 1) == date(2026, 12, 2)
    assert await calendar.working_day_after(connection, friday, 15) == date(2026, 12, 23)
    with pytest.raises(ValueError, match="from one on"):
        await calendar.working_day_after(connection, friday, 0)


async def test_counting_is_walking_from_day_to_day_over_the_turns_of_years(connection: Connection) -> None:
    off = {day for year in YEARS for day in albanian_holidays(year)}
    day, counted = date(2025, 1, 1), 0
    while counted < 900:
        day += timedelta(days=1)
        counted += day.weekday() < 5 and day not in off
    assert await calendar.working_day_after(connection, date(2025, 1, 1), 900) == day


async def test_a_year_that_nobody_imported_has_its_weekends(bank: Bank) -> None:
    async with bank.database.connection() as connection:
        assert await calendar.is_working_day(connection, date(2029, 5, 1))
        assert await calendar.working_day_on_or_after(connection, date(2029, 5, 5)) == date(2029, 5, 7)


async def test_what_the_package_moved_is_not_moved_again() -> None:
    days = albanian_holidays(2027)
    assert [day.isoformat() for day in days if day.month in (11, 12)] == [
        "2027-11-22", "2027-11-28", "2027-11-29", "2027-11-30", "2027-12-08", "2027-12-25", "2027-12-27",
    ]  # fmt: skip


async def test_a_year_without_a_working_day_is_said_and_not_searched_for_ever(bank: Bank, admin: Admin) -> None:
    await admin.execute(
        "INSERT INTO holiday SELECT day, 'Pushim'"
        "  FROM (SELECT '2025-01-01'::date + n AS day FROM generate_series(0, 1460) AS n)"
    )
    async with bank.database.connection() as connection:
        for search in (calendar.working_day_on_or_after, calendar.working_day_on_or_before):
            with pytest.raises(LookupError, match="no working day"):
                await search(connection, date(2026, 12, 31))
