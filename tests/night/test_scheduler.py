"""The gate follows the window: closed behind the last posting, opened when the night is over, by one process of all."""

import asyncio
import logging
from datetime import time, timedelta

import pytest
from cast import Admin, Cast, balance, fund
from night.eventually import eventually
from night.nights import Held, Process, StartProcess, closings, gate, kill, leader_of, tirana, wait_for_lock

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.errors import BankClosed, PartAway, UpdateWindow
from dega.night.scheduler import Scheduler
from dega.night.status import freeze
from dega.night.timetable import TIMETABLE, Job

OPERATOR = Actor("operator:blerta")
STARTING_MINOR = 10_000_000


@pytest.mark.requirement("R30")
async def test_the_gate_closes_when_the_window_starts_and_opens_when_it_ends(
    admin: Admin, machine: TimeMachine, process: Process
) -> None:
    stands = {}
    for instant in ("2026-11-23 20:59", "2026-11-23 21:00", "2026-11-23 23:59", "2026-11-24 00:00"):
        await machine.travel_to(tirana(instant))
        stands[instant[-5:]] = (await process.turn(), *await gate(admin))
    assert stands == {
        "20:59": (False, "open", None),
        "21:00": (True, "closed", "night"),
        "23:59": (True, "closed", "night"),
        "00:00": (False, "open", None),
    }
    assert await closings(admin) == [("night", True)]


