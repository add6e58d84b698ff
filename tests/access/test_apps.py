"""Authenticator apps: what logs in by them, once, and what doesn't any more."""

import asyncio
import random

import pytest
from access.apps import (
    add_app,
    begin,
    begin_another,
    enter_by_app,
    told,
    trail,
)
from access.doors import HOME, enter, last_code, to_code
from access.watching import generous, lose_valkey
from cast import Admin, Cast
from conftest import Phones

from dega.access import factors, login, methods, proofs, sessions, totp
from dega.access.methods import Method
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    AppCodeWrong,
    CodeMissing,
    CodeSpent,
    SignInFailed,
    StepUpNeeded,
    UserBlocked,
)


async def test_an_app_logs_in_from_the_moment_on_in_which_it_is_added(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    assert await methods.method_of(bank, cast.arta.id) is Method.SMS
    session, telephone = await add_app(bank, phones, cast.arta.number)
    assert (session.level, await methods.method_of(bank, cast.arta.id)) == (Level.FULL, Method.APP)
    sent = len(phones.sent)
    await machine.wait(30)
    entered = await enter_by_app(bank, telephone, cast.arta.number)
    assert (entered.level, entered.customer_id) == (Level.FULL, cast.arta.id)
    assert len(phones.sent) == sent
    assert await told(admin) == {("factor_added", "sms"): 1, ("factor_added", "email"): 1}
    assert await trail(admin, "step_up", "factor.add") == ["step_up", "factor.add"]


async def test_adding_an_app_ends_other_sessions_and_logins_under_way(bank: Bank, cast: Cast, phones: Phones) -> None:
    under_way = await to_code(bank, cast.arta.number)
    code_of_sms = last_code(phones)
    session, _ = await add_app(bank, phones, cast.arta.number)
    assert await sessions.still_good(bank, session)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, under_way, code_of_sms, HOME)


