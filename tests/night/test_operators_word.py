"""An operator's word on a night, and a clock that goes back: the gate opens when it may, and not before."""

from datetime import timedelta

import pytest
from cast import Admin
from night.nights import failing, gate, scheduler, tirana

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.night.end_of_day import StageFailed
from dega.night.status import extend, freeze, unfreeze

OPERATOR = Actor("operator:blerta")


async def test_an_operator_keeps_the_gate_closed_longer_and_customers_are_told(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    said: list[tuple[bool, object]] = []
    night = scheduler(bank, said=said)
    await machine.travel_to(tirana("2026-11-23 23:00"))
    await night.turn()
    await night.run_due_nights()
    assert await extend(bank.database, tirana("2026-11-24 00:40"), "the clearing is late", OPERATOR)
    for instant, closed in (("00:00", True), ("00:39:59", True), ("00:40", False)):
        await machine.travel_to(tirana(f"2026-11-24 {instant}"))
        await night.turn()
        assert said[-1] == (closed, tirana("2026-11-24 00:40") if closed else None)
    assert not await extend(bank.database, tirana("2026-11-24 01:40"), "late again", OPERATOR)
    await night.close()


async def test_the_time_that_a_late_night_gave_is_not_the_operators(bank: Bank, machine: TimeMachine) -> None:
    said: list[tuple[bool, object]] = []
    night = scheduler(bank, failing("broken", lambda: ValueError("no")), said=said)
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    await machine.travel_to(tirana("2026-11-24 00:00"))
    await night.turn()
    assert said[-1] == (True, tirana("2026-11-24 00:15"))
    assert await freeze(bank.database, "the books are looked at", OPERATOR)
    await night.turn()
    assert said[-1] == (True, None)
    await night.close()


async def test_an_operators_word_opens_the_gate_before_the_night_is_done(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    night = scheduler(bank, failing("broken", lambda: ValueError("no")))
    await machine.travel_to(tirana("2026-11-24 00:10"))
    await admin.execute("INSERT INTO night VALUES ('2026-11-22', now(), now())")
    await night.turn()
    with pytest.raises(StageFailed):
        await night.run_due_nights()
    assert await unfreeze(bank.database, "it can wait", OPERATOR)
    for minutes in (1, 20):
        await machine.travel_to(tirana("2026-11-24 00:10") + timedelta(minutes=minutes))
        await night.turn()
        assert await gate(admin) == ("open", None)
    assert await night.run_due_nights() is False
    await machine.travel_to(tirana("2026-11-24 21:00"))
    await night.turn()
    assert await gate(admin) == ("closed", "night")
    await night.close()


async def test_an_operator_who_thaws_inside_the_window_says_nothing_of_the_night_under_way(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    night = scheduler(bank, failing("broken", lambda: ValueError("no")))
    await machine.travel_to(tirana("2026-11-23 20:30"))
    await night.turn()
    await freeze(bank.database, "a fault", OPERATOR)
    await machine.travel_to(tirana("2026-11-23 21:30"))
    assert await unfreeze(bank.database, "mended", OPERATOR)
    await night.turn()
    with pytest.raises(StageFailed):
        await night.run_due_nights()
    await machine.travel_to(tirana("2026-11-24 00:00"))
    await night.turn()
    assert await gate(admin) == ("closed", "night")
    await night.close()


async def test_an_operators_word_for_one_day_opens_nothing_while_the_next_one_waits(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    night = scheduler(bank, failing("broken", lambda: ValueError("no")))
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    await machine.travel_to(tirana("2026-11-24 00:10"))
    assert await unfreeze(bank.database, "it can wait", OPERATOR)
    for instant, stands in {
        "2026-11-24 20:59": ("open", None),
        "2026-11-24 21:00": ("closed", "night"),
        "2026-11-25 00:00": ("closed", "night"),
        "2026-11-25 10:00": ("closed", "night"),
    }.items():
        await machine.travel_to(tirana(instant))
        await night.turn()
        assert await gate(admin) == stands, instant
    await night.close()


async def test_a_clock_that_goes_back_while_the_day_is_being_closed_opens_nothing(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    night = scheduler(bank, failing("broken", lambda: ValueError("no")))
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    with pytest.raises(StageFailed):
        await night.run_due_nights()
    await machine.travel_to(tirana("2026-11-23 20:59:58"))
    await night.turn()
    assert await gate(admin) == ("closed", "night")
    await night.close()


async def test_a_clock_that_goes_back_after_the_day_is_closed_opens_nothing(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    night = scheduler(bank)
    await machine.travel_to(tirana("2026-11-23 21:30"))
    await night.turn()
    await night.run_due_nights()
    await machine.travel_to(tirana("2026-11-23 20:50"))
    await night.turn()
    assert await gate(admin) == ("closed", "night")
    await machine.travel_to(tirana("2026-11-24 00:00"))
    await night.turn()
    assert await gate(admin) == ("open", None)
    await night.close()
