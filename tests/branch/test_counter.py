"""Four eyes: what one operator could do harm with is asked for by one and done by another, once."""

import asyncio
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from access.doors import to_code, to_new_password
from cast import Account, Admin, Cast, open_account, told
from conftest import Phones

from dega.access import approvals, factors, register, staff
from dega.access.approvals import NotDone
from dega.access.staff import UserState
from dega.bank import Bank
from dega.branch import counter
from dega.branch.counter import ACTIONS, Asked, Done
from dega.cli.time_travel import TimeMachine
from dega.ids import make_albanian_iban
from dega.money import Currency
from dega.store import factors as store

pytestmark = pytest.mark.requirement("R43")

ELONA = {"operator": "elona", "reason": "asked at the counter"}
DRITAN = {"operator": "dritan", "reason": "saw the identity card"}

EMPTY = make_albanian_iban("299", "1001", "777")
MOBILE = {"mobile": "069 511 2233"}
TWO = {
    "unblock": {},
    "reset": {},
    "close": {},
    "set-mobile": MOBILE,
    "set-email": {"email": "arta@shkodra.al"},
    "remove-factor": {"factor": "6c1e7a52-4a3c-4d57-9a53-0f4f6f3f6d11"},
    "account-status": {"status": "closed"},
}
"""What needs two operators, with what it is asked for here."""

ONE = {
    "block": {},
    "end-sessions": {},
    "set-kshbi": {"version": "3"},
    "set-language": {"chosen": "en"},
    "account-status": {"status": "blocked"},
}


async def ask(office: Bank, cast: Cast, action: str, arguments: dict[str, str]) -> Done | Asked:
    """Elona asks for it, for Arta; about an account it is her empty one."""
    if action == "unblock":
        await staff.block(office, cast.arta.number, **ELONA)
    if action == "remove-factor":
        await add_app(office, cast, arguments["factor"])
    if action == "account-status":
        arguments = {"iban": EMPTY, **arguments}
    return await counter.ask(office, action, cast.arta.number, arguments, **ELONA)


async def add_app(office: Bank, cast: Cast, factor: str) -> None:
    """Arta has an authenticator app."""
    app = store.App(UUID(factor), "a sealed seed", 0)
    async with office.database.transaction() as connection:
        await store.add_app(connection, app, cast.arta.id, "Telefoni im")


async def request_of(office: Bank, cast: Cast, action: str = "set-mobile") -> int:
    asked = await ask(office, cast, action, TWO[action])
    assert isinstance(asked, Asked)
    return asked.request


@pytest.fixture(autouse=True)
async def empty(admin: Admin, cast: Cast) -> Account:
    """Arta has an empty account as well, which may be closed."""
    return await open_account(admin, cast.arta.id, 777, Currency.USD)


def test_every_action_of_the_door_is_in_these_tests() -> None:
    assert set(TWO) | set(ONE) == set(ACTIONS)


@pytest.mark.requirement("R4", "R20", "R21")
@pytest.mark.parametrize("action", TWO)
async def test_what_needs_two_is_done_by_the_second_and_kept_with_both_names(
    office: Bank, cast: Cast, admin: Admin, action: str
) -> None:
    before = await _facts(admin, cast)
    request = await request_of(office, cast, action)
    if action != "unblock":
        assert await _facts(admin, cast) == before
        assert await admin.fetchval("SELECT count(*) FROM outbox") == 0
    assert await counter.approve(office, request, **DRITAN) == Done(True)
    trail = await admin.fetch(
        "SELECT actor, action, data->>'requested_by' AS asker, data->>'reason' AS reason FROM audit"
        " WHERE action IN ('approval.request', 'approval.approve') OR data ? 'requested_by' ORDER BY id"
    )
    assert tuple(trail[0]) == ("operator:elona", "approval.request", None, "asked at the counter")
    assert [(row["actor"], row["asker"], row["reason"]) for row in trail[1:]] == [
        ("operator:dritan", "elona", "saw the identity card")
    ] * 2
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE NOT template LIKE 'access_blocked'") > 0


@pytest.mark.parametrize("action", ONE)
async def test_what_one_may_do_is_done_at_once(office: Bank, cast: Cast, admin: Admin, action: str) -> None:
    assert await ask(office, cast, action, ONE[action]) == Done(True)
    assert await admin.fetchval("SELECT count(*) FROM approval") == 0


