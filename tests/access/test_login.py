"""Logging in: number, password, one-time code, in this order only."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from access.doors import HOME, another, enter, kept, last_code, to_code
from cast import PASSWORD, Cast
from conftest import MONDAY_MORNING, Phones

from dega.access import lockout, login, otp, sessions
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    CodeExpired,
    CodeMissing,
    CodeSpent,
    CustomerNumberMissing,
    CustomerNumberShape,
    PasswordMissing,
    ProofShape,
    Refusal,
    ResendTooSoon,
    SignInFailed,
    SignInNeeded,
    TooManyCodes,
)
from dega.ids import is_gsm7


@pytest.mark.requirement("R14", "R15", "R16")
async def test_number_password_and_code_log_in(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, cast.arta.number)
    assert session.level is Level.FULL
    assert (session.customer_id, session.customer_number, session.name) == (cast.arta.id, cast.arta.number, "Arta Kola")
    assert await sessions.load(bank, session.id) == kept(session)


async def test_the_personal_number_stands_in_for_the_customer_number(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await enter(bank, phones, " j61023041k ")
    assert (session.customer_id, session.customer_number) == (cast.arta.id, cast.arta.number)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", CustomerNumberMissing),
        (" \t", CustomerNumberMissing),
        ("10020030", CustomerNumberShape),
        ("1002003011", CustomerNumberShape),
        ("arta", CustomerNumberShape),
        ("١٠٠٢٠٠٣٠١", CustomerNumberShape),
    ],
)
@pytest.mark.refusal("customer_number_missing", "customer_number_shape")
async def test_what_is_no_number_is_sent_back(bank: Bank, cast: Cast, typed: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as caught:
        await login.give_number(bank, typed, HOME)
    assert caught.value.field == "customer_number"


@pytest.mark.requirement("R14")
async def test_no_step_can_be_left_out(bank: Bank, cast: Cast, phones: Phones) -> None:
    number_given = await login.give_number(bank, cast.arta.number, HOME)
    with pytest.raises(SignInNeeded):
        await login.give_code(bank, number_given, "123456", HOME)
    password_given = await to_code(bank, cast.arta.number)
    with pytest.raises(SignInNeeded):
        await login.give_password(bank, password_given, "again", HOME)


@pytest.mark.requirement("R16")
async def test_each_accepted_password_sends_one_sms_to_the_registered_phone(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    await to_code(bank, cast.arta.number)
    await to_code(bank, cast.besnik.number, "Wrong12345")
    assert [mobile for mobile, _ in phones.sent] == [cast.arta.mobile]


@pytest.mark.requirement("R27")
async def test_the_sms_says_what_it_is_for_and_what_to_do_if_it_wasnt_you(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    await to_code(bank, cast.arta.number)
    text = phones.sent[0][1]
    assert text.startswith("DEGA HYRJE: kodi ")
    assert "Nuk e kerkuat? Ndryshoni fjalekalimin dhe telefononi +35542266288." in text
    assert is_gsm7(text)
    assert len(text) <= 160


@pytest.mark.requirement("R15")
@pytest.mark.refusal("sign_in_failed", "password_missing")
async def test_a_wrong_password_and_a_wrong_code_end_in_the_same_sentence(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    wrong_password = await to_code(bank, cast.besnik.number, "Wrong12345")
    with pytest.raises(SignInFailed):
        await login.give_code(bank, wrong_password, "123456", HOME)
    wrong_code = await to_code(bank, cast.arta.number)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, wrong_code, another(last_code(phones)), HOME)
    with pytest.raises(PasswordMissing):
        await to_code(bank, cast.arta.number, "")


@pytest.mark.refusal("code_missing", "proof_shape")
@pytest.mark.parametrize(
    ("typed", "refusal"),
    [("", CodeMissing), ("  ", CodeMissing), ("12345", ProofShape), ("1234567", ProofShape), ("12345a", ProofShape)],
)
async def test_what_is_no_code_costs_no_try(
    bank: Bank, cast: Cast, phones: Phones, typed: str, refusal: type[Refusal]
) -> None:
    session = await to_code(bank, cast.arta.number)
    for _ in range(5):
        with pytest.raises(refusal):
            await login.give_code(bank, session, typed, HOME)
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


async def test_a_code_may_be_typed_with_spaces(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await to_code(bank, cast.arta.number)
    code = last_code(phones)
    assert (await login.give_code(bank, session, f" {code[:3]} {code[3:]} ", HOME)).level is Level.FULL


@pytest.mark.requirement("R16")
async def test_a_code_belongs_to_its_attempt(bank: Bank, cast: Cast, phones: Phones) -> None:
    first = await to_code(bank, cast.arta.number)
    code_of_first = last_code(phones)
    second = await to_code(bank, cast.arta.number)
    besnik = await to_code(bank, cast.besnik.number)
    for session in (second, besnik):
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, code_of_first, HOME)
    assert (await login.give_code(bank, first, code_of_first, HOME)).customer_id == cast.arta.id


@pytest.mark.requirement("R16")
async def test_sixty_submissions_of_the_right_code_at_once_are_one_login(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    session = await to_code(bank, cast.arta.number)
    code = last_code(phones)
    outcomes = await asyncio.gather(
        *(login.give_code(bank, session, code, HOME) for _ in range(60)), return_exceptions=True
    )
    entered = [outcome for outcome in outcomes if isinstance(outcome, sessions.Session)]
    assert len(entered) == 1
    assert {type(outcome) for outcome in outcomes} == {sessions.Session, CodeSpent}
    assert await sessions.load(bank, entered[0].id) == kept(entered[0])
    assert await admin.fetchval("SELECT count(*) FROM sign_in WHERE succeeded") == 1


async def test_a_used_code_stays_used_when_valkey_is_set_back(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await to_code(bank, cast.arta.number)
    code = last_code(phones)
    key = await _only_key(bank, "code:*")
    before = await bank.cache.command("DUMP", key)
    await login.give_code(bank, session, code, HOME)
    await bank.cache.command("RESTORE", key, 0, before, "REPLACE")
    again = await sessions.start(
        bank, Level.CODE, customer_number=cast.arta.number, client=HOME, facts=dict(session.facts)
    )
    with pytest.raises(CodeSpent):
        await login.give_code(bank, again, code, HOME)


@pytest.mark.requirement("R17")
@pytest.mark.refusal("code_expired")
@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (119, True), (120, False), (300, False)])
async def test_a_code_lives_for_120_seconds(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, seconds: int, accepted: bool
) -> None:
    bank = _with_longer_sessions(bank)
    session = await to_code(bank, cast.arta.number)
    await machine.wait(seconds - 0.5 if accepted and seconds else seconds)
    if accepted:
        assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL
        return
    for _ in range(5):
        with pytest.raises(CodeExpired):
            await login.give_code(bank, session, last_code(phones), HOME)


@pytest.mark.requirement("R17", "R18")
@pytest.mark.refusal("resend_too_soon")
async def test_an_expired_code_is_replaced_by_another(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await to_code(bank, cast.arta.number)
    with pytest.raises(ResendTooSoon) as caught:
        await login.resend(bank, session)
    assert caught.value.values == {"seconds": 30}
    await machine.wait(130)
    session = await login.resend(bank, session)
    await machine.wait(110)
    assert len(phones.sent) == 2
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


@pytest.mark.requirement("R18")
async def test_the_code_that_was_replaced_is_void(bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine) -> None:
    session = await to_code(bank, cast.arta.number)
    old = last_code(phones)
    await machine.wait(30)
    await login.resend(bank, session)
    if old != last_code(phones):
        with pytest.raises(SignInFailed):
            await login.give_code(bank, session, old, HOME)
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


@pytest.mark.requirement("R18")
@pytest.mark.refusal("too_many_codes")
async def test_a_code_is_replaced_three_times_at_most(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await to_code(bank, cast.arta.number)
    for _ in range(3):
        await machine.wait(30)
        await login.resend(bank, session)
    await machine.wait(30)
    with pytest.raises(TooManyCodes):
        await login.resend(bank, session)
    assert len(phones.sent) == 4


async def test_a_login_code_that_never_left_is_wrong_like_any_other_and_can_be_replaced(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    phones.reachable = False
    session = await to_code(bank, cast.arta.number)
    await asyncio.gather(*phones.tasks)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, "123456", HOME)
    phones.reachable = True
    await machine.wait(30)
    await login.resend(bank, session)
    assert (await login.give_code(bank, session, last_code(phones), HOME)).level is Level.FULL


@pytest.mark.requirement("R24", "R25")
@pytest.mark.parametrize(("days", "level"), [(179, Level.FULL), (180, Level.CHANGE_ONLY), (400, Level.CHANGE_ONLY)])
async def test_from_day_180_a_login_leads_only_to_the_change(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, days: int, level: Level
) -> None:
    await machine.travel_to(MONDAY_MORNING + timedelta(days=days))
    assert (await enter(bank, phones, cast.arta.number)).level is level


@pytest.mark.requirement("R3")
async def test_the_address_and_browser_of_a_visitor_decide_nothing(bank: Bank, cast: Cast, phones: Phones) -> None:
    abroad = login.Client("2001:db8::/48", "Lynx", "request-2")
    session = await login.give_number(bank, cast.arta.number, abroad)
    session = await login.give_password(bank, session, PASSWORD, abroad)
    assert (await login.give_code(bank, session, last_code(phones), abroad)).level is Level.FULL


@pytest.mark.requirement("R3", "R44")
async def test_a_browser_that_calls_itself_something_unreadable_is_let_in(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    odd = login.Client("192.0.2.0/24", "Mozilla \udce7\udcff", "request-3")
    session = await login.give_number(bank, cast.arta.number, odd)
    session = await login.give_password(bank, session, PASSWORD, odd)
    assert (await login.give_code(bank, session, last_code(phones), odd)).client == "Mozilla ??"


@pytest.mark.requirement("R27")
async def test_sign_ins_and_failures_are_kept_for_their_owner(bank: Bank, cast: Cast, phones: Phones) -> None:
    await to_code(bank, cast.arta.number, "Wrong12345")
    session = await to_code(bank, cast.arta.number)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, another(last_code(phones)), HOME)
    await login.give_code(bank, session, last_code(phones), HOME)
    kept = await login.last_sign_ins(bank, cast.arta.id, 10)
    assert [row.succeeded for row in kept] == [True, False, False]
    assert {(row.address_prefix, row.browser) for row in kept} == {("192.0.2.0/24", "Firefox 145")}
    assert await login.last_sign_ins(bank, cast.genti.id, 10) == []


async def _only_key(bank: Bank, pattern: str) -> str:
    keys = await bank.cache.command("KEYS", f"{bank.cache.prefix}{pattern}")
    assert len(keys) == 1
    return str(keys[0].decode())


def _with_longer_sessions(bank: Bank) -> Bank:
    """For what happens to a code after a session of the usual length has ended."""
    return replace(bank, config=replace(bank.config, sessions=replace(bank.config.sessions, absolute_seconds=86400)))


@pytest.mark.requirement("R20")
async def test_logins_side_by_side_have_three_guesses_together(bank: Bank, cast: Cast, phones: Phones) -> None:
    logins = [await to_code(bank, cast.arta.number) for _ in range(3)]
    sent = " ".join(text for _, text in phones.sent)
    wrong = next(code for code in ("000000", "000001", "000002", "000003") if code not in sent)
    subject = lockout.subject_id(bank, cast.arta.number)
    guesses = [
        otp.evaluate(
            bank, login.challenge_id(session), wrong, purpose="login", customer_id=cast.arta.id, digest=subject
        )
        for session in logins * 3
    ]
    tried = await asyncio.gather(*guesses)
    assert sorted(evaluation.verdict for evaluation in tried) == ["spent"] * 6 + ["wrong"] * 3
