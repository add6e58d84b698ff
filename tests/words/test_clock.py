"""The bank's time: the window on every day of ten years, both nights of the clock change, travel, dates."""

import time as system_time
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dega.clock import (
    TIMES,
    TIRANA,
    Clock,
    DayError,
    DayProblem,
    MovableClock,
    Window,
    day_start,
    format_day,
    format_instant,
    format_time,
    local,
    local_day,
    local_hour,
    parse_day,
)

NIGHT = Window(time(21), time(0))
MILLISECOND = timedelta(milliseconds=1)
FIRST_DAY, DAYS = date(2026, 1, 1), (date(2036, 1, 1) - date(2026, 1, 1)).days

instants = st.timedeltas(timedelta(0), timedelta(days=30 * 365)).map(lambda t: datetime(2020, 1, 1, tzinfo=UTC) + t)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def at(day: date, hour: int, minute: int = 0, second: int = 0, millisecond: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second, millisecond * 1000), TIRANA)


@pytest.mark.requirement("R30")
def test_the_window_holds_to_the_millisecond_on_every_day_of_ten_years() -> None:
    for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
        tomorrow = day + timedelta(days=1)
        answers = (
            NIGHT.contains(at(day, 0)),
            NIGHT.contains(at(day, 20, 59, 59, 999)),
            NIGHT.contains(at(day, 21)),
            NIGHT.contains(at(day, 23, 59, 59, 999)),
            NIGHT.contains(at(tomorrow, 0)),
        )
        assert answers == (False, False, True, True, False), day
        starts_at, ends_at = NIGHT.on(day)
        assert ends_at - starts_at == timedelta(hours=3), day
        assert (starts_at, ends_at) == (at(day, 21), at(tomorrow, 0)), day


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        (date(2026, 3, 28), "2026-03-28T20:00Z"),  # the last evening of winter time
        (date(2026, 3, 29), "2026-03-29T19:00Z"),  # clocks went forward this morning
        (date(2026, 10, 24), "2026-10-24T19:00Z"),  # the last evening of summer time
        (date(2026, 10, 25), "2026-10-25T20:00Z"),  # clocks went back this morning
    ],
)
def test_around_the_clock_change_the_window_follows_the_wall_clock(day: date, starts_at: str) -> None:
    start = datetime.fromisoformat(starts_at)
    assert NIGHT.on(day) == (start, start + timedelta(hours=3))
    assert not NIGHT.contains(start - MILLISECOND)
    assert NIGHT.contains(start)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_money_moves_all_day_however_long_the_day_is(day: date, hours: int) -> None:
    opened, next_midnight = day_start(day), day_start(day + timedelta(days=1))
    assert next_midnight - opened == timedelta(hours=hours)
    assert NIGHT.closes_next(opened) - opened == timedelta(hours=hours - 3)
    minutes = range(0, hours * 60, 10)
    open_minutes = [m for m in minutes if not NIGHT.contains(opened + timedelta(minutes=m))]
    assert open_minutes == list(range(0, (hours - 3) * 60, 10))


@given(instants)
@example(datetime.fromisoformat("2026-03-29T00:59:59Z"))  # clocks go forward in the next second
@example(datetime.fromisoformat("2026-03-29T01:00Z"))
@example(datetime.fromisoformat("2026-10-25T00:59:59Z"))  # clocks go back in the next second
@example(datetime.fromisoformat("2026-10-25T01:00Z"))
def test_the_hour_since_1970_and_its_minutes_tell_day_and_time_in_tirana(instant: datetime) -> None:
    hour, seconds = divmod(int(instant.timestamp()), 3600)
    day, minute = local_hour(hour)
    assert (day, TIMES[minute + seconds // 60]) == (local_day(instant), format_time(instant))


@given(instant=instants)
def test_the_next_close_and_end_bracket_every_instant(instant: datetime) -> None:
    closes, ends = NIGHT.closes_next(instant), NIGHT.ends_after(instant)
    assert closes > instant
    assert ends > instant
    assert not NIGHT.contains(closes - timedelta(microseconds=1))
    assert NIGHT.contains(closes)
    assert NIGHT.contains(ends - timedelta(microseconds=1))
    assert not NIGHT.contains(ends)
    assert NIGHT.contains(instant) == (ends < closes)
    assert closes.utcoffset() == ends.utcoffset() == timedelta(0)
    last = NIGHT.ended_last(instant)
    assert last <= instant < NIGHT.ends_after(last) <= ends


@given(instant=instants, hours=st.integers(-12, 14))
def test_the_callers_time_zone_changes_nothing(instant: datetime, hours: int) -> None:
    abroad = instant.astimezone(timezone(timedelta(hours=hours)))
    assert NIGHT.contains(abroad) == NIGHT.contains(instant)
    assert NIGHT.closes_next(abroad) == NIGHT.closes_next(instant)
    assert format_instant(abroad) == format_instant(instant)


@pytest.mark.parametrize(
    ("wall", "announced"),
    [
        ((20, 29, 59), False),
        ((20, 30), True),
        ((20, 59, 59), True),
        ((21, 0), False),
        ((23, 59), False),
        ((0, 0), False),
    ],
)
def test_the_window_is_announced_from_half_past_eight(wall: tuple[int, ...], announced: bool) -> None:
    assert NIGHT.announced(at(date(2026, 11, 22), *wall), minutes_before=30) is announced


def test_a_window_just_after_midnight_is_announced_the_evening_before() -> None:
    window = Window(time(0, 10), time(1))
    assert window.announced(at(date(2026, 11, 22), 23, 45), minutes_before=30)
    assert window.ends_after(at(date(2026, 11, 22), 23, 45)) == at(date(2026, 11, 23), 1)


def test_a_window_in_the_middle_of_the_day_leaves_out_its_end() -> None:
    window = Window(time(12), time(13, 30))
    day = date(2026, 7, 1)
    assert [window.contains(at(day, *wall)) for wall in ((11, 59), (12, 0), (13, 29), (13, 30))] == [
        False,
        True,
        True,
        False,
    ]


def test_what_is_booked_once_a_days_window_has_begun_is_of_the_next_day() -> None:
    """A day that is closed at noon takes nothing of its afternoon."""
    noon = Window(time(12), time(13))
    days = [noon.value_day(datetime(2026, 11, 23, hour, minute, tzinfo=TIRANA)) for hour, minute in ((11, 59), (13, 0))]
    assert days == [date(2026, 11, 23), date(2026, 11, 24)]


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(time(21), time(20)), (time(21), time(21)), (time(0), time(0)), (time(21, tzinfo=UTC), time(0))],
)
def test_an_impossible_window_is_refused(starts: time, ends: time) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(starts, ends)


