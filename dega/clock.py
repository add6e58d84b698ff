"""What time it is at the bank: instants are aware and in UTC, days and the nightly window are Tirana's.

Nothing else in the code asks the system for the time, so that tests and the demo can travel.
"""

import re
import time as system_time
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

TIRANA = ZoneInfo("Europe/Tirane")
MIDNIGHT = time(0)
TIMES = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
"""`20:59`, by the minute of the wall clock's day: written once, since pages show many."""


class Clock:
    """The system's clock."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds to subtract from one another, comparable between processes and restarts; no date is read from it."""
        return system_time.time()


class MovableClock(Clock):
    """A clock for the demo and the tests that can be moved; it runs on from there, or stands still when `stopped`."""

    def __init__(self, instant: datetime | None = None, *, stopped: bool = False) -> None:
        self._stopped = stopped
        self._stopped_now = super().now()
        self._stopped_seconds = super().seconds()
        self._now_moved = timedelta(0)
        self._seconds_moved = 0.0
        if instant is not None:
            self.travel_to(instant)

    def now(self) -> datetime:
        """The instant it was moved to, aware, in UTC."""
        return (self._stopped_now if self._stopped else super().now()) + self._now_moved

    def seconds(self) -> float:
        """Seconds that only waiting moves: a code sent before a journey in time is as old after it."""
        return (self._stopped_seconds if self._stopped else super().seconds()) + self._seconds_moved

    @property
    def offset(self) -> timedelta:
        """How far ahead of the system's clock it is, for the database to add to its own."""
        return self.now() - super().now()

    def travel_to(self, instant: datetime) -> None:
        """Make it `instant` now, later or earlier; durations don't notice."""
        self._now_moved += _aware(instant) - self.now()

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass, for dates and durations alike."""
        if seconds < 0:
            raise ValueError("waiting goes forwards; travel_to goes back")
        self._now_moved += timedelta(seconds=seconds)
        self._seconds_moved += seconds


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of every day, on Tirana's wall clock, in which no money moves: from `starts` until before `ends`.

    `ends` 00:00 is the midnight after. Lengths hold on both nights of the clock change as long as no end lies
    between 02:00 and 03:00, the hour that is missing or comes twice.
    """

    starts: time
    ends: time

    def __post_init__(self) -> None:
        if self.starts.tzinfo or self.ends.tzinfo:
            raise ValueError("the window's times are Tirana's and carry no time zone")
        if self.starts == self.ends or (self.ends != MIDNIGHT and self.ends < self.starts):
            raise ValueError("the window must end after it starts, on the same day or at midnight")

    def on(self, day: date) -> tuple[datetime, datetime]:
        """First instant inside and first instant after the window of that day, in UTC."""
        ends_at = day_start(day + timedelta(days=1)) if self.ends == MIDNIGHT else _instant(day, self.ends)
        return _instant(day, self.starts), ends_at

    def contains(self, instant: datetime) -> bool:
        """Is the window running?"""
        starts_at, ends_at = self.on(local_day(instant))
        return starts_at <= instant < ends_at

    def closes_next(self, instant: datetime) -> datetime:
        """When the next window starts, in UTC; while one is running, tomorrow's."""
        day = local_day(instant)
        starts_at, _ = self.on(day)
        return starts_at if instant < starts_at else self.on(day + timedelta(days=1))[0]

    def ends_after(self, instant: datetime) -> datetime:
        """When the running window ends, or else the next one, in UTC."""
        day = local_day(instant)
        _, ends_at = self.on(day)
        return ends_at if instant < ends_at else self.on(day + timedelta(days=1))[1]

    def ended_last(self, instant: datetime) -> datetime:
        """When the last window ended, in UTC; the end itself is after the window."""
        day = local_day(instant)
        _, ends_at = self.on(day)
        return ends_at if ends_at <= instant else self.on(day - timedelta(days=1))[1]

    def value_day(self, instant: datetime) -> date:
        """The day whose books take what is booked at that instant: once its window has begun, a day takes no more."""
        day = local_day(instant)
        return day if instant < self.on(day)[0] else day + timedelta(days=1)

    def announced(self, instant: datetime, minutes_before: int) -> bool:
        """Is it outside the window, but at most that many minutes before it?"""
        return not self.contains(instant) and self.closes_next(instant) - instant <= timedelta(minutes=minutes_before)


def local(instant: datetime) -> datetime:
    """The same instant on Tirana's wall clock. A datetime without time zone is a ValueError."""
    return _aware(instant).astimezone(TIRANA)


@lru_cache(maxsize=16_384)
def local_hour(hour: int) -> tuple[date, int]:
    """The day in Tirana, and the minute of its wall clock, when the hour with this number since 1970 begins in UTC.

    The minutes of that hour add to it: Tirana has been ahead of UTC by whole hours since 1914.
    """
    at = datetime.fromtimestamp(hour * 3600, TIRANA)
    return at.date(), at.hour * 60 + at.minute


def local_day(instant: datetime) -> date:
    """The date in Tirana at that instant."""
    return local(instant).date()


def day_start(day: date) -> datetime:
    """Tirana's midnight at the beginning of that day, in UTC."""
    return _instant(day, MIDNIGHT)


def _instant(day: date, wall_time: time) -> datetime:
    return datetime.combine(day, wall_time, TIRANA).astimezone(UTC)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant


def format_instant(instant: datetime) -> str:
    """`22.11.2026 20:59`, in Tirana."""
    at = local(instant)
    return f"{at.day:02d}.{at.month:02d}.{at.year:04d} {at.hour:02d}:{at.minute:02d}"


def format_day(day: date) -> str:
    """`22.11.2026`; of an instant, the day it is in Tirana."""
    if isinstance(day, datetime):
        day = local(day)
    return f"{day.day:02d}.{day.month:02d}.{day.year:04d}"


def format_time(instant: datetime) -> str:
    """`20:59`, in Tirana."""
    at = local(instant)
    return TIMES[at.hour * 60 + at.minute]


class DayProblem(StrEnum):
    """Why a text isn't a day."""

    EMPTY = "empty"
    NOT_A_DAY = "not_a_day"
    NO_SUCH_DAY = "no_such_day"
    OUT_OF_RANGE = "out_of_range"


class DayError(ValueError):
    """The text names no day the bank has dealings on."""

    def __init__(self, reason: DayProblem) -> None:
        super().__init__(reason)
        self.reason = reason


_DAY = re.compile(r"(?P<d>[0-9]{1,2})(?P<sign>[./-])(?P<m>[0-9]{1,2})(?P=sign)(?P<y>[0-9]{4})")
_ISO_DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
_YEARS = range(1900, 2200)


def parse_day(text: str) -> date:
    """The day in `22.11.2026`, `22/11/2026` or `22-11-2026`, as people write it here, the day first; or in what a
    browser's date field sends, `2026-11-22`. Raises DayError."""
    text = text.strip()
    if not text:
        raise DayError(DayProblem.EMPTY)
    match = _DAY.fullmatch(text) or _ISO_DAY.fullmatch(text)
    if match is None:
        raise DayError(DayProblem.NOT_A_DAY)
    if int(match["y"]) not in _YEARS:
        raise DayError(DayProblem.OUT_OF_RANGE)
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        raise DayError(DayProblem.NO_SUCH_DAY) from None
