"""The stages of a night as a whole: made again, they change nothing, and their names stay."""

from datetime import date, datetime

import pytest
from cast import Admin, Cast

from dega.accounts.incoming import Credit, receive
from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.ledger.books import check_books
from dega.money import Money
from dega.night.stages import STAGES, InPieces, Stage

DAY = date(2026, 11, 30)


async def run(bank: Bank, stage: Stage) -> int:
    """All pieces of the stage, each in a transaction of its own; how many things it did."""
    if not isinstance(stage, InPieces):
        return await stage.do(bank, DAY)
    done, after = 0, 0
    while after is not None:
        async with bank.database.transaction() as connection:
            piece = await stage.piece(bank, connection, DAY, after)
        done, after = done + piece.done, piece.after
    return done


async def books(admin: Admin) -> list[object]:
    """All that a night leaves."""
    tables = ("movement", "transfer", "entry", "account", "incoming_credit", "statement", "daily_report", "outbox")
    return [await admin.fetch(f"SELECT * FROM {table} t ORDER BY t::text") for table in tables]


async def test_a_night_that_is_made_again_leaves_the_same_books(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 30, 21, 30, tzinfo=TIRANA))
    lek = cast.arta.lek
    await receive(bank, Credit("AECH-1", lek.iban, Money(700, lek.currency), "Adria shpk", "Paga"), Actor("rail:aech"))
    done = {stage.name: await run(bank, stage) for stage in STAGES}
    assert (done["incoming credits"], done["statements"], done["daily reports"]) == (1, 27, 3)
    before = await books(admin)
    for stage in STAGES:
        await run(bank, stage)
    assert await books(admin) == before
    assert await check_books(admin) == []


async def test_what_came_in_the_night_stands_in_the_statement_of_its_day(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 30, 21, 30, tzinfo=TIRANA))
    lek = cast.arta.lek
    await receive(bank, Credit("AECH-1", lek.iban, Money(700, lek.currency), "Adria shpk", "Paga"), Actor("rail:aech"))
    for stage in STAGES:
        await run(bank, stage)
    closing = await admin.fetchval("SELECT closing_minor FROM statement WHERE account_id = $1", lek.id)
    assert closing == 10_000_700 - 80_00  # the fee of the month


@pytest.mark.parametrize("earlier", [("incoming credits", "statements"), ("statements", "daily reports")], ids=str)
def test_what_is_shown_of_a_day_comes_after_what_it_books(earlier: tuple[str, str]) -> None:
    names = [stage.name for stage in STAGES]
    assert len(set(names)) == len(names)
    assert names.index(earlier[0]) < names.index(earlier[1])


async def test_a_progress_bar_counts_as_many_things_as_a_stage_does(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    for stage in STAGES:
        if isinstance(stage, InPieces) and stage.total is not None:
            async with bank.database.connection() as connection:
                due = await stage.total(connection, DAY)
            assert due == await run(bank, stage), stage.name
