"""Statements: made once by the night of a period's last day, and what they say is what was booked."""

import asyncio
import uuid
from datetime import date, datetime, timedelta

import pytest
from accounts.bookings import transfer
from cast import Account, Admin, Cast, fund, told

from dega.accounts import statements as feature
from dega.accounts.statements import (
    Statement,
    count_due,
    entries_of,
    make_statements,
    my_statement,
    my_statements,
    spans_that_end,
)
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.deeds import Deed, Leg, Particulars
from dega.errors import NotFound
from dega.ledger.books import check_books
from dega.ledger.chart import CASH, bank_account
from dega.ledger.closing import Piece, book_by_night
from dega.money import Money

NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=TIRANA)


async def night(bank: Bank, day: date, most: int = 100) -> int:
    """All pieces of a night's statements; how many were made."""
    done, after = 0, 0
    for _ in range(most):
        async with bank.database.transaction() as connection:
            piece = await make_statements(bank, connection, day, after)
        done += piece.done
        if piece.after is None:
            return done
        after = piece.after
    raise AssertionError("the night doesn't end")


async def interest(bank: Bank, account: Account, minor: int, day: date) -> None:
    """What the night of a day books, whenever it is made."""
    async with bank.database.transaction() as connection:
        cash = await bank_account(connection, CASH, account.currency)
        leg = Leg(cash, account.id, Money(minor, account.currency))
        deed = Deed(uuid.uuid4(), "interest", (leg,), Particulars("Dega", "Arta", "Interes"), by_night=True)
        await book_by_night(bank, connection, [deed], day)


async def of(bank: Bank, cast: Cast) -> list[Statement]:
    return await my_statements(bank, cast.arta.id, cast.arta.lek.iban)


async def live_for_two_months(bank: Bank, cast: Cast, machine: TimeMachine) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await transfer(bank, arta, besnik, 30_000, "Qiraja", fee_minor=5_000)
    await machine.travel_to(at(NOVEMBER, 22))
    await night(bank, NOVEMBER)
    await machine.travel_to(at(date(2026, 12, 5), 10))
    await fund(bank, cast.arta.lek, 7_000)
    await transfer(bank, arta, besnik, 1_000, "Kafe")
    await machine.travel_to(at(DECEMBER, 22))
    await night(bank, DECEMBER)


@pytest.mark.parametrize(
    ("day", "spans"),
    [
        (date(2026, 11, 29), []),
        (date(2026, 11, 30), [("month", date(2026, 11, 1))]),
        (date(2027, 2, 28), [("month", date(2027, 2, 1))]),
        (date(2028, 2, 28), []),
        (date(2028, 2, 29), [("month", date(2028, 2, 1))]),
        (date(2026, 12, 31), [("month", date(2026, 12, 1)), ("year", date(2026, 1, 1))]),
    ],
)
def test_months_end_on_their_last_day_and_december_ends_the_year(day: date, spans: list[tuple[str, date]]) -> None:
    assert [(span.period, span.first_day) for span in spans_that_end(day)] == spans


