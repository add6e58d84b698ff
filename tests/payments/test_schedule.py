"""The dates of an order: none is lost, none comes twice, whatever the months and the calendar are like."""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dega.payments.schedule import Frequency, HolidayRule, Schedule, due_until

DAY = timedelta(days=1)
DATES = st.dates(date(2024, 1, 1), date(2040, 12, 31))
RULES = st.sampled_from(HolidayRule)
REPEATED = st.sampled_from([Frequency.WEEKLY, Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.YEARLY])
GAPS = {
    Frequency.WEEKLY: (7, 7), Frequency.MONTHLY: (28, 31), Frequency.QUARTERLY: (89, 92), Frequency.YEARLY: (365, 366),
}  # fmt: skip


def first_dates(frequency: Frequency, first: date, most: int = 6, last: date | None = None) -> list[date]:
    schedule = Schedule(frequency, first, last, HolidayRule.SAME_DAY)
    return list(islice(schedule.dates_after(first - DAY), most))


def test_the_last_day_of_a_long_month_is_the_last_day_of_short_ones_and_then_itself_again() -> None:
    assert first_dates(Frequency.MONTHLY, date(2027, 1, 31), 5) == [
        date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31),
    ]  # fmt: skip


def test_the_thirtieth_stays_the_thirtieth_but_in_february() -> None:
    assert first_dates(Frequency.MONTHLY, date(2027, 11, 30), 5) == [
        date(2027, 11, 30), date(2027, 12, 30), date(2028, 1, 30), date(2028, 2, 29), date(2028, 3, 30),
    ]  # fmt: skip


def test_a_leap_day_is_paid_on_the_twenty_eighth_of_other_years() -> None:
    assert first_dates(Frequency.YEARLY, date(2028, 2, 29), 5) == [
        date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29),
    ]  # fmt: skip


def test_quarters_go_on_across_years() -> None:
    expected = [date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30), date(2027, 8, 30)]
    assert first_dates(Frequency.QUARTERLY, date(2026, 11, 30), 4) == expected


def test_once_is_once_and_a_last_day_is_the_last() -> None:
    assert first_dates(Frequency.ONCE, date(2026, 11, 23)) == [date(2026, 11, 23)]
    assert first_dates(Frequency.WEEKLY, date(2026, 11, 23), last=date(2026, 12, 7)) == [
        date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7),
    ]  # fmt: skip
    assert first_dates(Frequency.WEEKLY, date(2026, 11, 23), last=date(2026, 12, 6))[-1] == date(2026, 11, 30)


@given(frequency=REPEATED, first=DATES)
def test_dates_follow_each_other_at_the_distance_of_their_frequency(frequency: Frequency, first: date) -> None:
    dates = first_dates(frequency, first, 60)
    least, most = GAPS[frequency]
    assert dates[0] == first
    assert all(least <= (later - earlier).days <= most for earlier, later in pairwise(dates))


@given(frequency=REPEATED, first=DATES, ahead=st.integers(0, 3000))
def test_from_whatever_day_one_looks_the_next_date_is_the_same(frequency: Frequency, first: date, ahead: int) -> None:
    schedule = Schedule(frequency, first, None, HolidayRule.SAME_DAY)
    day = first + ahead * DAY
    assert schedule.after(day) == next(each for each in schedule.dates_after(first - DAY) if each > day)


@given(first=DATES, months=st.integers(1, 60))
def test_by_months_it_is_the_day_of_the_first_date_or_the_end_of_a_shorter_month(first: date, months: int) -> None:
    for each in first_dates(Frequency.MONTHLY, first, months):
        assert each.day == first.day or (each.day < first.day and (each + DAY).month != each.month)


def planned(day: date, rule: HolidayRule, holidays: frozenset[date]) -> date:
    """The rule in its simplest words: what the nights must come to."""
    step = {HolidayRule.SAME_DAY: 0 * DAY, HolidayRule.BEFORE: -DAY, HolidayRule.AFTER: DAY}[rule]
    while step and not works(day, holidays):
        day += step
    return day


def works(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


@given(
    frequency=REPEATED,
    rule=RULES,
    first=st.dates(date(2026, 11, 23), date(2026, 12, 31)),
    holidays=st.frozensets(st.dates(date(2026, 11, 1), date(2027, 12, 31)), max_size=40),
)
def test_over_a_year_of_nights_every_date_is_paid_once_and_on_the_day_of_its_rule(
    frequency: Frequency, rule: HolidayRule, first: date, holidays: frozenset[date]
) -> None:
    schedule = Schedule(frequency, first, None, rule)
    opened, night = date(2026, 11, 23), date(2026, 11, 23)
    waiting, paid = schedule.after(opened - DAY), []
    while night < date(2027, 12, 31):
        next_working = night + DAY
        while not works(next_working, holidays):
            next_working += DAY
        until = due_until(rule, night, is_working=works(night, holidays), next_working=next_working)
        if until is not None and waiting is not None and waiting <= until:
            paid.append((waiting, night))
            waiting = schedule.after(waiting)
        night += DAY
    assert [due for due, _ in paid] == list(islice(schedule.dates_after(opened - DAY), len(paid)))
    assert waiting is None or planned(waiting, rule, holidays) >= night or paid[-1][0] >= waiting - 7 * DAY
    for place, (due, night) in enumerate(paid):
        queued = place > 0 and paid[place - 1][1] >= planned(due, rule, holidays)
        passed = planned(due, rule, holidays) < opened
        assert night == (due if passed else planned(due, rule, holidays)) or queued


@pytest.mark.parametrize("rule", HolidayRule)
def test_a_working_day_is_paid_in_its_own_night_whatever_the_rule(rule: HolidayRule) -> None:
    monday = date(2026, 11, 23)
    until = due_until(rule, monday, is_working=True, next_working=monday + DAY)
    assert until == monday
