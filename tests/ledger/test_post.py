"""The one way a balance changes: whole or not at all, once, and never past a floor."""

import asyncio
import itertools
import uuid

import pytest
from cast import Admin, Cast, Person, balance, open_account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dega.bank import Bank
from dega.deeds import Deed, Leg, Notice, Particulars
from dega.errors import (
    AccountBlocked,
    AccountClosed,
    AccountDormant,
    AccountUnknown,
    Busy,
    CurrencyMismatch,
    InsufficientFunds,
    PayeeAccountClosed,
    Refusal,
)
from dega.ledger.post import GroupPoster
from dega.money import Currency, Money
from dega.store import ledger
from dega.store.database import Connection


def lek(minor: int) -> Money:
    return Money(minor, Currency.ALL)


def deed(*legs: Leg, key: uuid.UUID | None = None) -> Deed:
    return Deed(key or uuid.uuid4(), "test", legs, Particulars("Arta Kola", "Besnik Hoxha", "qira"))


def send(payer: Person, payee: Person, minor: int, key: uuid.UUID | None = None) -> Deed:
    return deed(Leg(payer.lek.id, payee.lek.id, lek(minor)), key=key)


async def entries(admin: Admin, account_id: int) -> list[tuple[int, int]]:
    rows = await admin.fetch(
        "SELECT amount_minor, balance_after_minor FROM entry WHERE account_id = $1 ORDER BY seq", account_id
    )
    return [tuple(row) for row in rows]


async def test_a_deed_moves_its_amount_and_leaves_two_entries(bank: Bank, admin: Admin, cast: Cast) -> None:
    booking = await bank.poster.post(send(cast.arta, cast.besnik, 250_000))
    assert await balance(admin, cast.arta.lek) == 9_750_000
    assert await balance(admin, cast.besnik.lek) == 10_250_000
    assert (await entries(admin, cast.arta.lek.id))[-1] == (-250_000, 9_750_000)
    assert (await entries(admin, cast.besnik.lek.id))[-1] == (250_000, 10_250_000)
    assert await admin.fetchval("SELECT deed_key IS NOT NULL FROM movement WHERE id = $1", booking.movement_id)


async def test_a_deed_made_twice_moves_money_once(bank: Bank, admin: Admin, cast: Cast) -> None:
    key = uuid.uuid4()
    first = await bank.poster.post(send(cast.arta, cast.besnik, 100, key))
    again = await bank.poster.post(send(cast.arta, cast.besnik, 100, key))
    at_once = await asyncio.gather(*(bank.poster.post(send(cast.arta, cast.besnik, 100, key)) for _ in range(50)))
    assert {first, again, *at_once} == {first}
    assert await balance(admin, cast.arta.lek) == 9_999_900


async def test_two_processes_with_the_same_deed_book_it_once(bank: Bank, admin: Admin, cast: Cast) -> None:
    other = GroupPoster(
        bank.database, bank.fields, bank.clock, bank.config.window.window, writers=2, most_waiting=100, most_in_batch=10
    )
    keys = [uuid.uuid4() for _ in range(20)]
    deeds = [send(cast.arta, cast.besnik, 100, key) for key in keys]
    here, there = await asyncio.gather(
        asyncio.gather(*(bank.poster.post(each) for each in deeds)),
        asyncio.gather(*(other.post(each) for each in deeds)),
    )
    await other.close()
    assert here == there
    assert await balance(admin, cast.arta.lek) == 10_000_000 - 20 * 100


async def test_a_deed_that_another_process_books_meanwhile_is_not_refused_for_what_it_took_itself(
    bank: Bank, office: Bank, admin: Admin, cast: Cast
) -> None:
    everything = deed(Leg(cast.arta.second.id, cast.besnik.lek.id, lek(500_000)))
    await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.arta.second.id} FOR UPDATE")
    both = [asyncio.create_task(each.poster.post(everything)) for each in (bank, office)]
    await asyncio.sleep(0.5)
    await admin.execute("COMMIT")
    here, there = await asyncio.gather(*both)
    assert here == there
    assert await balance(admin, cast.arta.second) == 0


