"""The end of day: stages in their order, in pieces that are done once whatever happens, and a gate that waits."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from cast import Admin, Cast, balance
from night.nights import failing, gate, scheduler, tirana

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.deeds import Deed, Leg, Particulars
from dega.errors import PartAway
from dega.ledger.books import every_check
from dega.ledger.chart import CASH, bank_account
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.night.alarms import alarm
from dega.night.books import seal_and_check
from dega.night.end_of_day import EndOfDay, StageFailed, days_due
from dega.night.stages import STAGES, InPieces, Whole
from dega.night.status import resume
from dega.store.database import Connection

OPERATOR = Actor("operator:blerta")
MONDAY = date(2026, 11, 23)


def counting(name: str, upto: int, at_once: int, log: list[str]) -> InPieces:
    """A stage that goes through the numbers up to `upto`."""

    async def piece(_bank: Bank, _connection: Connection, day: date, after: int) -> Piece:
        last = min(after + at_once, upto)
        log.append(f"{day:%d} {name} {after + 1}-{last}")
        return Piece(last - after, last if last < upto else None)

    async def total(_connection: Connection, _day: date) -> int:
        return upto

    return InPieces(name, piece, total)


def giving(cast: Cast) -> InPieces:
    """A stage that gives 1,00 lek to everybody's current account, two people a piece."""
    people = [cast.arta, cast.besnik, cast.drita, cast.genti, cast.elira]

    async def piece(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
        cash = await bank_account(connection, CASH, Currency.ALL)
        deeds = [
            Deed(
                key=_key(day, person.id),
                kind="gift",
                legs=(Leg(cash, person.lek.id, Money(100, Currency.ALL)),),
                particulars=Particulars("Banka", person.name, "Dhuratë"),
                by_night=True,
            )
            for person in people[after : after + 2]
        ]
        await book_by_night(bank, connection, deeds, day)
        return Piece(len(deeds), after + 2 if after + 2 < len(people) else None)

    return InPieces("give", piece)


def _key(day: date, person: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"gift {day} {person}")


async def notes(admin: Admin, day: date = MONDAY) -> list[tuple[str, int, int | None, bool]]:
    rows = await admin.fetch(
        "SELECT stage, done, total, ended_at IS NOT NULL AS ended FROM night_stage WHERE day = $1 ORDER BY begun_at",
        day,
    )
    return [tuple(row) for row in rows]


async def test_stages_are_done_in_their_order_each_in_its_pieces(bank: Bank, admin: Admin) -> None:
    log: list[str] = []
    await EndOfDay(bank, (counting("first", 5, 2, log), counting("second", 1, 2, log))).run(MONDAY)
    assert log == ["23 first 1-2", "23 first 3-4", "23 first 5-5", "23 second 1-1"]
    assert await notes(admin) == [("first", 5, 5, True), ("second", 1, 1, True)]
    assert await admin.fetchval("SELECT ended_at IS NOT NULL FROM night WHERE day = $1", MONDAY)


async def test_a_night_that_is_done_does_nothing_when_it_is_run_again(bank: Bank) -> None:
    log: list[str] = []
    night = EndOfDay(bank, (counting("first", 5, 2, log),))
    await night.run(MONDAY)
    await night.run(MONDAY)
    assert len(log) == 3


def racing(losses: list[bool]) -> InPieces:
    """A stage of one piece, in whose place somebody else writes the row first for as long as `losses` says so."""

    async def piece(_bank: Bank, connection: Connection, _day: date, _after: int) -> Piece:
        lost = losses.pop(0)
        for _ in range(2 if lost else 1):
            await connection.execute("INSERT INTO fault_case VALUES ('A1', now(), '/', '', '', '')")
        return Piece(1, None)

    return InPieces("racing", piece)


async def test_a_piece_that_lost_a_race_is_done_anew(bank: Bank, admin: Admin) -> None:
    await EndOfDay(bank, (racing([True, False]),)).run(MONDAY)
    assert await notes(admin) == [("racing", 1, None, True)]
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 1


async def test_a_piece_that_loses_every_race_fails_its_stage(bank: Bank, admin: Admin) -> None:
    with pytest.raises(StageFailed, match="UniqueViolation"):
        await EndOfDay(bank, (racing([True, True]),)).run(MONDAY)
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 0


async def test_a_stage_that_fails_stops_those_behind_it_and_goes_on_where_it_was(bank: Bank, admin: Admin) -> None:
    log: list[str] = []
    broken = [ZeroDivisionError("three by nothing")]
    stages = (
        counting("first", 2, 1, log),
        failing("second", lambda: broken[0] if broken else None),
        giving_nothing(log),
    )
    with pytest.raises(StageFailed, match="three by nothing"):
        await EndOfDay(bank, stages).run(MONDAY)
    row = await admin.fetchrow("SELECT failures, error FROM night_stage WHERE stage = 'second'")
    assert row is not None
    assert tuple(row) == (1, "ZeroDivisionError: three by nothing")
    assert log == ["23 first 1-1", "23 first 2-2"]
    broken.clear()
    await EndOfDay(bank, stages).run(MONDAY)
    assert log == ["23 first 1-1", "23 first 2-2", "last"]


def giving_nothing(log: list[str]) -> Whole:
    async def do(_bank: Bank, _day: date) -> int:
        log.append("last")
        return 0

    return Whole("third", do)


@pytest.mark.parametrize("pieces_done", [0, 1, 2])
async def test_a_night_that_dies_after_any_piece_gives_everybody_once(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, pieces_done: int
) -> None:
    await machine.travel_to(tirana("2026-11-23 21:00"))
    stage = giving(cast)
    pieces = 0

    async def dying(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
        nonlocal pieces
        piece = await stage.piece(bank, connection, day, after)
        if pieces == pieces_done:
            raise PartAway()  # written, and never kept
        pieces += 1
        return piece

    with pytest.raises(PartAway):
        await EndOfDay(bank, (InPieces("give", dying),)).run(MONDAY)
    await EndOfDay(bank, (stage,)).run(MONDAY)
    for person in (cast.arta, cast.besnik, cast.drita, cast.genti, cast.elira):
        assert await balance(admin, person.lek) == 10_000_100
    values = await admin.fetch("SELECT value_date, by_night FROM movement WHERE kind = 'gift'")
    assert [tuple(row) for row in values] == [(MONDAY, True)] * 5


async def test_two_processes_at_one_night_give_everybody_once(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await asyncio.gather(*(EndOfDay(bank, (giving(cast),)).run(MONDAY) for _ in range(3)))
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE kind = 'gift'") == 5
    assert await notes(admin) == [("give", 5, None, True)]


async def test_the_night_books_nothing_that_a_customer_asked_for(bank: Bank, cast: Cast) -> None:
    deed = Deed(
        key=_key(MONDAY, 1),
        kind="own",
        legs=(Leg(cast.arta.lek.id, cast.arta.second.id, Money(100, Currency.ALL)),),
        particulars=Particulars("Arta Kola", "Arta Kola", ""),
    )
    async with bank.database.transaction() as connection:
        with pytest.raises(ValueError, match="deeds of its own"):
            await book_by_night(bank, connection, [deed], MONDAY)


async def test_the_gate_waits_for_the_stages_and_customers_are_told_until_when(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    said: list[tuple[bool, object]] = []
    broken = [True]
    night = scheduler(bank, failing("slow", lambda: ValueError("not yet") if broken else None), said=said)
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    assert said[-1] == (True, tirana("2026-11-24 00:00"))
    with pytest.raises(StageFailed):
        await night.run_due_nights()
    await machine.travel_to(tirana("2026-11-24 00:00"))
    await night.turn()
    assert said[-1] == (True, tirana("2026-11-24 00:15"))
    await machine.travel_to(tirana("2026-11-24 00:15:01"))
    broken.clear()
    assert await night.run_due_nights()
    await night.turn()
    assert said[-1][0] is False
    assert await gate(admin) == ("open", None)
    await night.close()


async def test_what_failed_rests_five_minutes_unless_an_operator_says_sooner(bank: Bank, machine: TimeMachine) -> None:
    tried: list[int] = []

    def fail() -> BaseException:
        tried.append(1)
        return ValueError("no")

    night = scheduler(bank, failing("broken", fail))
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    for seconds, tries in ((0, 1), (10, 1), (301, 2), (310, 2)):
        await machine.travel_to(tirana("2026-11-23 21:00") + timedelta(seconds=seconds))
        if len(tried) < tries:
            with pytest.raises(StageFailed):
                await night.run_due_nights()
        else:
            assert await night.run_due_nights() is False
        assert len(tried) == tries
    assert await resume(bank.database, "mended", OPERATOR) == [(MONDAY, "broken")]
    with pytest.raises(StageFailed):
        await night.run_due_nights()
    await night.close()


def with_mail(bank: Bank) -> Bank:
    """The same bank, whose operations have a mailbox."""
    return replace(bank, config=replace(bank.config, operations=replace(bank.config.operations, email="ops@x.al")))


async def test_a_failed_stage_is_told_to_operations_once(bank: Bank, admin: Admin, machine: TimeMachine) -> None:
    night = EndOfDay(with_mail(bank), (failing("broken", lambda: ValueError("no")),))
    for _ in range(2):
        with pytest.raises(StageFailed):
            await night.run(MONDAY)
    rows = await admin.fetch("SELECT channel, template, data::text FROM outbox WHERE template = 'night_failed'")
    assert [(row["channel"], "ValueError: no" in row["data"]) for row in rows] == [("email", True)]


async def test_guilty_books_keep_the_bank_closed(bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine) -> None:
    night = scheduler(bank, *[stage for stage in STAGES if stage.name == "seal and check the books"])
    await machine.travel_to(tirana("2026-11-23 21:00"))
    await night.turn()
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("UPDATE account SET balance_minor = balance_minor + 1 WHERE id = $1", cast.arta.lek.id)
    with pytest.raises(StageFailed, match="balances_follow_entries"):
        await night.run_due_nights()
    await machine.travel_to(tirana("2026-11-24 07:00"))
    await night.turn()
    assert await gate(admin) == ("closed", "night")
    await admin.execute("UPDATE account SET balance_minor = balance_minor - 1 WHERE id = $1", cast.arta.lek.id)
    assert await night.run_due_nights()
    await night.turn()
    assert await gate(admin) == ("open", None)
    await night.close()


async def test_letters_that_nobody_took_are_told_to_operations_and_keep_nobody_from_their_money(
    bank: Bank, admin: Admin, caplog: pytest.LogCaptureFixture
) -> None:
    async with bank.database.transaction() as connection:
        await alarm(connection, with_mail(bank), "the weather", "rain")
    await admin.execute(
        "UPDATE outbox SET written_at = written_at - interval '1 hour', due_at = due_at - interval '1 hour'"
    )
    assert await seal_and_check(bank, MONDAY) == len(every_check())
    assert "the sending of letters failed" in caplog.messages


def test_days_are_due_from_the_start_of_their_window_and_in_their_order(bank: Bank) -> None:
    window = bank.config.window.window
    sunday = MONDAY - timedelta(days=1)
    for instant, due in {
        "2026-11-23 20:59:59.999": [],
        "2026-11-23 21:00": [23],
        "2026-11-23 23:59:59.999": [23],
        "2026-11-24 20:59": [23],
        "2026-11-26 21:00": [23, 24, 25, 26],
        "2026-11-21 10:00": [],
    }.items():
        assert [day.day for day in days_due(window, sunday, tirana(instant))] == due, instant
