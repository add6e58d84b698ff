"""How an account stands: every way from one state to another, and what each state lets through (R46)."""

import itertools

import pytest
from cast import Account, Admin, Cast, open_account
from paying import ACTOR, make_payment, prepare_own, set_state

from dega.access.approvals import NotDone
from dega.accounts.accounts import Status
from dega.bank import Bank
from dega.branch.account_status import set_account_status
from dega.errors import Refusal
from dega.money import Currency

pytestmark = pytest.mark.requirement("R46")

WHY = {"operator": "elona", "reason": "asked at the counter"}

# From each state to each other one: does the branch allow it?
WAYS = {
    ("active", "blocked"): True,
    ("active", "dormant"): True,
    ("active", "closed"): True,
    ("blocked", "active"): True,
    ("blocked", "dormant"): False,
    ("blocked", "closed"): True,
    ("dormant", "active"): True,
    ("dormant", "blocked"): True,
    ("dormant", "closed"): True,
    ("closed", "active"): False,
    ("closed", "blocked"): False,
    ("closed", "dormant"): False,
    **{(state, state): False for state in ("active", "blocked", "dormant", "closed")},
}

# What each state lets through: does it pay, does it receive?
LETS_THROUGH = {"active": (True, True), "blocked": (False, False), "dormant": (False, True), "closed": (False, False)}


async def status_of(admin: Admin, account: Account) -> str:
    status: str = await admin.fetchval("SELECT status FROM account WHERE id = $1", account.id)
    return status


def test_the_table_has_every_way() -> None:
    assert set(WAYS) == set(itertools.product((status.value for status in Status), repeat=2))


@pytest.mark.parametrize(("start", "end"), WAYS)
async def test_every_transition_of_an_accounts_state(
    office: Bank, admin: Admin, cast: Cast, start: str, end: str
) -> None:
    account = await open_account(admin, cast.arta.id, 777, Currency.ALL)
    await set_state(admin, "account", account.id, status=start)
    if WAYS[start, end]:
        await set_account_status(office, cast.arta.number, account.iban, Status(end), **WHY)
    else:
        with pytest.raises(NotDone):
            await set_account_status(office, cast.arta.number, account.iban, Status(end), **WHY)
    assert await status_of(admin, account) == (end if WAYS[start, end] else start)


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("state", LETS_THROUGH)
async def test_what_a_state_lets_through(bank: Bank, admin: Admin, cast: Cast, state: str) -> None:
    pays, receives = LETS_THROUGH[state]
    out = await prepare_own(bank, cast.arta)
    into = await prepare_own(bank, cast.arta, from_account=cast.arta.second.iban, to_account=cast.arta.lek.iban)
    await set_state(admin, "account", cast.arta.lek.id, status=state)
    for payment, allowed in ((out, pays), (into, receives)):
        if allowed:
            assert (await make_payment(bank, cast.arta.id, payment, 1, ACTOR)).made
        else:
            with pytest.raises(Refusal, match=r"account_(blocked|dormant|closed)"):
                await make_payment(bank, cast.arta.id, payment, 1, ACTOR)


async def test_an_account_with_money_is_not_closed(office: Bank, admin: Admin, cast: Cast) -> None:
    with pytest.raises(NotDone, match="Only an empty account is closed"):
        await set_account_status(office, cast.arta.number, cast.arta.lek.iban, Status.CLOSED, **WHY)
    assert await status_of(admin, cast.arta.lek) == "active"


async def test_what_was_asked_for_in_another_state_is_not_done(office: Bank, admin: Admin, cast: Cast) -> None:
    account = await open_account(admin, cast.arta.id, 777, Currency.ALL)
    await set_account_status(office, cast.arta.number, account.iban, Status.BLOCKED, **WHY)
    with pytest.raises(NotDone, match="isn't active any more but blocked"):
        await set_account_status(office, cast.arta.number, account.iban, Status.CLOSED, Status.ACTIVE, **WHY)


async def test_somebody_elses_account_is_not_found(office: Bank, admin: Admin, cast: Cast) -> None:
    with pytest.raises(NotDone, match="has no account"):
        await set_account_status(office, cast.arta.number, cast.genti.lek.iban, Status.BLOCKED, **WHY)
    assert await status_of(admin, cast.genti.lek) == "active"


@pytest.mark.requirement("R43")
async def test_the_customer_is_told_in_their_language_and_the_trail_names_no_whole_account(
    office: Bank, admin: Admin, cast: Cast
) -> None:
    await set_account_status(office, cast.arta.number, cast.arta.lek.iban, Status.DORMANT, **WHY)
    told = await admin.fetch("SELECT channel, data->>'status' AS status FROM outbox ORDER BY channel")
    assert [tuple(row) for row in told] == [("email", "e fjetur"), ("sms", "e fjetur")]
    kept = await admin.fetchrow("SELECT actor, data::text AS data FROM audit WHERE action = 'account.status'")
    assert kept["actor"] == "operator:elona"
    assert '"before": "active"' in kept["data"]
    assert cast.arta.lek.iban not in kept["data"]
