"""The reports of a closed day say what was booked and what wasn't; and the day after is a working day."""

import asyncio
import json
import logging
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from accounts.bookings import transfer
from cast import Admin, Cast, fund
from paying import ACTOR, make_payment, prepare

from dega.bank import Bank
from dega.cli.calendar import albanian_holidays
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import Refusal
from dega.ledger.chart import CHART
from dega.ledger.closing import Piece
from dega.night.daily import REPORTS, make_reports, note_next_business_day
from dega.store import calendar

TODAY = date(2026, 11, 23)
Rows = list[dict[str, Any]]


async def night(bank: Bank, day: date = TODAY) -> int:
    done, after = 0, 0
    while after is not None:
        async with bank.database.transaction() as connection:
            piece = await make_reports(bank, connection, day, after)
        done, after = done + piece.done, piece.after
    return done


async def report(admin: Admin, name: str, day: date = TODAY) -> Rows:
    text = await admin.fetchval("SELECT data::text FROM daily_report WHERE day = $1 AND name = $2", day, name)
    rows: Rows = json.loads(text)
    return rows


async def refused(bank: Bank, cast: Cast) -> None:
    """A payment that nobody confirmed."""
    with pytest.raises(Refusal):
        await make_payment(bank, cast.arta.id, await prepare(bank, cast.arta, cast.besnik.lek), 1, ACTOR)


async def test_the_trial_balance_is_what_all_accounts_hold_and_comes_to_nothing(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    await transfer(bank, (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek), 7_000, "Kafe", fee_minor=300)
    await night(bank)
    rows = await report(admin, "trial balance")
    lek = {row["account"]: row["balance_minor"] for row in rows if row["currency"] == "ALL"}
    others = dict.fromkeys(set(CHART) - {"cash", "fees"}, 0)
    assert lek == {"cash": -94_500_000, "current": 94_499_700, "fees": 300, **others}
    for currency in {row["currency"] for row in rows}:
        assert sum(row["balance_minor"] for row in rows if row["currency"] == currency) == 0
    assert next(row["accounts"] for row in rows if row["account"] == "current" and row["currency"] == "ALL") == 18


async def test_the_turnover_is_by_kind_purpose_and_currency(bank: Bank, cast: Cast, admin: Admin) -> None:
    for minor in (7_000, 3_000):
        await transfer(bank, (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek), minor, "Kafe", fee_minor=300)
    await night(bank)
    rows = [row for row in await report(admin, "turnover") if row["kind"] == "in_bank"]
    assert [(row["purpose"], row["currency"], row["movements"], row["amount_minor"]) for row in rows] == [
        ("fee", "ALL", 2, 600),
        ("payment", "ALL", 2, 10_000),
    ]


async def test_a_night_that_is_made_later_says_the_same_of_its_day(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(datetime(2026, 11, 24, 10, tzinfo=TIRANA))
    await fund(bank, cast.arta.lek, 5_000)
    await refused(bank, cast)
    await night(bank)
    lek = {
        row["account"]: row["balance_minor"] for row in await report(admin, "trial balance") if row["currency"] == "ALL"
    }
    assert (lek["cash"], lek["current"]) == (-94_500_000, 94_500_000)
    assert sum(row["amount_minor"] for row in await report(admin, "turnover") if row["currency"] == "ALL") == 94_500_000
    assert await report(admin, "rejected") == []
    await night(bank, TODAY + timedelta(days=1))
    lek = {
        row["account"]: row["balance_minor"]
        for row in await report(admin, "trial balance", TODAY + timedelta(days=1))
        if row["currency"] == "ALL"
    }
    assert (lek["cash"], lek["current"]) == (-94_505_000, 94_505_000)


async def test_what_was_refused_is_counted_from_closing_to_closing(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    for _ in range(2):
        await refused(bank, cast)
    await machine.travel_to(datetime(2026, 11, 23, 21, 0, 1, tzinfo=TIRANA))
    await refused(bank, cast)
    await night(bank)
    (row,) = await report(admin, "rejected")
    assert (row["reason"], row["kind"], row["currency"], row["payments"]) == ("payment_changed", "in-bank", "ALL", 2)
    await night(bank, TODAY + timedelta(days=1))
    (row,) = await report(admin, "rejected", TODAY + timedelta(days=1))
    assert (row["reason"], row["payments"]) == ("update_window", 1)


async def test_a_report_stays_as_it_was_when_the_day_was_closed(bank: Bank, cast: Cast, admin: Admin) -> None:
    assert await night(bank) == len(REPORTS)
    before = await admin.fetch("SELECT * FROM daily_report ORDER BY name")
    await fund(bank, cast.arta.lek, 5_000)
    assert await asyncio.gather(night(bank), night(bank)) == [len(REPORTS)] * 2
    assert await admin.fetch("SELECT * FROM daily_report ORDER BY name") == before


async def next_day(bank: Bank, admin: Admin, day: date) -> tuple[str, str]:
    async with bank.database.transaction() as connection:
        assert await note_next_business_day(bank, connection, day, 0) == Piece(1, None)
    (row,) = await report(admin, "next business day", day)
    return row["next"], row["warning"]


async def test_the_next_business_day_is_no_weekend_and_no_holiday(bank: Bank, admin: Admin) -> None:
    for year in (2026, 2027):
        await calendar.keep(admin, albanian_holidays(year))
    assert await next_day(bank, admin, date(2026, 11, 27)) == ("2026-12-02", "")
    assert await next_day(bank, admin, date(2026, 12, 31)) == ("2027-01-05", "")


async def test_from_december_on_the_night_warns_where_the_next_year_is_missing(
    bank: Bank, admin: Admin, caplog: pytest.LogCaptureFixture
) -> None:
    await calendar.keep(admin, albanian_holidays(2026))
    assert (await next_day(bank, admin, date(2026, 11, 30)))[1] == ""
    assert caplog.records == []
    assert "2027 are missing" in (await next_day(bank, admin, date(2026, 12, 1)))[1]
    assert [(record.levelno, getattr(record, "year", 0)) for record in caplog.records] == [(logging.ERROR, 2027)]
