"""Credits from outside: booked once for their key, at once or by the night, or kept with the reason why not."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from cast import Account, Admin, Cast, balance

from dega.accounts.incoming import (
    Credit,
    KeyTaken,
    Received,
    book_late,
    book_waiting,
    count_waiting,
    kept_waiting,
    receive,
    send_back,
)
from dega.audit import Actor
from dega.bank import Bank
from dega.branch.deposits import end_early, open_deposit
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.ledger.books import check_books
from dega.ledger.closing import Piece
from dega.ledger.gate import close
from dega.money import Currency, Money
from dega.night.status import unfreeze

RAIL = Actor("rail:aech")
TONIGHT = date(2026, 11, 23)
IN_THE_WINDOW = datetime(2026, 11, 23, 21, 30, tzinfo=TIRANA)


def salary(account: Account, key: str = "AECH-1", minor: int = 7_500_000) -> Credit:
    return Credit(key, account.iban, Money(minor, account.currency), "Adria shpk", "Paga 11/2026")


async def night(bank: Bank, after: int = 0) -> Piece:
    async with bank.database.transaction() as connection:
        return await book_waiting(bank, connection, TONIGHT, after)


async def _night_that_dies(bank: Bank) -> None:
    async with bank.database.transaction() as connection:
        await book_waiting(bank, connection, TONIGHT, 0)
        raise RuntimeError("before it commits")


async def waiting(bank: Bank) -> list[tuple[str, str]]:
    async with bank.database.connection() as connection:
        return [(row.key, row.refused) for row in await kept_waiting(connection, 100)]


async def test_a_credit_is_in_the_account_as_soon_as_it_came_and_brought_again_it_is_the_same(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    lek = cast.arta.lek
    first, again = [await receive(bank, salary(lek), RAIL) for _ in range(2)]
    assert first == again
    assert first.movement_id is not None
    assert await balance(admin, lek) == 10_000_000 + 7_500_000
    row = await admin.fetchrow(
        "SELECT kind, payer_name, payee_name, by_night FROM movement WHERE id = $1", first.movement_id
    )
    assert row is not None
    assert tuple(row) == ("incoming", "Adria shpk", "Arta Kola", False)


async def test_a_credit_brought_by_many_at_once_is_booked_once(bank: Bank, cast: Cast, admin: Admin) -> None:
    done = await asyncio.gather(*(receive(bank, salary(cast.arta.lek), RAIL) for _ in range(8)))
    assert len(set(done)) == 1
    assert await balance(admin, cast.arta.lek) == 17_500_000
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'incoming.received'") == 1


async def test_another_credit_under_a_known_key_is_not_kept(bank: Bank, cast: Cast, admin: Admin) -> None:
    await receive(bank, salary(cast.arta.lek), RAIL)
    for other in (salary(cast.arta.lek, minor=1), salary(cast.besnik.lek)):
        with pytest.raises(KeyTaken):
            await receive(bank, other, RAIL)
    assert await admin.fetchval("SELECT count(*) FROM incoming_credit") == 1
    with pytest.raises(ValueError, match="above zero"):
        await receive(bank, salary(cast.arta.lek, "AECH-2", 0), RAIL)


async def test_what_comes_in_the_window_waits_and_the_night_books_it_once_with_its_day(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(IN_THE_WINDOW)
    assert await receive(bank, salary(cast.arta.lek), RAIL) == Received(None, "")
    assert await balance(admin, cast.arta.lek) == 10_000_000
    assert [await night(bank), await night(bank)] == [Piece(1, None), Piece(0, None)]
    assert await balance(admin, cast.arta.lek) == 17_500_000
    again = await receive(bank, salary(cast.arta.lek), RAIL)
    row = await admin.fetchrow("SELECT id, value_date, by_night FROM movement ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert tuple(row) == (again.movement_id, TONIGHT, True)


async def test_two_nights_at_once_book_what_waits_once(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(IN_THE_WINDOW)
    for n in range(20):
        await receive(bank, salary(cast.arta.lek, f"AECH-{n}", 100), RAIL)
    done = await asyncio.gather(night(bank), night(bank))
    assert sorted(piece.done for piece in done) == [0, 20]
    assert await balance(admin, cast.arta.lek) == 10_000_000 + 2_000


async def test_a_night_that_is_broken_off_goes_on_behind_its_last_piece(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dega.accounts.incoming.AT_ONCE", 2)
    await machine.travel_to(IN_THE_WINDOW)
    for n in range(5):
        await receive(bank, salary(cast.arta.lek, f"AECH-{n}", 100), RAIL)
    with pytest.raises(RuntimeError):
        await _night_that_dies(bank)
    pieces, after = [], 0
    while after is not None:
        piece = await night(bank, after)
        pieces.append(piece.done)
        after = piece.after
    assert pieces == [2, 2, 1]
    assert await balance(admin, cast.arta.lek) == 10_000_500
    assert await check_books(admin) == []


async def test_what_the_poster_booked_and_nobody_noted_is_found_and_not_booked_again(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    done = await receive(bank, salary(cast.arta.lek), RAIL)
    await admin.execute("SET session_replication_role = replica; UPDATE incoming_credit SET movement_id = NULL")
    assert await night(bank) == Piece(1, None)
    assert await admin.fetchval("SELECT movement_id FROM incoming_credit") == done.movement_id
    assert await balance(admin, cast.arta.lek) == 17_500_000


async def test_what_cannot_be_booked_waits_with_its_reason_until_it_can_or_is_sent_back(
    bank: Bank, cast: Cast, admin: Admin, office: Bank
) -> None:
    await admin.execute("UPDATE account SET status = 'blocked' WHERE id = $1", cast.besnik.lek.id)
    nobody = Account(0, "AL3529910019000000000000001", Currency.ALL)
    wrong = Credit("3", cast.arta.lek.iban, Money(100, Currency.EUR), "Adria shpk", "")
    for credit in (salary(nobody, "1"), salary(cast.besnik.lek, "2"), wrong):
        assert (await receive(bank, credit, RAIL)).movement_id is None
    reasons = [("1", "account_unknown"), ("2", "payee_account_closed"), ("3", "currency_mismatch")]
    assert await waiting(bank) == reasons
    assert await night(bank) == Piece(0, None)
    assert await waiting(bank) == reasons
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.besnik.lek.id)
    async with office.database.transaction() as connection:
        assert [await send_back(connection, "1", "nobody has it", Actor("operator:vera")) for _ in range(2)] == [
            True,
            False,
        ]
    assert await night(bank) == Piece(1, None)
    assert await waiting(bank) == [("3", "currency_mismatch")]
    assert await balance(admin, cast.besnik.lek) == 17_500_000


async def test_nothing_from_outside_goes_into_a_deposit_and_the_books_stay_right_when_it_ends(
    office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    """More than the principal would stay behind, and look like a deposit that wasn't given back."""
    arta = cast.arta
    opened = await open_deposit(office, arta.number, arta.lek.iban, "60000", 1, operator="elona", reason="asked")
    into = Account(0, opened.iban, Currency.ALL)
    assert await receive(office, salary(into, "by day"), RAIL) == Received(None, "deposit_account")
    await machine.travel_to(IN_THE_WINDOW)
    await receive(office, salary(into, "at night"), RAIL)
    assert await night(office) == Piece(0, None)
    assert await waiting(office) == [("by day", "deposit_account"), ("at night", "deposit_account")]
    await machine.travel_to(IN_THE_WINDOW + timedelta(hours=12))
    await end_early(office, arta.number, opened.iban, operator="elona", reason="asked")
    assert [each for each in await check_books(admin) if each.check != "messages_are_sent"] == []