async def test_a_process_started_inside_the_window_closes_the_gate(
    admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 22:30"))
    assert await process.turn() is True
    assert await gate(admin) == ("closed", "night")


async def test_a_process_started_after_midnight_opens_what_the_night_before_left_closed(
    admin: Admin, machine: TimeMachine, start_process: StartProcess
) -> None:
    await machine.travel_to(tirana("2026-11-23 22:30"))
    before = start_process()
    await before.turn()
    await before.scheduler.close()
    await machine.travel_to(tirana("2026-11-24 07:15"))
    after = start_process()
    await eventually(lambda: _says_open(after))
    assert await gate(admin) == ("open", None)


async def _says_open(process: Process) -> bool:
    return not await process.turn()


async def test_nights_without_any_process_are_caught_up_before_money_moves_again(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:00"))
    await process.turn()
    await machine.travel_to(tirana("2026-11-26 10:00"))
    await process.scheduler.turn()
    assert process.said[-1] is True
    with pytest.raises(BankClosed):
        await fund(bank, cast.arta.lek, 100)
    assert await process.turn() is False
    days = await admin.fetch("SELECT day FROM night WHERE ended_at IS NOT NULL ORDER BY day")
    assert [f"{row['day']:%d}" for row in days] == ["22", "23", "24", "25"]
    await fund(bank, cast.arta.lek, 100)


async def test_what_an_operator_closed_stays_closed_after_midnight(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:00"))
    await freeze(bank.database, "a fault in the clearing", OPERATOR)
    for instant in ("2026-11-23 21:00", "2026-11-24 00:00", "2026-11-24 10:00"):
        await machine.travel_to(tirana(instant))
        assert await process.turn() is True
    assert await gate(admin) == ("closed", "operator")
    with pytest.raises(BankClosed):
        await fund(bank, cast.arta.lek, 100)


async def test_an_operator_who_takes_over_the_night_keeps_the_gate_closed_after_midnight(
    bank: Bank, admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 23:58"))
    await process.turn()
    await freeze(bank.database, "the books don't agree", OPERATOR)
    await machine.travel_to(tirana("2026-11-24 00:00"))
    assert await process.turn() is True
    assert await gate(admin) == ("closed", "operator")


async def test_an_operator_is_heard_who_takes_over_while_the_night_asks_for_the_lock_to_open(
    bank: Bank, admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 23:58"))
    await process.turn()
    await machine.travel_to(tirana("2026-11-24 00:00"))
    await admin.execute("SELECT pg_advisory_lock_shared(4993001)")
    taking_over = asyncio.create_task(freeze(bank.database, "the books don't agree", OPERATOR))
    await wait_for_lock(admin, "pg_advisory_xact_lock(4993001)")
    opening = asyncio.create_task(process.turn())
    await eventually(lambda: _waiting_for_the_gate(admin, 2))
    await admin.execute("SELECT pg_advisory_unlock_shared(4993001)")
    assert await taking_over is True
    assert await opening is True
    assert await gate(admin) == ("closed", "operator")


async def _waiting_for_the_gate(admin: Admin, processes: int) -> bool:
    waiting: int = await admin.fetchval(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()"
        " WHERE locktype = 'advisory' AND NOT granted"
    )
    return waiting == processes


@pytest.mark.requirement("R34")
async def test_the_gate_closes_behind_the_posting_that_is_under_way_at_21_00(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, config: Config, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:59:59"))
    async with Held(config.database.admin_dsn, cast.arta.lek.id) as account:
        posting = asyncio.create_task(fund(bank, cast.arta.lek, 100))
        await wait_for_lock(admin, "FOR NO KEY UPDATE")
        await machine.travel_to(tirana("2026-11-23 21:00"))
        closing = asyncio.create_task(process.turn())
        await wait_for_lock(admin, "pg_advisory_xact_lock(4993001)")
        assert await gate(admin) == ("open", None)
        await account.let_go()
        booking = await posting
        await closing
    closed_at = await admin.fetchval("SELECT closed_at FROM gate_closing")
    assert booking.booked_at < tirana("2026-11-23 21:00") <= closed_at
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR + 100
    with pytest.raises(UpdateWindow):
        await fund(bank, cast.arta.lek, 100)


@pytest.mark.requirement("R34")
async def test_a_posting_that_is_killed_while_the_gate_waits_for_it_leaves_nothing(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, config: Config, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:59:59"))
    async with Held(config.database.admin_dsn, cast.arta.lek.id):
        posting = asyncio.create_task(fund(bank, cast.arta.lek, 100))
        poster = await wait_for_lock(admin, "FOR NO KEY UPDATE")
        await machine.travel_to(tirana("2026-11-23 21:00"))
        closing = asyncio.create_task(process.turn())
        await wait_for_lock(admin, "pg_advisory_xact_lock(4993001)")
        await kill(admin, poster)
        assert await closing is True
    with pytest.raises(PartAway):
        await posting
    assert await gate(admin) == ("closed", "night")
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR


@pytest.mark.requirement("R34")
async def test_a_night_that_is_killed_while_it_drains_is_done_by_the_next_process(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, config: Config, start_process: StartProcess
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:59:59"))
    first, second = start_process(), start_process()
    async with Held(config.database.admin_dsn, cast.arta.lek.id) as account:
        posting = asyncio.create_task(fund(bank, cast.arta.lek, 100))
        await wait_for_lock(admin, "FOR NO KEY UPDATE")
        await machine.travel_to(tirana("2026-11-23 21:00"))
        killed = asyncio.create_task(first.turn())
        await kill(admin, await wait_for_lock(admin, "pg_advisory_xact_lock(4993001)"))
        await asyncio.gather(killed, return_exceptions=True)
        await first.scheduler.close()
        await account.let_go()
        await posting
    await eventually(lambda: _has_closed(second, admin))
    assert await closings(admin) == [("night", False)]
    assert await balance(admin, cast.arta.lek) == STARTING_MINOR + 100


async def _has_closed(process: Process, admin: Admin) -> bool:
    await process.turn()
    return await gate(admin) == ("closed", "night")


async def test_two_processes_close_the_gate_once_and_both_say_so(
    admin: Admin, machine: TimeMachine, start_process: StartProcess
) -> None:
    processes = [start_process(), start_process()]
    for instant in ("2026-11-23 20:59", "2026-11-23 21:00", "2026-11-23 21:30", "2026-11-24 00:00"):
        await machine.travel_to(tirana(instant))
        for _ in range(2):
            await asyncio.gather(*(process.turn() for process in processes))
        assert processes[0].said[-1] == processes[1].said[-1] == (instant[-5:] >= "21:00")
    assert await closings(admin) == [("night", True)]


async def test_the_lead_passes_on_when_its_holder_dies(
    admin: Admin, machine: TimeMachine, start_process: StartProcess
) -> None:
    leader, other = start_process(), start_process()
    await leader.turn()
    await machine.travel_to(tirana("2026-11-23 21:00"))
    assert await other.turn() is False
    await kill(admin, await leader_of(admin))
    assert await other.turn() is True
    assert await gate(admin) == ("closed", "night")


async def test_a_running_scheduler_outlives_the_loss_of_its_connections(
    admin: Admin, machine: TimeMachine, process: Process
) -> None:
    process.scheduler.start()
    await eventually(lambda: bool(process.said))
    await admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await eventually(lambda: _is(admin, ("closed", "night")))


async def test_a_running_scheduler_closes_at_the_very_start_of_the_window(
    admin: Admin, machine: TimeMachine, process: Process
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:59:59.600"))
    process.scheduler.start()
    await eventually(lambda: _is(admin, ("closed", "night")))
    closed_at = await admin.fetchval("SELECT closed_at FROM gate_closing")
    assert timedelta(0) <= closed_at - tirana("2026-11-23 21:00") < timedelta(seconds=0.4)


async def _is(admin: Admin, expected: tuple[str, str | None]) -> bool:
    return await gate(admin) == expected


async def test_clocks_that_differ_are_said_in_the_log_and_stop_financial_operations(
    clock: MovableClock, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    assert await process.turn() is False
    clock.wait(2.5)
    assert [await process.turn(), await process.turn()] == [True, True]
    assert caplog.messages == ["the clocks of process and database differ: nothing is booked"]
    clock.wait(61)
    await process.turn()
    assert len(caplog.messages) == 2


def test_no_job_falls_into_the_hour_that_the_change_of_clocks_takes_or_repeats() -> None:
    assert [job.name for job in TIMETABLE if time(2) <= job.at < time(3)] == []


async def test_each_job_is_done_once_a_day_also_late_and_for_days_that_were_missed(
    bank: Bank, machine: TimeMachine
) -> None:
    days: list[str] = []

    async def note(_: Bank) -> int:
        days.append(f"{bank.clock.now():%d}")
        return 1

    scheduler = _scheduler(bank, Job("note", time(4, 30), note))
    for instant in ("23 04:29", "23 04:31", "23 04:32", "23 23:00", "24 04:29", "24 09:00", "24 10:00", "27 10:00"):
        await machine.travel_to(tirana(f"2026-11-{instant}"))
        await scheduler.run_due_jobs()
    assert days == ["23", "24", "27", "27", "27"]


async def test_a_job_that_fails_is_tried_again_and_keeps_no_other_from_its_turn(
    bank: Bank, machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tried: list[str] = []

    async def fail(_: Bank) -> int:
        tried.append("fail")
        raise ZeroDivisionError

    async def work(_: Bank) -> int:
        tried.append("work")
        return 7

    scheduler = _scheduler(bank, Job("fail", time(4, 30), fail), Job("work", time(4, 30), work))
    for minutes in (0, 1, 6):
        await machine.travel_to(tirana("2026-11-23 04:30") + timedelta(minutes=minutes))
        await scheduler.run_due_jobs()
    assert tried == ["fail", "work", "fail"]
    assert caplog.messages.count("the job “fail” failed") == 2


def _scheduler(bank: Bank, *jobs: Job) -> Scheduler:
    return Scheduler(bank, lambda *_: None, jobs=jobs)


async def test_failures_against_unknown_numbers_are_forgotten_after_thirty_days_and_customers_never(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(tirana("2027-03-31 04:30"))
    await admin.execute("DELETE FROM lockout")
    for subject, customer, days in (("old", None, 31), ("new", None, 29), ("drita", cast.drita.id, 400)):
        await admin.execute(
            "INSERT INTO lockout (subject, customer_id, failures, failed_at, blocked_at)"
            " SELECT $1, $2, 3, at, at FROM (SELECT bank_clock() - make_interval(days => $3) AS at)",
            subject.encode(), customer, days,
        )  # fmt: skip
    (job,) = (job for job in TIMETABLE if job.name == "forget strangers")
    assert [await job.run(bank), await job.run(bank)] == [1, 0]
    left = await admin.fetch("SELECT subject FROM lockout ORDER BY subject")
    assert [row["subject"] for row in left] == [b"drita", b"new"]