async def test_with_an_app_no_code_is_sent_or_taken_by_sms_not_even_when_asked_for_again(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await add_app(bank, phones, cast.arta.number)
    phones.sent.clear()
    session = await to_code(bank, cast.arta.number)
    await machine.wait(30)
    await login.resend(bank, session)
    assert phones.sent == []


async def test_without_an_sms_service_apps_still_log_in(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    phones.reachable = False
    await machine.wait(30)
    assert (await enter_by_app(bank, telephone, cast.arta.number)).level is Level.FULL


async def test_a_code_of_the_app_logs_in_once(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    with pytest.raises(SignInFailed):  # the code that proved the app when it was added
        await enter_by_app(bank, telephone, cast.arta.number)
    await machine.wait(30)
    await enter_by_app(bank, telephone, cast.arta.number)
    with pytest.raises(SignInFailed):
        await enter_by_app(bank, telephone, cast.arta.number)


async def test_fifty_logins_at_once_by_one_code_of_the_app_are_one_login(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    bank = generous(bank)
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    at_the_door = []
    for _ in range(50):
        at_the_door.append(await to_code(bank, cast.arta.number))
        await admin.execute("UPDATE lockout SET failures = 0")
    code = telephone.code()
    outcomes = await asyncio.gather(
        *(login.give_code(bank, session, code, HOME) for session in at_the_door), return_exceptions=True
    )
    assert len([outcome for outcome in outcomes if isinstance(outcome, Session)]) == 1
    assert {type(outcome) for outcome in outcomes} <= {Session, CodeSpent, SignInFailed, UserBlocked}
    assert await admin.fetchval("SELECT count(*) FROM sign_in WHERE succeeded") == 2  # by SMS before, by the app now


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_telephone_may_be_half_a_minute_wrong_and_no_more(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, steps: int, taken: bool
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(300)
    session = await to_code(bank, cast.arta.number)
    if taken:
        assert (await login.give_code(bank, session, telephone.code(steps), HOME)).level is Level.FULL
    else:
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, telephone.code(steps), HOME)


async def test_after_a_code_of_a_fast_telephone_the_earlier_ones_are_void(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(300)
    await login.give_code(bank, await to_code(bank, cast.arta.number), telephone.code(1), HOME)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.arta.number), telephone.code(), HOME)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_typed_in_whatever_order_each_step_is_taken_once_and_forwards(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, seed: int
) -> None:
    chance = random.Random(seed)
    _, telephone = await add_app(bank, phones, cast.arta.number)
    last = totp.step_of(bank.clock.now().timestamp())
    for _ in range(60):
        await machine.wait(chance.choice([0, 0, 30, 60]))
        offset = chance.randint(-3, 3)
        step = totp.step_of(bank.clock.now().timestamp()) + offset
        proof = await proofs.match(bank, cast.arta.id, telephone.code(offset))
        expected = abs(offset) <= 1 and step > last
        assert proof.fits is expected
        async with bank.database.transaction() as connection:
            assert await proofs.use(connection, bank, proof, HOME) is expected
            assert not await proofs.use(connection, bank, proof, HOME)
        last = step if expected else last


async def test_used_codes_stay_used_when_valkey_is_lost(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    await enter_by_app(bank, telephone, cast.arta.number)
    await lose_valkey(bank)
    with pytest.raises(SignInFailed):
        await enter_by_app(bank, telephone, cast.arta.number)


async def test_three_wrong_codes_block_with_an_app_as_without_one(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await to_code(bank, cast.arta.number)
    for refusal in (SignInFailed, SignInFailed, UserBlocked):
        with pytest.raises(refusal):
            await login.give_code(bank, session, telephone.wrong, HOME)
    with pytest.raises(UserBlocked):
        await login.give_code(bank, session, telephone.code(), HOME)


async def test_of_a_hundred_guesses_at_once_three_are_evaluated(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await to_code(bank, cast.arta.number)
    guesses = [telephone.wrong] * 99 + [telephone.code()]
    await asyncio.gather(*(login.give_code(bank, session, code, HOME) for code in guesses), return_exceptions=True)
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) <= 3


async def test_a_seed_opens_in_no_other_row(bank: Bank, cast: Cast, phones: Phones, admin: Admin) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await add_app(bank, phones, cast.besnik.number)
    moved = (
        "UPDATE factor SET sealed_seed = (SELECT sealed_seed FROM factor WHERE customer_id = $1) WHERE customer_id = $2"
    )
    await admin.execute(moved, cast.arta.id, cast.besnik.id)
    with pytest.raises(Exception, match="doesn't hold what was sealed there"):
        await login.give_code(bank, await to_code(bank, cast.besnik.number), telephone.code(1), HOME)


@pytest.mark.refusal("app_code_wrong", "step_up_needed")
async def test_an_app_counts_only_once_its_first_code_was_right(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    with pytest.raises(StepUpNeeded):
        await factors.finish_app(bank, session, "123456", HOME)
    _, telephone = await add_app(bank, phones, cast.besnik.number)
    session, gentis = await begin(bank, phones, await enter(bank, phones, cast.genti.number))
    for _ in range(5):
        with pytest.raises(AppCodeWrong):
            await factors.finish_app(bank, session, telephone.code(), HOME)
    with pytest.raises(CodeMissing):
        await factors.finish_app(bank, session, " ", HOME)
    assert await methods.method_of(bank, cast.genti.id) is Method.SMS
    await factors.finish_app(bank, session, gentis.code(), HOME)
    assert await methods.method_of(bank, cast.genti.id) is Method.APP


async def test_another_app_takes_the_place_of_the_one_before_at_once_and_its_seed_is_wiped(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    session, other = await begin_another(bank, telephone, session, machine)
    session, codes = await factors.finish_app(bank, session, other.code(), HOME)
    assert codes == []  # those on paper go on
    assert [factor.name for factor in await factors.mine(bank, cast.arta.id)] == ["Telefoni i ri"]
    gone = await admin.fetchrow("SELECT * FROM factor WHERE name = 'Telefoni im'")
    assert (gone["sealed_seed"], gone["removed_at"] is not None) == (None, True)
    await machine.wait(60)
    with pytest.raises(SignInFailed):
        await enter_by_app(bank, telephone, cast.arta.number)
    assert await trail(admin, "factor.add", "factor.remove") == ["factor.add", "factor.remove", "factor.add"]
