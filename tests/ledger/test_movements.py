"""Movements of several transfers book whole or not at all, also in a batch and beside neighbours that are refused."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cast import Admin, Cast, Person, balance
from conftest import Phones
from msgspec.structs import replace
from paying import authorise, prepare, send_code
from test_books import found
from test_post import deed, entries, lek, send

from dega.bank import Bank, Poster
from dega.deeds import Authority, Booking, Deed, Leg
from dega.errors import (
    CurrencyMismatch,
    InsufficientFunds,
    LimitDay,
    PayeeAccountClosed,
    Refusal,
)
from dega.ledger.chart import FEES, POSITION, bank_account
from dega.ledger.post import GroupPoster
from dega.money import Currency, Money
from dega.payments.payment import digest_of, find_payment


@pytest.fixture
async def ids(bank: Bank) -> dict[str, int]:
    """The bank's own accounts by code and currency, such as `position EUR`."""
    async with bank.database.connection() as connection:
        return {
            f"{code} {currency}": await bank_account(connection, code, currency)
            for code in (FEES, POSITION)
            for currency in (Currency.ALL, Currency.EUR)
        }


@pytest.fixture
async def one_writer(bank: Bank) -> AsyncIterator[GroupPoster]:
    """A poster that books in one batch what it is asked for at once."""
    poster = GroupPoster(
        bank.database,
        bank.fields,
        bank.clock,
        bank.config.window.window,
        writers=1,
        most_waiting=500,
        most_in_batch=500,
    )
    yield poster
    await poster.close()


def euro(minor: int) -> Money:
    return Money(minor, Currency.EUR)


def exchange(who: Person, ids: dict[str, int], sold: Money, bought: Money, *more: Leg) -> Deed:
    """Sell euro for lek, with whatever else belongs to it."""
    return deed(
        Leg(who.euro.id, ids["position EUR"], sold, "exchange"),
        Leg(ids["position ALL"], who.lek.id, bought, "exchange"),
        *more,
    )


def with_fee(payer: Person, payee: Person, ids: dict[str, int], minor: int, fee: int = 100) -> Deed:
    payment = Leg(payer.lek.id, payee.lek.id, lek(minor))
    return deed(payment, Leg(payer.lek.id, ids["fees ALL"], lek(fee), "fee"))


async def at_once(poster: Poster, *deeds: Deed) -> list[Booking | BaseException]:
    return await asyncio.gather(*(poster.post(each) for each in deeds), return_exceptions=True)


def refusals(outcomes: list[Booking | BaseException]) -> list[type | None]:
    return [None if isinstance(outcome, Booking) else type(outcome) for outcome in outcomes]


async def batches(admin: Admin, outcomes: list[Booking | BaseException]) -> int:
    """In how many batches the booked ones were written: a batch has one moment."""
    return len({outcome.booked_at for outcome in outcomes if isinstance(outcome, Booking)})


async def test_an_exchange_moves_two_currencies_through_the_banks_positions(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int]
) -> None:
    booking = await bank.poster.post(exchange(cast.arta, ids, euro(10_000), lek(980_000)))
    assert (await balance(admin, cast.arta.euro), await balance(admin, cast.arta.lek)) == (90_000, 10_980_000)
    assert await entries(admin, ids["position EUR"]) == [(10_000, 10_000)]
    assert await entries(admin, ids["position ALL"]) == [(-980_000, -980_000)]
    transfers = await admin.fetch("SELECT currency, purpose FROM transfer WHERE movement_id = $1", booking.movement_id)
    assert sorted(map(tuple, transfers)) == [("ALL", "exchange"), ("EUR", "exchange")]
    said = await admin.fetchval("SELECT data FROM audit ORDER BY id DESC LIMIT 1")
    assert '"minor": 10000, "currency": "EUR"' in said
    assert await found(bank) == {}


async def test_positions_go_either_way_and_every_currency_sums_to_nothing(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int]
) -> None:
    back = deed(
        Leg(cast.arta.lek.id, ids["position ALL"], lek(2_000_000), "exchange"),
        Leg(ids["position EUR"], cast.arta.euro.id, euro(20_000), "exchange"),
    )
    await at_once(bank.poster, exchange(cast.arta, ids, euro(10_000), lek(980_000)), back)
    assert (await entries(admin, ids["position EUR"]))[-1][1] == -10_000
    assert (await entries(admin, ids["position ALL"]))[-1][1] == 1_020_000
    sums = await admin.fetch("SELECT currency, sum(balance_minor) AS minor FROM account GROUP BY currency")
    assert {row["minor"] for row in sums} == {0}
    assert await found(bank) == {}


