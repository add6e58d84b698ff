"""TARGET: the days on which euros move, against dates that the European Central Bank has published."""

from datetime import date

import pytest

from dega.target_days import easter, is_target_day, target_day_on_or_after

CLOSED = {
    2025: ("01-01", "04-18", "04-21", "05-01", "12-25", "12-26"),
    2026: ("01-01", "04-03", "04-06", "05-01", "12-25"),
    2027: ("01-01", "03-26", "03-29"),
    2028: ("04-14", "04-17", "05-01", "12-25", "12-26"),
}
"""The holidays of TARGET that fall on working days of the week."""


@pytest.mark.parametrize("year", CLOSED)
def test_target_is_closed_on_its_six_holidays_and_on_no_other_day_of_the_week(year: int) -> None:
    days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
    closed = [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not is_target_day(day)]
    assert tuple(closed) == CLOSED[year]


@pytest.mark.parametrize(
    "sunday", ["1818-03-22", "1954-04-18", "1981-04-19", "2000-04-23", "2025-04-20", "2038-04-25", "2285-03-22"]
)
def test_easter_is_where_the_tables_have_it(sunday: str) -> None:
    assert f"{easter(int(sunday[:4]))}" == sunday


def test_euros_wait_for_the_day_after_the_feasts() -> None:
    assert target_day_on_or_after(date(2026, 4, 3)) == date(2026, 4, 7)
    assert target_day_on_or_after(date(2026, 11, 28)) == date(2026, 11, 30)
    assert target_day_on_or_after(date(2026, 11, 27)) == date(2026, 11, 27)