async def test_only_a_refused_credit_can_be_sent_back(
    bank: Bank, cast: Cast, machine: TimeMachine, office: Bank
) -> None:
    await receive(bank, salary(cast.arta.lek, "booked"), RAIL)
    await machine.travel_to(IN_THE_WINDOW)
    await receive(bank, salary(cast.arta.lek, "waits"), RAIL)
    async with office.database.transaction() as connection:
        assert await count_waiting(connection, TONIGHT) == 1
        for key in ("booked", "waits", "never came"):
            assert not await send_back(connection, key, "a mistake", Actor("operator:vera"))


async def test_a_credit_that_is_booked_otherwise_than_it_came_is_found(bank: Bank, cast: Cast, admin: Admin) -> None:
    await receive(bank, salary(cast.arta.lek), RAIL)
    assert await check_books(admin) == []
    await admin.execute("SET session_replication_role = replica")
    for change in ("amount_minor = 1", "movement_id = 1", "movement_id = NULL, returned_at = now()"):
        transaction = admin.transaction()
        await transaction.start()
        await admin.execute(f"UPDATE incoming_credit SET {change}")
        assert [guilty.check for guilty in await check_books(admin)] == ["credits_are_booked_once"]
        await transaction.rollback()


async def test_what_came_after_the_nights_stage_is_booked_when_the_gate_opens(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(IN_THE_WINDOW)
    await close(bank.database, "night")
    await receive(bank, salary(cast.arta.lek), RAIL)
    await receive(bank, replace(salary(cast.arta.lek, "AECH-2"), iban="AL35202111090000000001234567"), RAIL)
    assert await book_late(bank) == 0
    await machine.travel_to(datetime(2026, 11, 24, 0, 0, tzinfo=TIRANA))
    await unfreeze(bank.database, "the night is over", Actor("operator:vera"))
    assert [await book_late(bank), await book_late(bank)] == [1, 0]
    assert await balance(admin, cast.arta.lek) == 10_000_000 + 7_500_000
    assert await waiting(bank) == [("AECH-2", "account_unknown")]
