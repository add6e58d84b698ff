"""Factors are named and removed by their owners: slowly, where nothing but SMS would be left."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from access.apps import (
    add_app,
    confirm_by_app,
    confirm_on_paper,
    enter_by_app,
    give_passkey,
    let_leave,
    told,
    trail,
)
from access.doors import HOME, last_code, to_code
from cast import Admin, Cast
from conftest import Phones

from dega.access import factors, login, methods, staff
from dega.access.changes import FACTOR_REMOVE, FACTOR_RENAME, Change
from dega.access.methods import Method
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    FactorNameMissing,
    NotFound,
    SignInFailed,
    SignInNeeded,
    StepUpNeeded,
    TextTooLong,
)
from dega.store import factors as store


async def test_the_last_factor_leaves_only_after_a_day_and_still_counts_until_then(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await admin.execute("DELETE FROM outbox")
    session, leaves_at = await let_leave(bank, telephone, session, machine)
    assert timedelta(hours=23, minutes=59) < leaves_at - bank.clock.now() <= timedelta(hours=24)
    assert await told(admin) == {("factor_leaves", "sms"): 1, ("factor_leaves", "email"): 1}
    phones.sent.clear()
    await machine.travel_to(leaves_at - timedelta(minutes=1))
    await enter_by_app(bank, telephone, cast.arta.number)
    assert phones.sent == []
    await machine.travel_to(leaves_at)
    assert await methods.method_of(bank, cast.arta.id) is Method.SMS
    session = await to_code(bank, cast.arta.number)
    for old in (telephone.code(), telephone.paper[0]):
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, old, HOME)
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


async def test_a_removal_can_be_undone_while_the_factor_still_counts(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    (factor,) = await factors.mine(bank, cast.arta.id)
    with pytest.raises(NotFound):
        await factors.keep(bank, session, factor.id, HOME)
    session, leaves_at = await let_leave(bank, telephone, session, machine)
    session = await factors.keep(bank, session, factor.id, HOME)
    assert [each.leaves_at for each in await factors.mine(bank, cast.arta.id)] == [None]
    await machine.travel_to(leaves_at + timedelta(days=1))
    assert await methods.method_of(bank, cast.arta.id) is Method.APP
    assert (await told(admin))[("factor_kept", "sms")] == 1
    assert await trail(admin, "factor.leave", "factor.keep") == ["factor.leave", "factor.keep"]


async def test_after_its_time_a_removal_can_not_be_undone_and_the_night_wipes_the_seed(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    session, leaves_at = await let_leave(bank, telephone, session, machine)
    factor_id = await admin.fetchval("SELECT id FROM factor")
    await machine.travel_to(leaves_at)
    with pytest.raises(NotFound):
        await factors.keep(bank, session, factor_id, HOME)
    async with bank.database.transaction() as connection:
        assert await store.let_leave(connection) == 1
        assert await store.let_leave(connection) == 0
    row = await admin.fetchrow("SELECT sealed_seed, removed_at FROM factor")
    assert tuple(row) == (None, leaves_at)


async def test_where_another_factor_stays_one_is_removed_at_once_and_told(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await give_passkey(admin, cast.arta.id)
    (app,) = [factor for factor in await factors.mine(bank, cast.arta.id) if factor.kind == "app"]
    session = await confirm_on_paper(bank, telephone.paper[0], session, Change(FACTOR_REMOVE, str(app.id)))
    session, leaves_at = await factors.remove(bank, session, app.id, HOME)
    assert leaves_at is None
    assert await methods.method_of(bank, cast.arta.id) is Method.PASSKEY
    assert (await told(admin))[("factor_removed", "email")] == 1
    assert await admin.fetchval("SELECT sealed_seed FROM factor WHERE kind = 'app'") is None


async def test_the_last_passkey_leaves_only_after_a_day_though_an_app_stays(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await give_passkey(admin, cast.arta.id)
    (passkey,) = [factor for factor in await factors.mine(bank, cast.arta.id) if factor.kind == "passkey"]
    session = await confirm_on_paper(bank, telephone.paper[0], session, Change(FACTOR_REMOVE, str(passkey.id)))
    session, leaves_at = await factors.remove(bank, session, passkey.id, HOME)
    assert leaves_at is not None, "or payments to others would be confirmed by SMS from now on"
    assert (await told(admin))[("factor_leaves", "sms")] == 1
    await machine.travel_to(leaves_at - timedelta(minutes=1))
    assert await methods.method_of(bank, cast.arta.id) is Method.PASSKEY
    await machine.travel_to(leaves_at)
    assert await methods.method_of(bank, cast.arta.id) is Method.APP


async def test_two_factors_removed_at_the_same_moment_do_not_let_sms_in_at_once(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await give_passkey(admin, cast.arta.id)
    doors = []
    for place, factor in enumerate(await factors.mine(bank, cast.arta.id)):
        change = Change(FACTOR_REMOVE, str(factor.id))
        doors.append((await confirm_on_paper(bank, telephone.paper[place], session, change), factor.id))
    outcomes = await asyncio.gather(
        *(factors.remove(bank, door, factor_id, HOME) for door, factor_id in doors), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(SignInNeeded) == 1
    assert await methods.method_of(bank, cast.arta.id) is not Method.SMS


async def test_staff_remove_a_lost_factor_as_slowly_as_its_owner(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    await add_app(bank, phones, cast.arta.number)
    (app,) = await factors.mine(bank, cast.arta.id)
    why = {"operator": "elona", "reason": "lost phone, seen with identity card"}
    leaves_at = await staff.remove_factor(bank, cast.arta.number, app.id, **why)
    assert await methods.method_of(bank, cast.arta.id) is Method.APP
    with pytest.raises(staff.NotDone):
        await staff.remove_factor(bank, cast.arta.number, app.id, **why)
    with pytest.raises(staff.NotDone):
        await staff.remove_factor(bank, cast.besnik.number, app.id, **why)
    assert (await told(admin))[("factor_leaves", "sms")] == 1
    kept = await admin.fetchrow("SELECT actor, data->>'reason' AS reason FROM audit WHERE action = 'factor.leave'")
    assert tuple(kept) == ("operator:elona", why["reason"])
    await machine.travel_to(leaves_at)
    assert await methods.method_of(bank, cast.arta.id) is Method.SMS


@pytest.mark.refusal("factor_name_missing")
async def test_a_factor_has_the_name_that_its_owner_gives_it(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number, "  Celulari   i punës ")
    (app,) = await factors.mine(bank, cast.arta.id)
    assert app.name == "Celulari i punës"
    change = Change(FACTOR_RENAME, str(app.id))
    await machine.wait(30)
    for name, refusal in (("", FactorNameMissing), ("\u200b", FactorNameMissing), ("x" * 41, TextTooLong)):
        with pytest.raises(refusal):
            await factors.rename(bank, session, app.id, name, HOME)
    with pytest.raises(StepUpNeeded):
        await factors.rename(bank, session, app.id, "Tableti", HOME)
    session = await confirm_by_app(bank, telephone, session, change)
    await factors.rename(bank, session, app.id, "Tableti", HOME)
    assert [factor.name for factor in await factors.mine(bank, cast.arta.id)] == ["Tableti"]
    assert await trail(admin, "factor.rename") == ["factor.rename"]


async def test_nobody_touches_the_factors_of_others(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await add_app(bank, phones, cast.arta.number)
    (artas,) = await factors.mine(bank, cast.arta.id)
    session, telephone = await add_app(bank, phones, cast.besnik.number)
    await machine.wait(30)
    session = await confirm_by_app(bank, telephone, session, Change(FACTOR_REMOVE, str(artas.id)))
    with pytest.raises(NotFound):
        await factors.remove(bank, session, artas.id, HOME)
    with pytest.raises(NotFound):
        await factors.one_of_mine(bank, cast.besnik.id, artas.id)
    assert await methods.method_of(bank, cast.arta.id) is Method.APP


async def test_a_reset_password_does_not_bring_sms_back(bank: Bank, cast: Cast, phones: Phones) -> None:
    await add_app(bank, phones, cast.arta.number)
    await staff.reset(bank, cast.arta.number, operator="elona", reason="forgot")
    assert await methods.method_of(bank, cast.arta.id) is Method.APP


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE factor SET last_step = last_step - 1",
        "UPDATE recovery_code SET used_at = NULL",
        "UPDATE factor SET usable_from = bank_clock() + interval '1 day'",
        "UPDATE factor SET customer_id = customer_id",
        "UPDATE factor SET public_key = ''::bytea",
        "DELETE FROM factor",
        "DELETE FROM recovery_code",
        "UPDATE recovery_code SET hash = hash",
    ],
)
async def test_the_database_refuses_to_bring_back_what_is_used_up(
    bank: Bank, cast: Cast, phones: Phones, statement: str
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await login.give_code(bank, await to_code(bank, cast.arta.number), telephone.paper[0], HOME)
    async with bank.database.connection() as connection:
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
            await connection.execute(statement)


async def test_the_schema_keeps_one_app_a_customer_with_a_seed_until_it_is_removed(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    await add_app(bank, phones, cast.arta.number)
    with pytest.raises(asyncpg.CheckViolationError, match="an_app_has_its_seed_until_it_is_removed"):
        await admin.execute("UPDATE factor SET removed_at = bank_clock()")
    again = "INSERT INTO factor SELECT gen_random_uuid(), customer_id, kind, name, added_at, usable_from, NULL, NULL, NULL, 'x', 1 FROM factor"  # noqa: E501
    with pytest.raises(asyncpg.UniqueViolationError, match="a_customer_has_one_app"):
        await admin.execute(again)