def test_the_clock_tells_the_systems_time_in_utc() -> None:
    before, now, after = datetime.now(UTC), Clock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.tzinfo is UTC
    assert abs(Clock().seconds() - system_time.time()) < 5


def test_travelling_moves_the_date_but_no_duration() -> None:
    clock = MovableClock(stopped=True)
    seconds = clock.seconds()
    clock.travel_to(at(date(2026, 11, 22), 20, 59, 59, 999))
    assert clock.now() == at(date(2026, 11, 22), 20, 59, 59, 999)
    assert clock.now().tzinfo is UTC
    assert clock.seconds() == seconds


def test_waiting_moves_the_date_and_durations_alike() -> None:
    clock = MovableClock(at(date(2026, 11, 22), 20, 59, 59, 999), stopped=True)
    seconds = clock.seconds()
    clock.wait(0.001)
    assert clock.now() == at(date(2026, 11, 22), 21)
    clock.wait(119)
    assert clock.seconds() - seconds == pytest.approx(119.001)


def test_a_movable_clock_runs_on_from_where_it_was_set() -> None:
    clock = MovableClock(at(date(2030, 1, 1), 12))
    first, first_seconds = clock.now(), clock.seconds()
    system_time.sleep(0.01)
    assert timedelta(milliseconds=5) < clock.now() - first < timedelta(seconds=30)
    assert clock.seconds() > first_seconds
    assert abs(Clock().now() + clock.offset - clock.now()) < timedelta(seconds=1)


def test_nobody_waits_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        MovableClock().wait(-1)


def test_an_instant_without_its_time_zone_is_refused() -> None:
    naive = datetime(2026, 11, 22, 21)  # noqa: DTZ001
    for use in (local, local_day, format_instant, format_day, format_time, NIGHT.contains, MovableClock().travel_to):
        with pytest.raises(ValueError, match="time zone"):
            use(naive)


@pytest.mark.requirement("R3")
def test_times_are_written_in_tirana() -> None:
    instant = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    assert format_instant(instant) == "23.11.2026 00:59"
    assert format_time(instant) == "00:59"
    assert format_day(instant) == format_day(local_day(instant)) == "23.11.2026"
    assert format_instant(datetime(2026, 7, 1, 19, 0, tzinfo=UTC)) == "01.07.2026 21:00"


@given(day=days)
def test_every_day_is_read_back_as_it_is_written(day: date) -> None:
    assert parse_day(format_day(day)) == parse_day(day.isoformat()) == day


@given(day=days)
def test_a_day_begins_at_its_own_midnight(day: date) -> None:
    start = day_start(day)
    assert local_day(start) == day
    assert local_day(start - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize("text", ["1.2.2026", "01.02.2026", " 01.02.2026 ", "1/2/2026", "01-02-2026", "2026-02-01"])
def test_a_day_may_be_typed_without_leading_zeros_or_come_from_a_date_field(text: str) -> None:
    assert parse_day(text) == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", DayProblem.EMPTY),
        ("  ", DayProblem.EMPTY),
        ("nesër", DayProblem.NOT_A_DAY),
        ("31.02.2026", DayProblem.NO_SUCH_DAY),
        ("29.02.2027", DayProblem.NO_SUCH_DAY),
        ("2026-13-01", DayProblem.NO_SUCH_DAY),
        ("1.2/2026", DayProblem.NOT_A_DAY),
        ("20261122", DayProblem.NOT_A_DAY),
        ("2026-W47-7", DayProblem.NOT_A_DAY),
        ("22.11.26", DayProblem.NOT_A_DAY),
        ("٢٢.١١.٢٠٢٦", DayProblem.NOT_A_DAY),
        ("22.11.0001", DayProblem.OUT_OF_RANGE),
        ("22.11.9999", DayProblem.OUT_OF_RANGE),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(text: str, reason: DayProblem) -> None:
    with pytest.raises(DayError) as caught:
        parse_day(text)
    assert caught.value.reason is reason