@pytest.mark.refusal("insufficient_funds")
async def test_spends_of_one_balance_stop_at_its_floor(bank: Bank, admin: Admin, cast: Cast) -> None:
    outcomes = await asyncio.gather(
        *(bank.poster.post(send(cast.arta, cast.besnik, 1_500_000)) for _ in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 6
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {InsufficientFunds}
    assert await balance(admin, cast.arta.lek) == 1_000_000


async def test_a_movement_books_whole_or_not_at_all(bank: Bank, admin: Admin, cast: Cast) -> None:
    payment = Leg(cast.arta.second.id, cast.besnik.lek.id, lek(499_000))
    fee = Leg(cast.arta.second.id, cast.genti.lek.id, lek(2_000), "fee")
    with pytest.raises(InsufficientFunds):
        await bank.poster.post(deed(payment, fee))
    assert await balance(admin, cast.besnik.lek) == await balance(admin, cast.genti.lek) == 10_000_000
    await bank.poster.post(deed(payment, replace(fee, amount=lek(1_000))))
    assert await balance(admin, cast.arta.second) == 0


STANDINGS = [
    ("blocked", "debit", AccountBlocked),
    ("dormant", "debit", AccountDormant),
    ("closed", "debit", AccountClosed),
    ("blocked", "credit", PayeeAccountClosed),
    ("closed", "credit", PayeeAccountClosed),
]


@pytest.mark.requirement("R37", "R46")
@pytest.mark.refusal("account_blocked", "account_dormant", "account_closed", "payee_account_closed")
@pytest.mark.parametrize(("status", "side", "refusal"), STANDINGS)
async def test_the_standing_of_an_account_decides(
    bank: Bank, admin: Admin, cast: Cast, status: str, side: str, refusal: type[Refusal]
) -> None:
    account = cast.arta.lek if side == "debit" else cast.besnik.lek
    await admin.execute("UPDATE account SET status = $2 WHERE id = $1", account.id, status)
    with pytest.raises(refusal):
        await bank.poster.post(send(cast.arta, cast.besnik, 100))


async def test_a_dormant_account_still_receives(bank: Bank, admin: Admin, cast: Cast) -> None:
    await admin.execute("UPDATE account SET status = 'dormant' WHERE id = $1", cast.besnik.lek.id)
    await bank.poster.post(send(cast.arta, cast.besnik, 100))
    assert await balance(admin, cast.besnik.lek) == 10_000_100


@pytest.mark.refusal("currency_mismatch", "account_unknown")
async def test_currencies_and_unknown_accounts_are_refused(bank: Bank, cast: Cast) -> None:
    with pytest.raises(CurrencyMismatch):
        await bank.poster.post(deed(Leg(cast.arta.lek.id, cast.besnik.euro.id, lek(100))))
    with pytest.raises(CurrencyMismatch):
        await bank.poster.post(deed(Leg(cast.arta.lek.id, cast.besnik.lek.id, Money(100, Currency.EUR))))
    with pytest.raises(AccountUnknown):
        await bank.poster.post(deed(Leg(cast.arta.lek.id, 999_999, lek(100))))


async def test_a_poisoned_deed_harms_only_itself(bank: Bank, admin: Admin, cast: Cast) -> None:
    poisoned = replace(send(cast.arta, cast.besnik, 100), kind="\x00")
    deeds = [send(cast.arta, cast.besnik, 100) for _ in range(10)]
    outcomes = await asyncio.gather(
        *(bank.poster.post(each) for each in [*deeds[:5], poisoned, *deeds[5:]]), return_exceptions=True
    )
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False] * 5 + [True] + [False] * 5
    assert await balance(admin, cast.arta.lek) == 10_000_000 - 10 * 100


@pytest.mark.refusal("busy")
async def test_a_full_queue_says_busy_and_books_nothing_of_it(bank: Bank, admin: Admin, cast: Cast) -> None:
    small = GroupPoster(
        bank.database, bank.fields, bank.clock, bank.config.window.window, writers=1, most_waiting=3, most_in_batch=1
    )
    outcomes = await asyncio.gather(
        *(small.post(send(cast.arta, cast.besnik, 100)) for _ in range(10)), return_exceptions=True
    )
    await small.close()
    refused = [outcome for outcome in outcomes if isinstance(outcome, Busy)]
    assert refused
    assert await balance(admin, cast.arta.lek) == 10_000_000 - 100 * (10 - len(refused))


async def test_a_deed_waits_here_for_an_account_that_a_batch_under_way_holds_and_keeps_nobody(
    bank: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[list[int]] = []
    lock, begun, going_on = ledger.lock_accounts, asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection, ids: list[int]) -> dict[int, ledger.AccountRow]:
        locked.append(ids)
        if len(locked) == 1:
            begun.set()
            await going_on.wait()
        return await lock(connection, ids)

    monkeypatch.setattr(ledger, "lock_accounts", hold)
    first = asyncio.create_task(bank.poster.post(send(cast.arta, cast.besnik, 1)))
    await begun.wait()
    same = asyncio.create_task(bank.poster.post(send(cast.drita, cast.arta, 1)))
    await bank.poster.post(deed(Leg(cast.genti.lek.id, cast.genti.second.id, lek(1))))
    assert len(locked) == 2
    assert not same.done()
    going_on.set()
    await asyncio.gather(first, same)
    assert len(locked) == 3
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_no_deed_goes_ahead_on_an_account_that_one_before_it_waits_for(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    for _ in range(10):
        deeds = [
            send(cast.arta, cast.besnik, 100),
            send(cast.drita, cast.genti, 300),
            send(cast.drita, cast.besnik, 500),  # the first one's writer may take it along, but for the second one
        ]
        await asyncio.gather(*map(bank.poster.post, deeds))
    sent = [minor for minor, _ in await entries(admin, cast.drita.lek.id)]
    assert sent[-20:] == [-300, -500] * 10


async def test_a_deed_between_two_hot_accounts_gets_its_turn(bank: Bank, cast: Cast) -> None:
    """One batch or another always holds one of the two, and others wait for each all the time."""
    poster = GroupPoster(
        bank.database, bank.fields, bank.clock, bank.config.window.window, writers=2, most_waiting=100, most_in_batch=16
    )

    async def pay_on(hot: int, other: int) -> None:
        for way in itertools.cycle([(hot, other), (other, hot)]):
            await poster.post(deed(Leg(*way, lek(100))))

    hot = [(cast.arta.lek.id, cast.arta.second.id)] * 48 + [(cast.besnik.lek.id, cast.genti.lek.id)] * 48
    others = [asyncio.create_task(pay_on(*pair)) for pair in hot]
    await asyncio.sleep(0.1)
    try:
        await asyncio.wait_for(poster.post(send(cast.arta, cast.besnik, 100)), 3)
    finally:
        for other in others:
            other.cancel()
        await poster.close()


async def test_a_poster_that_closes_books_what_waits_first(bank: Bank, admin: Admin, cast: Cast) -> None:
    poster = GroupPoster(
        bank.database, bank.fields, bank.clock, bank.config.window.window, writers=2, most_waiting=100, most_in_batch=3
    )
    waiting = asyncio.gather(*(poster.post(send(cast.arta, cast.besnik, 100)) for _ in range(20)))
    await asyncio.sleep(0)
    await poster.close()
    assert len(await waiting) == 20
    with pytest.raises(Busy):
        await poster.post(send(cast.arta, cast.besnik, 100))
    assert await balance(admin, cast.arta.lek) == 10_000_000 - 20 * 100


async def test_who_stops_waiting_for_the_close_breaks_off_no_posting(bank: Bank, admin: Admin, cast: Cast) -> None:
    poster = GroupPoster(
        bank.database, bank.fields, bank.clock, bank.config.window.window, writers=2, most_waiting=100, most_in_batch=3
    )
    await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.arta.lek.id} FOR UPDATE")
    waiting = asyncio.create_task(poster.post(send(cast.arta, cast.besnik, 100)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(poster.close(), 0.2)
    await admin.execute("COMMIT")
    assert (await waiting).movement_id
    await poster.close()


async def test_a_caller_who_goes_away_leaves_the_deed_going_on(bank: Bank, admin: Admin, cast: Cast) -> None:
    key = uuid.uuid4()
    task = asyncio.create_task(bank.poster.post(send(cast.arta, cast.besnik, 100, key)))
    await asyncio.sleep(0)
    task.cancel()
    booking = await bank.poster.post(send(cast.arta, cast.besnik, 100, key))
    assert booking.movement_id
    assert await balance(admin, cast.arta.lek) == 9_999_900


async def test_the_deed_its_audit_and_its_notices_are_kept_together(bank: Bank, admin: Admin, cast: Cast) -> None:
    notice = Notice("email", "a@example.org", "payment_made", "sq", {"amount": "1,00 ALL"})
    good = replace(send(cast.arta, cast.besnik, 100), notices=(notice,))
    bad = replace(send(cast.arta, cast.besnik, 99_000_000), notices=(notice,))
    await bank.poster.post(good)
    with pytest.raises(InsufficientFunds):
        await bank.poster.post(bad)
    assert await admin.fetchval("SELECT count(*) FROM outbox") == 1
    assert await admin.fetchval("SELECT outcome FROM audit WHERE subject = $1", f"deed:{good.key}") == "booked"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4_000_000)), max_size=40))
async def test_money_is_conserved_and_floors_hold(
    bank: Bank, admin: Admin, cast: Cast, moves: list[tuple[int, int, int]]
) -> None:
    accounts = [
        (await open_account(admin, cast.arta.id, int(uuid.uuid4().int % 10**15), Currency.ALL)).id for _ in range(4)
    ]
    funding = [deed(Leg(cast.arta.lek.id, account, lek(10))) for account in accounts]
    await asyncio.gather(*(bank.poster.post(each) for each in funding), return_exceptions=True)
    legs = [Leg(accounts[a], accounts[b], lek(minor)) for a, b, minor in moves if a != b]
    await asyncio.gather(*(bank.poster.post(deed(leg)) for leg in legs), return_exceptions=True)
    balances = await admin.fetch("SELECT balance_minor FROM account WHERE id = ANY($1::bigint[])", accounts)
    assert all(row["balance_minor"] >= 0 for row in balances)
    assert await admin.fetchval("SELECT sum(balance_minor) FROM account WHERE currency = 'ALL'") == 0