@pytest.mark.parametrize(
    ("last", "refusal"),
    [("too much", InsufficientFunds), ("another currency", CurrencyMismatch), ("closed", PayeeAccountClosed)],
)
async def test_where_the_last_leg_is_refused_nothing_is_booked(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], last: str, refusal: type[Refusal]
) -> None:
    if last == "closed":
        await admin.execute("UPDATE account SET status = 'closed' WHERE id = $1", ids["fees ALL"])
    fee = {"too much": lek(99_000_000), "another currency": euro(1), "closed": lek(1)}[last]
    before = await admin.fetch("SELECT id, balance_minor, last_seq FROM account ORDER BY id")
    leg = Leg(cast.arta.lek.id, ids["fees ALL"], fee, "fee")
    with pytest.raises(refusal):
        await bank.poster.post(exchange(cast.arta, ids, euro(10_000), lek(980_000), leg))
    assert await admin.fetch("SELECT id, balance_minor, last_seq FROM account ORDER BY id") == before
    assert await found(bank) == {}


async def test_funds_are_judged_over_the_whole_movement(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int]
) -> None:
    """What comes with a movement may go with it: only what it leaves counts."""
    fee = Leg(cast.arta.lek.id, ids["fees ALL"], lek(10_500_000), "fee")  # more than there was, less than there is
    await bank.poster.post(exchange(cast.arta, ids, euro(10_000), lek(980_000), fee))
    assert await balance(admin, cast.arta.lek) == 480_000
    out_first = deed(
        Leg(cast.arta.second.id, cast.besnik.lek.id, lek(600_000)),
        Leg(cast.besnik.lek.id, cast.arta.second.id, lek(100_000)),
    )
    await bank.poster.post(out_first)
    assert await balance(admin, cast.arta.second) == 0
    with pytest.raises(InsufficientFunds):
        await bank.poster.post(with_fee(cast.arta, cast.besnik, ids, 480_000, 1))
    assert await found(bank) == {}


@pytest.mark.refusal("limit_day")
async def test_the_limit_of_a_day_is_judged_over_the_whole_movement(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], phones: Phones
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek, "1000")
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    challenge = await authorise(bank, cast.arta, payment_id, code)
    digest = digest_of(await find_payment(bank, cast.arta.id, payment_id))
    legs = [
        Leg(cast.arta.lek.id, cast.besnik.lek.id, lek(60_000)),
        Leg(cast.arta.lek.id, cast.genti.lek.id, lek(40_001)),
    ]
    fee = Leg(cast.arta.lek.id, ids["fees ALL"], lek(5_000), "fee")
    limit = Authority(payment_id, cast.arta.id, 1, digest, True, challenge, lek(100_000), timedelta(0))
    whole = replace(deed(*legs, fee, key=payment_id), authority=limit)
    with pytest.raises(LimitDay):
        await bank.poster.post(whole)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    within = (legs[0], replace(legs[1], amount=lek(40_000)), fee)  # the fee isn't spent on others
    await bank.poster.post(replace(whole, legs=within))
    assert await balance(admin, cast.arta.lek) == 9_895_000
    assert await admin.fetchval("SELECT spent_minor FROM spending_day") == 100_000


async def test_movements_of_the_same_accounts_in_one_batch_follow_one_another(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], one_writer: GroupPoster
) -> None:
    deeds = [
        each
        for _ in range(20)
        for each in (
            exchange(cast.arta, ids, euro(4_000), lek(400_000), Leg(cast.arta.lek.id, ids["fees ALL"], lek(50), "fee")),
            with_fee(cast.arta, cast.besnik, ids, 1_000_000),
            with_fee(cast.besnik, cast.arta, ids, 900_000),
        )
    ]
    outcomes = await at_once(one_writer, *deeds)
    assert refusals(outcomes) == [None] * 60
    assert await batches(admin, outcomes) == 1
    assert await balance(admin, cast.arta.euro) == 100_000 - 20 * 4_000
    assert await balance(admin, cast.arta.lek) == 10_000_000 + 20 * (400_000 - 50 - 1_000_100 + 900_000)
    assert (await entries(admin, ids["fees ALL"]))[-1][1] == 20 * (50 + 100 + 100)
    assert await found(bank) == {}


