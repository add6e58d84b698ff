"""TARGET: the days on which euros move between banks, as the European Central Bank fixed them in 2000 for good."""

from datetime import date, timedelta

_CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}
"""New Year's Day, Labour Day, Christmas Day and the day after."""


def is_target_day(day: date) -> bool:
    """Whether euros move: no Saturday, no Sunday, and none of TARGET's six holidays."""
    if day.weekday() >= 5 or (day.month, day.day) in _CLOSED:
        return False
    sunday = easter(day.year)
    return day not in (sunday - timedelta(days=2), sunday + timedelta(days=1))


def target_day_on_or_after(day: date) -> date:
    """The day itself where euros move on it, else the next on which they do."""
    while not is_target_day(day):
        day += timedelta(days=1)
    return day


def easter(year: int) -> date:
    """Easter Sunday of the western churches: the rule of the Gregorian calendar as Meeus and others give it (1876)."""
    golden, (century, in_century) = year % 19, divmod(year, 100)
    leap_centuries, century_left = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, left = divmod(in_century, 4)
    weekday = (32 + 2 * century_left + 2 * leaps - epact - left) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