async def test_failures_that_are_no_block_yet_one_operator_forgives(office: Bank, bank: Bank, cast: Cast) -> None:
    await to_code(bank, cast.arta.number, "Wrong12345")
    assert await counter.ask(office, "unblock", cast.arta.number, **ELONA) == Done(True)


@pytest.mark.parametrize("name", ["elona", " ELONA ", "e\u200blona", "ｅｌｏｎａ"])
async def test_nobody_approves_their_own_request_however_they_write_their_name(
    office: Bank, cast: Cast, name: str
) -> None:
    request = await request_of(office, cast)
    with pytest.raises(NotDone, match="your own"):
        await counter.approve(office, request, operator=name, reason="it is fine")
    assert (await staff.show(office, cast.arta.number)).customer.mobile == cast.arta.mobile


async def test_the_schema_too_refuses_one_person_for_both(office: Bank, cast: Cast, admin: Admin) -> None:
    request = await request_of(office, cast)
    with pytest.raises(asyncpg.CheckViolationError, match="nobody_approves_what_they_asked_for"):
        await admin.execute(
            "UPDATE approval SET decision = 'approved', decided_by = ' Elona', decided_at = now() WHERE id = $1",
            request,
        )


async def test_twenty_who_approve_at_once_do_it_once(office: Bank, cast: Cast, admin: Admin) -> None:
    request = await request_of(office, cast)
    outcomes = await asyncio.gather(
        *(counter.approve(office, request, operator=f"second{n}", reason="all at once") for n in range(20)),
        return_exceptions=True,
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Done)] == [Done(True)]
    assert all("was approved already" in str(outcome) for outcome in outcomes if not isinstance(outcome, Done))
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'customer.set_mobile'") == 1
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE channel = 'sms'") == 2


async def test_a_request_expires(office: Bank, cast: Cast, machine: TimeMachine) -> None:
    request = await request_of(office, cast)
    await machine.wait(office.config.staff.approval_hours * 3600)
    with pytest.raises(NotDone, match="has expired"):
        await counter.approve(office, request, **DRITAN)
    assert await approvals.waiting(office) == []
    assert await request_of(office, cast) != request


@pytest.mark.parametrize(
    "change",
    [
        lambda office, number: staff.set_mobile(office, number, "069 999 8877", **ELONA),
        lambda office, number: staff.set_email(office, number, "thief@example.org", **ELONA),
        lambda office, number: staff.block(office, number, **ELONA),
        lambda office, number: staff.close(office, number, **ELONA),
    ],
    ids=["mobile", "e-mail", "block", "state"],
)
async def test_a_request_made_before_something_else_changed_is_refused(
    office: Bank, cast: Cast, change: object
) -> None:
    request = await request_of(office, cast, "reset")
    await change(office, cast.arta.number)  # type: ignore[operator]
    before = await staff.show(office, cast.arta.number)
    with pytest.raises(NotDone, match="something has changed"):
        await counter.approve(office, request, **DRITAN)
    assert await staff.show(office, cast.arta.number) == before