async def test_a_refused_movement_leaves_its_neighbours_in_the_batch_as_if_it_had_not_been(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], one_writer: GroupPoster
) -> None:
    """Also where it is refused for its last leg, and touched the accounts of its neighbours with its first ones."""
    too_dear = Leg(cast.arta.second.id, ids["fees ALL"], lek(500_001), "fee")
    outcomes = await at_once(
        one_writer,
        with_fee(cast.arta, cast.besnik, ids, 4_000_000),
        exchange(cast.arta, ids, euro(100_000), lek(9_000_000), too_dear),
        with_fee(cast.arta, cast.besnik, ids, 7_000_000),  # would be there, had the exchange been booked
        exchange(cast.arta, ids, euro(100_000), lek(9_000_000)),
        with_fee(cast.arta, cast.besnik, ids, 7_000_000),
    )
    assert refusals(outcomes) == [None, InsufficientFunds, InsufficientFunds, None, None]
    assert await batches(admin, outcomes) == 1
    assert await balance(admin, cast.arta.lek) == 10_000_000 - 4_000_100 + 9_000_000 - 7_000_100
    assert await balance(admin, cast.arta.euro) == 0
    assert await balance(admin, cast.arta.second) == 500_000
    assert await found(bank) == {}


async def test_a_batch_with_a_poisoned_movement_is_booked_movement_by_movement(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], one_writer: GroupPoster
) -> None:
    good = [exchange(cast.arta, ids, euro(100), lek(10_000)), with_fee(cast.arta, cast.besnik, ids, 5_000)]
    poisoned = replace(with_fee(cast.besnik, cast.arta, ids, 1_000), kind="\x00")
    dear = with_fee(cast.genti, cast.arta, ids, 99_000_000)
    outcomes = await at_once(one_writer, good[0], poisoned, dear, good[1], send(cast.besnik, cast.genti, 7))
    kinds = refusals(outcomes)
    assert (kinds[0], kinds[2], kinds[3], kinds[4]) == (None, InsufficientFunds, None, None)
    assert kinds[1] is not None
    assert not issubclass(kinds[1], Refusal)
    assert await batches(admin, outcomes) == 3
    assert await balance(admin, cast.besnik.lek) == 10_000_000 + 5_000 - 7
    assert await found(bank) == {}


async def test_a_movement_made_twice_in_one_batch_is_one(
    bank: Bank, admin: Admin, cast: Cast, ids: dict[str, int], one_writer: GroupPoster
) -> None:
    once = exchange(cast.arta, ids, euro(100), lek(10_000))
    outcomes = await at_once(
        one_writer, *[replace(once, key=once.key) for _ in range(5)], with_fee(cast.arta, cast.besnik, ids, 1)
    )
    assert len({outcome.movement_id for outcome in outcomes if isinstance(outcome, Booking)}) == 2
    assert await balance(admin, cast.arta.euro) == 99_900


@pytest.mark.parametrize("broken", ["one leg alone", "the same currency", "two in one movement", "past the position"])
async def test_an_exchange_that_is_none_is_found(bank: Bank, cast: Cast, ids: dict[str, int], broken: str) -> None:
    out = Leg(cast.arta.euro.id, ids["position EUR"], euro(100), "exchange")
    back = Leg(ids["position EUR"], cast.arta.euro.id, euro(50), "exchange")
    bought = Leg(ids["position ALL"], cast.arta.lek.id, lek(9_800), "exchange")
    past = Leg(cast.besnik.lek.id, cast.arta.lek.id, lek(9_800), "exchange")
    legs = {
        "one leg alone": (out,),
        "the same currency": (out, back),
        "two in one movement": (out, bought, out, bought),
        "past the position": (out, past),
    }
    booking = await bank.poster.post(deed(*legs[broken], key=uuid.uuid4()))
    (what,) = (await found(bank))["exchanges_go_through_positions"]
    assert what.startswith(f"movement {booking.movement_id}: its exchange isn't one transfer into a position")
