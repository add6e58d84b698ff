"""On which dates an order is paid: a first one, a step, perhaps a last one, and what happens on days without work.

Dates are Tirana's days. Pure: what the calendar says of working days is given by the caller.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class Frequency(StrEnum):
    """How often."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class HolidayRule(StrEnum):
    """When a date that isn't a working day is paid: all the same, or on the working day before or after it."""

    SAME_DAY = "same"
    BEFORE = "before"
    AFTER = "after"


_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates of an order. `last_on` is the last day that may be one of them (None: there is no end)."""

    frequency: Frequency
    first_on: date
    last_on: date | None
    rule: HolidayRule

    def after(self, day: date) -> date | None:
        """The first date later than `day`; None where there is none any more.

        By months it is always the day of the first date, or the last day of a month that is too short for it: after
        31 January come 28 (29) February and 31 March.
        """
        if day < self.first_on:
            found: date | None = self.first_on
        elif self.frequency is Frequency.ONCE:
            found = None
        elif self.frequency is Frequency.WEEKLY:
            found = day + timedelta(days=7 - (day - self.first_on).days % 7)
        else:
            found = self._after_by_months(day, _MONTHS[self.frequency])
        return None if found is None or (self.last_on is not None and found > self.last_on) else found

    def dates_after(self, day: date) -> Iterator[date]:
        """All dates later than `day`, in their order; without an end they don't stop."""
        found = self.after(day)
        while found is not None:
            yield found
            found = self.after(found)

    def _after_by_months(self, day: date, step: int) -> date:
        passed = (day.year - self.first_on.year) * 12 + day.month - self.first_on.month
        steps = passed // step
        return next(found for n in (steps, steps + 1) if (found := self._months_later(n * step)) > day)

    def _months_later(self, months: int) -> date:
        years, month = divmod(self.first_on.month - 1 + months, 12)
        year = self.first_on.year + years
        return date(year, month + 1, min(self.first_on.day, monthrange(year, month + 1)[1]))


def due_until(rule: HolidayRule, day: date, *, is_working: bool, next_working: date) -> date | None:
    """In the night of `day`: up to which date orders with this rule are due; None: none is.

    `next_working` is the first working day after `day`. With BEFORE, a date without work is due in the night of the
    working day before it; where that had passed when the order was made, in its own.
    """
    if rule is HolidayRule.AFTER and not is_working:
        return None
    if rule is HolidayRule.BEFORE and is_working:
        return next_working - ONE_DAY
    return day
