"""Time deposits at the counter: what can't be is said, and then nothing is opened and nothing booked."""

from datetime import date, datetime

import pytest
from cast import Admin, Cast, balance

from dega.access.approvals import NotDone
from dega.accounts.accounts import Product, Status, my_accounts
from dega.accounts.deposits import Renewal, deposit_of
from dega.audit import Actor
from dega.bank import Bank
from dega.branch.account_status import set_account_status
from dega.branch.deposits import end_early, open_deposit, set_renewal
from dega.branch.opening import add_account
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import AmountAmbiguous, Refusals
from dega.ledger.books import check_books
from dega.money import Currency
from dega.payments.kinds import KINDS
from dega.payments.prepare import prepare_payment

WHY = {"operator": "elona", "reason": "asked at the counter"}


async def put_aside(office: Bank, cast: Cast, amount: str = "60000", months: int = 12) -> str:
    return (await open_deposit(office, cast.arta.number, cast.arta.lek.iban, amount, months, **WHY)).iban


async def test_a_deposit_is_opened_told_and_kept(office: Bank, cast: Cast, admin: Admin) -> None:
    """2,20 % for twelve months, 23.11.2026 to 23.11.2027: 365 days of 60 000,00 bear 1 320,00, 198,00 of it tax."""
    iban = await put_aside(office, cast)
    (mine,) = [each for each in await my_accounts(office, cast.arta.id) if each.product is Product.TERM]
    assert (mine.iban, mine.balance.minor, await balance(admin, cast.arta.lek)) == (iban, 60_000_00, 40_000_00)
    found = await deposit_of(office, cast.arta.id, iban)
    assert found is not None
    assert (found.pays_on, found.gross.minor, found.tax.minor) == (date(2027, 11, 23), 1_320_00, 198_00)
    assert (found.renewal, found.pays_to_iban, found.net.minor) == (Renewal.NONE, cast.arta.lek.iban, 1_122_00)
    trail = await admin.fetchrow("SELECT actor, data->>'months' FROM audit WHERE action = 'deposit.open'")
    assert tuple(trail) == ("operator:elona", "12")
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE template = 'account_opened'") == 2


@pytest.mark.parametrize(
    ("amount", "months", "sentence"),
    [
        ("49999,99", 12, "at least 50 000,00 ALL"),
        ("60000", 7, "for 1, 3, 6, 12, 24, 36 months"),
        ("100000,01", 12, "There isn't enough|not enough|available"),
    ],
)
async def test_what_can_not_be_opened_is_said_and_nothing_is_kept(
    office: Bank, cast: Cast, admin: Admin, amount: str, months: int, sentence: str
) -> None:
    with pytest.raises(NotDone) as raised:
        await put_aside(office, cast, amount, months)
    assert any(words in str(raised.value).replace("\u00a0", " ") for words in sentence.split("|"))
    assert await admin.fetchval("SELECT count(*) FROM account WHERE product = 'term'") == 0
    assert await balance(admin, cast.arta.lek) == 100_000_00


async def test_an_ambiguous_amount_is_asked_about(office: Bank, cast: Cast) -> None:
    with pytest.raises(AmountAmbiguous):
        await put_aside(office, cast, "60.000")


async def test_a_deposit_comes_out_of_ones_own_current_account(office: Bank, cast: Cast) -> None:
    savings = await add_account(office, cast.arta.number, Currency.ALL, Product.SAVINGS, **WHY)
    with pytest.raises(NotDone, match="out of a current account"):
        await open_deposit(office, cast.arta.number, savings.iban, "60000", 12, **WHY)
    with pytest.raises(NotDone, match="has no account"):
        await open_deposit(office, cast.arta.number, cast.besnik.lek.iban, "60000", 12, **WHY)


@pytest.mark.requirement("R30", "R31")
async def test_no_deposit_is_opened_or_ended_in_the_window(
    office: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    iban = await put_aside(office, cast)
    await machine.travel_to(datetime(2026, 11, 23, 21, 0, tzinfo=TIRANA))
    with pytest.raises(NotDone, match="21:00"):
        await put_aside(office, cast)
    with pytest.raises(NotDone, match="21:00"):
        await end_early(office, cast.arta.number, iban, **WHY)
    assert await balance(admin, cast.arta.lek) == 40_000_00


async def test_a_matured_deposit_is_not_ended_early(office: Bank, cast: Cast, machine: TimeMachine) -> None:
    iban = await put_aside(office, cast, months=1)
    await machine.travel_to(datetime(2026, 12, 23, 12, 0, tzinfo=TIRANA))
    with pytest.raises(NotDone, match="has matured"):
        await end_early(office, cast.arta.number, iban, **WHY)


async def test_what_becomes_of_a_deposit_may_be_changed_while_it_runs(office: Bank, cast: Cast) -> None:
    iban = await put_aside(office, cast)
    await set_renewal(office, cast.arta.number, iban, Renewal.WHOLE, **WHY)
    found = await deposit_of(office, cast.arta.id, iban)
    assert found is not None
    assert found.renewal is Renewal.WHOLE
    await end_early(office, cast.arta.number, iban, **WHY)
    with pytest.raises(NotDone, match="that runs"):
        await set_renewal(office, cast.arta.number, iban, Renewal.NONE, **WHY)


async def test_the_account_that_a_deposit_is_paid_to_stays_open(office: Bank, cast: Cast, admin: Admin) -> None:
    iban = await put_aside(office, cast, "100000")
    with pytest.raises(NotDone, match="time deposit is paid out to this account"):
        await set_account_status(office, cast.arta.number, cast.arta.lek.iban, Status.CLOSED, **WHY)
    await end_early(office, cast.arta.number, iban, **WHY)
    await set_account_status(office, cast.arta.number, iban, Status.CLOSED, **WHY)
    assert await admin.fetchval("SELECT status FROM account WHERE iban = $1", iban) == "closed"


@pytest.mark.refusal("deposit_account")
@pytest.mark.parametrize("kind", ["own", "in-bank"])
async def test_no_payment_goes_into_a_deposit_or_out_of_it(office: Bank, bank: Bank, cast: Cast, kind: str) -> None:
    iban = await put_aside(office, cast)
    into = {"from_account": cast.arta.lek.iban, "to_account": iban, "to_iban": iban, "amount": "1,00"}
    out_of = {"from_account": iban, "to_account": cast.arta.lek.iban, "to_iban": cast.besnik.lek.iban, "amount": "1,00"}
    for typed, field in ((into, "to_account" if kind == "own" else "to_iban"), (out_of, "from_account")):
        with pytest.raises(Refusals) as refused:
            await prepare_payment(bank, KINDS[kind], cast.arta.id, typed, Actor("customer:arta"))
        assert [(each.code, each.field) for each in refused.value.refusals] == [("deposit_account", field)]


async def test_the_books_are_right_after_a_deposit_was_opened_and_ended(office: Bank, cast: Cast) -> None:
    iban = await put_aside(office, cast)
    await end_early(office, cast.arta.number, iban, **WHY)
    async with office.database.connection() as connection:
        assert await check_books(connection) == []