async def test_strangers_who_guess_meanwhile_do_not_void_a_request(
    office: Bank, bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    request = await request_of(office, cast)
    for _ in range(3):
        await to_code(bank, cast.arta.number, "Wrong12345")
    assert (await staff.show(office, cast.arta.number)).state is UserState.BLOCKED
    assert await counter.approve(office, request, **DRITAN) == Done(True)
    request = await request_of(office, cast, "reset")
    await machine.wait(16 * 60)
    assert await counter.approve(office, request, **DRITAN) == Done(True)


async def test_a_declined_request_is_never_done(office: Bank, cast: Cast, admin: Admin) -> None:
    request = await request_of(office, cast)
    await approvals.decline(office, request, operator="elona", reason="a slip")
    for again in (counter.approve(office, request, **DRITAN), approvals.decline(office, request, **DRITAN)):
        with pytest.raises(NotDone, match="was declined already, by elona"):
            await again
    with pytest.raises(NotDone, match="no request 999"):
        await counter.approve(office, 999, **DRITAN)
    assert await admin.fetchval("SELECT actor FROM audit WHERE action = 'approval.decline'") == "operator:elona"


async def test_a_lost_app_leaves_after_its_time_and_another_ones_is_not_found(
    office: Bank, bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    request = await request_of(office, cast, "remove-factor")
    (asked,) = await approvals.waiting(office)
    assert asked.shown == "app “Telefoni im”, added 23.11.2026 10:00"
    with pytest.raises(NotDone, match="has no factor"):
        await counter.ask(office, "remove-factor", cast.genti.number, TWO["remove-factor"], **ELONA)
    await counter.approve(office, request, **DRITAN)
    assert [factor.leaves_at is None for factor in await factors.mine(bank, cast.arta.id)] == [False]
    await machine.wait(bank.config.access.cooling_hours * 3600)
    assert await factors.mine(bank, cast.arta.id) == []


async def test_the_same_is_not_asked_for_twice(office: Bank, cast: Cast) -> None:
    await request_of(office, cast)
    with pytest.raises(NotDone, match="asked for already"):
        await request_of(office, cast)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("unblock", {}),
        ("set-mobile", {"mobile": "04 226 6288"}),
        ("set-mobile", {"mobile": "+355692003001"}),
        ("set-email", {"email": "nothing"}),
        ("set-email", {"email": "c1@example.org"}),
        ("account-status", {"iban": "AL00", "status": "closed"}),
    ],
)
async def test_what_can_not_be_is_refused_before_a_second_operator_is_troubled(
    office: Bank, cast: Cast, admin: Admin, action: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(NotDone):
        await counter.ask(office, action, cast.arta.number, arguments, **ELONA)
    for state in ("reset", "close"):
        with pytest.raises(NotDone, match="not registered"):
            await counter.ask(office, state, cast.elira.number, **ELONA)
    assert await admin.fetchval("SELECT count(*) FROM approval") == 0


async def test_a_phone_number_waits_sealed_and_is_forgotten_with_the_decision(
    office: Bank, cast: Cast, admin: Admin
) -> None:
    request = await request_of(office, cast)
    kept = await admin.fetchrow("SELECT arguments, shown, approval::text AS whole FROM approval")
    assert kept["shown"] == "+355 69 *** **01 → +355 69 *** **33"
    assert "695112233" not in kept["whole"]
    await counter.approve(office, request, **DRITAN)
    assert await admin.fetchval("SELECT arguments FROM approval") == ""


async def test_the_configuration_may_ask_for_a_second_operator_where_the_bank_does_not(
    office: Bank, cast: Cast, admin: Admin
) -> None:
    strict = replace(office, config=replace(office.config, staff=replace(office.config.staff, two_operators=["block"])))
    asked = await counter.ask(strict, "block", cast.arta.number, **ELONA)
    assert isinstance(asked, Asked)
    assert (await staff.show(office, cast.arta.number)).state is UserState.ACTIVE
    await counter.approve(strict, asked.request, **DRITAN)
    assert (await staff.show(office, cast.arta.number)).state is UserState.BLOCKED
    data = await admin.fetchval("SELECT data->>'requested_by' FROM audit WHERE action = 'access.block'")
    assert data == "elona"


async def test_the_web_process_neither_sees_nor_decides_what_operators_ask(bank: Bank, cast: Cast) -> None:
    async with bank.database.connection() as connection:
        for statement in ("SELECT * FROM approval", "UPDATE approval SET decision = 'approved'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


@pytest.mark.requirement("R21")
async def test_a_forgotten_password_ends_in_a_new_one_by_a_code_to_the_declared_phone(
    office: Bank, bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    await counter.approve(office, await request_of(office, cast, "reset"), **DRITAN)
    assert await told(office, admin) == [
        ("sms", cast.arta.mobile, "access_reset"),
        ("email", "c1@example.org", "access_reset"),
    ]
    sent = len(phones.sent)
    await to_code(bank, cast.arta.number)
    assert len(phones.sent) == sent
    session = await to_new_password(bank, phones, cast.arta.number)
    assert phones.sent[-1][0] == cast.arta.mobile
    await register.choose_password(bank, session, "Lumi sjell 3 gurë", "Lumi sjell 3 gurë", register.Client("", "", ""))
    assert (await staff.show(office, cast.arta.number)).state is UserState.ACTIVE


async def _facts(admin: Admin, cast: Cast) -> list[asyncpg.Record]:
    return await admin.fetch(
        "SELECT c.mobile, c.email, u.state, (SELECT string_agg(status, ' ' ORDER BY id) FROM account"
        " WHERE customer_id = c.id) FROM customer c JOIN internet_user u ON u.customer_id = c.id WHERE c.id = $1",
        cast.arta.id,
    )