async def test_statements_say_what_was_booked_and_each_begins_where_the_last_one_ended(
    bank: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await live_for_two_months(bank, cast, machine)
    found = [
        (each.period, each.opening.minor, each.paid_in.minor, each.paid_out.minor, each.closing.minor, len(each.seqs))
        for each in await of(bank, cast)
    ]
    assert found == [
        ("year", 0, 10_007_000, 36_000, 9_971_000, 5),
        ("month", 9_965_000, 7_000, 1_000, 9_971_000, 2),
        ("month", 0, 10_000_000, 35_000, 9_965_000, 3),
    ]
    assert await check_books(admin) == []


async def test_the_numbers_of_every_statement_are_those_of_its_entries(
    bank: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await live_for_two_months(bank, cast, machine)
    wrong = await admin.fetch(
        "SELECT s.id FROM statement s"
        "  LEFT JOIN entry e ON e.account_id = s.account_id AND e.seq > s.seq_after AND e.seq <= s.seq_upto"
        " GROUP BY s.id"
        " HAVING s.paid_in_minor <> coalesce(sum(greatest(e.amount_minor, 0)), 0)"
        "     OR s.paid_out_minor <> coalesce(-sum(least(e.amount_minor, 0)), 0)"
        "     OR s.seq_upto - s.seq_after <> count(e.seq)"
    )
    assert (len(wrong), await admin.fetchval("SELECT count(*) FROM statement")) == (0, 27 * 3)


async def test_a_night_made_again_makes_nothing_and_a_day_within_the_month_has_none(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    async with bank.database.connection() as connection:
        assert [await count_due(connection, day) for day in (date(2026, 11, 23), NOVEMBER, DECEMBER)] == [0, 27, 54]
    assert await night(bank, date(2026, 11, 23)) == 0
    assert [await night(bank, NOVEMBER), await night(bank, NOVEMBER)] == [27, 0]


async def test_a_night_that_dies_between_its_pieces_goes_on_to_the_same_statements(
    bank: Bank, cast: Cast, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature, "CUSTOMERS_AT_ONCE", 4)
    async with bank.database.transaction() as connection:
        first = await make_statements(bank, connection, NOVEMBER, 0)
    assert first == Piece(12, cast.genti.id)
    with pytest.raises(RuntimeError):
        await _piece_that_dies(bank, cast.genti.id)
    async with bank.database.transaction() as connection:
        rest = await make_statements(bank, connection, NOVEMBER, cast.genti.id)
    assert rest.done == 12
    assert await night(bank, NOVEMBER) == 3


async def _piece_that_dies(bank: Bank, after: int) -> None:
    async with bank.database.transaction() as connection:
        await make_statements(bank, connection, NOVEMBER, after)
        raise RuntimeError("before it commits")


async def test_two_nights_at_once_make_each_statement_once_and_tell_of_it_once(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    await choose(admin, cast.arta.id, by_sms=False)
    before = len(await told(bank, admin))
    assert sorted(await asyncio.gather(night(bank, NOVEMBER), night(bank, NOVEMBER))) == [0, 27]
    assert (await told(bank, admin))[before:] == [("email", "c1@example.org", "statement_ready")]


async def choose(admin: Admin, customer_id: int, *, by_sms: bool) -> None:
    await admin.execute(
        "INSERT INTO alert_choice VALUES ($1, 'statement', $2, true, now())"
        " ON CONFLICT (customer_id, kind) DO UPDATE SET by_sms = $2",
        customer_id, by_sms,
    )  # fmt: skip


async def test_who_chose_it_is_told_once_of_all_accounts_and_nobody_else_is(
    bank: Bank, cast: Cast, admin: Admin, caplog: pytest.LogCaptureFixture
) -> None:
    await choose(admin, cast.arta.id, by_sms=True)
    await choose(admin, cast.besnik.id, by_sms=False)
    stolen = "UPDATE customer SET email = (SELECT email FROM customer WHERE id = $2) WHERE id = $1"
    await admin.execute(stolen, cast.besnik.id, cast.drita.id)  # sealed for another row, so it can't be read
    before = len(await told(bank, admin))
    assert await night(bank, DECEMBER) == 54
    assert (await told(bank, admin))[before:] == [
        ("sms", cast.arta.mobile, "statement_ready"),
        ("email", "c1@example.org", "statement_ready"),
    ]
    assert "can't be told of a statement" in caplog.text


async def test_what_a_late_night_books_belongs_to_its_own_day(bank: Bank, cast: Cast, machine: TimeMachine) -> None:
    await machine.travel_to(at(NOVEMBER + timedelta(days=2), 22))  # two nights were missed, and nobody paid meanwhile
    await interest(bank, cast.arta.lek, 70, NOVEMBER)
    await interest(bank, cast.arta.lek, 7, NOVEMBER + timedelta(days=1))
    await night(bank, NOVEMBER)
    (november,) = await of(bank, cast)
    assert (november.closing.minor, november.seqs) == (10_000_070, range(1, 3))


async def test_where_customers_paid_before_the_night_was_made_no_entry_is_left_out_or_comes_twice(
    bank: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await machine.travel_to(at(NOVEMBER + timedelta(days=1), 10))
    await fund(bank, cast.arta.lek, 500)
    await interest(bank, cast.arta.lek, 70, NOVEMBER)
    await night(bank, NOVEMBER)
    await machine.travel_to(at(DECEMBER, 22))
    await night(bank, DECEMBER)
    year, december, november = await of(bank, cast)
    assert (november.seqs, december.seqs, year.seqs) == (range(1, 2), range(2, 4), range(1, 4))
    assert december.paid_in.minor == 570
    assert await check_books(admin) == []


async def test_the_first_statement_of_an_old_account_begins_with_its_month(
    bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    await machine.travel_to(at(date(2026, 12, 5), 10))
    await fund(bank, cast.arta.lek, 500)
    await machine.travel_to(at(DECEMBER, 22))
    await night(bank, DECEMBER)
    year, december = await of(bank, cast)
    assert (december.opening.minor, december.seqs) == (10_000_000, range(2, 3))
    assert (year.opening.minor, year.seqs) == (0, range(1, 3))


async def test_a_closed_account_has_a_last_statement_and_then_none(bank: Bank, cast: Cast, admin: Admin) -> None:
    await admin.execute("UPDATE account SET status = 'closed' WHERE id = $1", cast.arta.lek.id)
    assert await night(bank, NOVEMBER) == 27
    assert await night(bank, date(2027, 1, 31)) == 26
    assert [each.last_day for each in await of(bank, cast)] == [NOVEMBER]


async def test_somebody_elses_statement_is_not_found(bank: Bank, cast: Cast) -> None:
    await night(bank, NOVEMBER)
    (mine,) = await of(bank, cast)
    assert await my_statement(bank, cast.arta.id, mine.id) == mine
    for asked in (
        my_statement(bank, cast.genti.id, mine.id),
        my_statements(bank, cast.genti.id, cast.arta.lek.iban),
        entries_of(bank, cast.genti.id, mine, 1),
        my_statement(bank, cast.arta.id, 2**60),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_the_pages_of_a_statement_hold_all_its_entries_in_their_order(
    bank: Bank, cast: Cast, monkeypatch: pytest.MonkeyPatch, machine: TimeMachine
) -> None:
    monkeypatch.setattr(feature, "ENTRIES_AT_ONCE", 2)
    await live_for_two_months(bank, cast, machine)
    year = (await of(bank, cast))[0]
    parts = [await entries_of(bank, cast.arta.id, year, part) for part in range(1, year.parts + 1)]
    assert [[entry.seq for entry in part] for part in parts] == [[1, 2], [3, 4], [5]]
    assert parts[0][0].balance_after_minor == year.opening.minor + parts[0][0].amount_minor
    assert parts[-1][-1].balance_after_minor == year.closing.minor
    for part in (0, year.parts + 1):
        with pytest.raises(NotFound):
            await entries_of(bank, cast.arta.id, year, part)
