"""Stepping up: a proof by the strongest factor, for one change, for two minutes, once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from access.apps import add_app, confirm_by_app, confirm_on_paper, give_passkey
from access.doors import HOME, another, enter, last_code, to_code
from access.watching import lose_valkey
from cast import Admin, Cast
from conftest import Phones

from dega.access import changes, devices, factors, login, sessions, stepup
from dega.access.changes import APP_ADD, FACTOR_REMOVE, FACTOR_RENAME, RECOVERY_NEW, Change
from dega.access.sessions import Session
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    AppCodeUsed,
    CodeExpired,
    CodeNotSent,
    CodeShape,
    CodeWrong,
    NotFound,
    ProofShape,
    SignInFailed,
    SignInNeeded,
    StepUpNeeded,
    UserBlocked,
)

ADD = Change(APP_ADD)
RECOVERY = Change(RECOVERY_NEW)


async def _begin_app(bank: Bank, session: Session) -> Session:
    return await factors.begin_app(bank, session, "Telefoni im")


async def test_without_a_factor_the_proof_is_a_code_by_sms_that_says_what_for(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    session = await stepup.ask(bank, await enter(bank, phones, cast.arta.number), ADD)
    assert phones.sent[-1][1].startswith("DEGA VERIFIKIM I RI (aplikacion): kodi ")
    with pytest.raises(CodeShape):
        await stepup.answer(bank, session, "123456", HOME)
    with pytest.raises(CodeWrong):
        await stepup.answer(bank, session, another(last_code(phones)), HOME)
    with pytest.raises(StepUpNeeded):
        await _begin_app(bank, session)
    session = await stepup.answer(bank, session, last_code(phones), HOME)
    assert stepup.is_given(bank, session, ADD)
    await _begin_app(bank, session)
    outcomes = await admin.fetch("SELECT outcome FROM audit WHERE action = 'step_up' ORDER BY id")
    assert [row["outcome"] for row in outcomes] == ["code_shape", "code_wrong", "done"]


@pytest.mark.parametrize("change", [RECOVERY, Change(FACTOR_REMOVE, "x"), Change(FACTOR_RENAME, "x")])
async def test_without_a_factor_no_code_is_sent_for_changing_one(
    bank: Bank, cast: Cast, phones: Phones, change: Change
) -> None:
    session = await enter(bank, phones, cast.arta.number)
    before = len(phones.sent)
    with pytest.raises(NotFound):
        await stepup.ask(bank, session, change)
    assert len(phones.sent) == before


async def test_with_an_app_nothing_is_sent_and_only_its_code_or_a_recovery_code_is_taken(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    phones.sent.clear()
    session = await stepup.ask(bank, session, RECOVERY)
    assert phones.sent == []
    with pytest.raises(ProofShape):
        await stepup.answer(bank, session, "1234567", HOME)
    with pytest.raises(CodeWrong):
        await stepup.answer(bank, session, "12345678", HOME)
    await machine.wait(30)
    session = await stepup.answer(bank, session, telephone.code(), HOME)
    _, codes = await factors.new_recovery_codes(bank, session, HOME)
    assert len(codes) == 10


async def test_a_proof_for_one_change_is_good_for_no_other(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    (app,) = await factors.mine(bank, cast.arta.id)
    await machine.wait(30)
    proven = await confirm_by_app(bank, telephone, session, Change(FACTOR_RENAME, str(app.id)))
    others: list[Callable[[Session], Awaitable[object]]] = [
        lambda session: factors.remove(bank, session, app.id, HOME),
        lambda session: factors.new_recovery_codes(bank, session, HOME),
        lambda session: _begin_app(bank, session),
    ]
    for other in others:
        with pytest.raises(StepUpNeeded):
            await other(proven)
    forged = await sessions.keep(bank, proven, stepup_change=Change(FACTOR_REMOVE, str(app.id)).reference)
    with pytest.raises(StepUpNeeded):
        await factors.remove(bank, forged, app.id, HOME)
    assert [factor.leaves_at for factor in await factors.mine(bank, cast.arta.id)] == [None]


@pytest.mark.parametrize(("seconds", "good"), [(119, True), (120, False)])
async def test_a_proof_stands_for_two_minutes(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, seconds: int, good: bool
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await confirm_by_app(bank, telephone, session, RECOVERY)
    await machine.wait(seconds - 0.9 if good else seconds)
    if good:
        await factors.new_recovery_codes(bank, session, HOME)
        return
    for stubborn in (session, await sessions.keep(bank, session, stepup_until="9999999999")):
        with pytest.raises(StepUpNeeded):
            await factors.new_recovery_codes(bank, stubborn, HOME)


async def test_a_proof_is_good_once_also_at_the_same_moment(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await confirm_by_app(bank, telephone, session, ADD)
    outcomes = await asyncio.gather(*(_begin_app(bank, session) for _ in range(20)), return_exceptions=True)
    assert len([outcome for outcome in outcomes if isinstance(outcome, Session)]) == 1
    assert {type(outcome) for outcome in outcomes} == {Session, StepUpNeeded}


async def test_a_code_that_agreed_to_a_change_does_not_agree_to_it_again(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    session = await stepup.ask(bank, await enter(bank, phones, cast.arta.number), ADD)
    proven = await stepup.answer(bank, session, last_code(phones), HOME)
    await _begin_app(bank, proven)
    facts = stepup.under_way(session)
    assert facts is not None
    again = await stepup.answer(bank, await sessions.keep(bank, session, **facts.facts), last_code(phones), HOME)
    with pytest.raises(StepUpNeeded):
        await _begin_app(bank, again)


@pytest.mark.refusal("app_code_used")
async def test_a_code_that_the_app_showed_before_is_no_proof_and_no_failure(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    session = await stepup.ask(bank, session, RECOVERY)
    for _ in range(5):
        with pytest.raises(AppCodeUsed):
            await stepup.answer(bank, session, telephone.code(), HOME)
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) == 0
    await machine.wait(30)
    assert stepup.is_given(bank, await stepup.answer(bank, session, telephone.code(), HOME), RECOVERY)


async def test_wrong_codes_of_a_change_block_like_all_others(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    session = await stepup.ask(bank, session, RECOVERY)
    for refusal in (CodeWrong, CodeWrong, UserBlocked):
        with pytest.raises(refusal):
            await stepup.answer(bank, session, telephone.wrong, HOME)
    await machine.wait(30)
    with pytest.raises(UserBlocked):
        await stepup.answer(bank, session, telephone.code(), HOME)


async def test_the_bank_asks_for_the_strongest_factor(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await give_passkey(admin, cast.arta.id)
    await machine.wait(30)
    with pytest.raises(CodeWrong):
        await confirm_by_app(bank, telephone, session, RECOVERY)
    session = await confirm_on_paper(bank, telephone.paper[0], session, RECOVERY)
    assert stepup.is_given(bank, session, RECOVERY)


async def test_a_code_for_logging_in_is_no_proof_for_a_change(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await stepup.ask(bank, await enter(bank, phones, cast.arta.number), ADD)
    of_change = last_code(phones)
    at_the_door = await to_code(bank, cast.arta.number)
    of_login = last_code(phones)
    with pytest.raises(CodeWrong):
        await stepup.answer(bank, session, of_login + "00", HOME)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, at_the_door, of_change[:6], HOME)


async def test_a_proof_asked_for_twice_is_one_code_until_another_is_asked_for(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await stepup.ask(bank, await enter(bank, phones, cast.arta.number), ADD)
    session = await stepup.ask(bank, session, ADD)
    assert len(phones.sent) == 2  # one to log in, one for the change
    await machine.wait(30)
    old = last_code(phones)
    session = await stepup.resend(bank, session)
    if last_code(phones) != old:
        with pytest.raises(CodeWrong):
            await stepup.answer(bank, session, old, HOME)
    assert stepup.is_given(bank, await stepup.answer(bank, session, last_code(phones), HOME), ADD)


async def test_a_code_for_a_change_that_never_left_says_so(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    phones.reachable = False
    session = await stepup.ask(bank, session, ADD)
    await asyncio.gather(*phones.tasks)
    with pytest.raises(CodeNotSent):
        await stepup.answer(bank, session, "12345678", HOME)


async def test_with_valkey_lost_there_is_no_proof(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await stepup.ask(bank, await enter(bank, phones, cast.arta.number), ADD)
    code = last_code(phones)
    await lose_valkey(bank)
    with pytest.raises(CodeExpired):
        await stepup.answer(bank, session, code, HOME)


async def test_a_session_that_was_ended_changes_nothing(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    session = await confirm_by_app(bank, telephone, session, RECOVERY)
    await devices.end_all(bank, session, HOME)
    with pytest.raises(SignInNeeded):
        await factors.new_recovery_codes(bank, session, HOME)


@pytest.mark.parametrize(
    ("key", "of"),
    [
        ("", ""),
        ("nothing", ""),
        ("app-add", "x"),
        ("factor-remove", ""),
        ("factor-remove", "a b"),
        ("factor-remove", "x" * 101),
    ],
)
def test_only_the_changes_of_the_list_can_be_asked_for(key: str, of: str) -> None:
    with pytest.raises(NotFound):
        changes.read(key, of)
