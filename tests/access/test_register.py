"""Registering: who may, who may not and is told why, and how it ends in a user who can log in at once."""

import asyncio

import pytest
from access.doors import HOME, another, enter, last_code, to_code, to_new_password
from cast import PASSWORD, Cast, told
from conftest import Phones

from dega.access import login, register, sessions, staff
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import (
    CodeExpired,
    CodeSpent,
    CodeWrong,
    CustomerNumberShape,
    PasswordRecent,
    PasswordsDiffer,
    PasswordWithoutDigit,
    PasswordWithoutLetter,
    Refusal,
    Refusals,
    RegisterNotPossible,
    SignInFailed,
    SignInNeeded,
    UserBlocked,
)

NEW = "Butrinti ka 26 gurë"


async def _register(bank: Bank, phones: Phones, number: str, password: str = NEW) -> None:
    session = await to_new_password(bank, phones, number)
    await register.choose_password(bank, session, password, password, HOME)


@pytest.mark.requirement("R9", "R12")
async def test_a_customer_registers_and_logs_in_at_once(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await register.give_number(bank, cast.elira.number, HOME)
    assert session.level is Level.REGISTER_CODE
    session = await register.give_code(bank, session, last_code(phones), HOME)
    assert session.level is Level.REGISTER_PASSWORD
    await register.choose_password(bank, session, NEW, NEW, HOME)
    assert await sessions.load(bank, session.id) is None
    inside = await enter(bank, phones, cast.elira.number, NEW)
    assert (inside.level, inside.customer_id, inside.name) == (Level.FULL, cast.elira.id, "Elira Çela")


@pytest.mark.requirement("R6", "R7", "R8", "R13")
@pytest.mark.refusal(
    "register_business",
    "register_no_contract",
    "register_old_contract",
    "register_no_mobile",
    "register_not_possible",
)
@pytest.mark.parametrize(
    ("who", "code", "values"),
    [
        ("firma", "register_business", {}),
        ("hana", "register_no_contract", {}),
        ("ilir", "register_old_contract", {"version": "001", "needed": "002"}),
        ("jona", "register_no_mobile", {}),
        ("arta", "register_not_possible", {}),
    ],
)
async def test_who_may_not_register_is_told_why(
    bank: Bank, cast: Cast, phones: Phones, who: str, code: str, values: dict[str, str]
) -> None:
    with pytest.raises(Refusal) as caught:
        await register.give_number(bank, getattr(cast, who).number, HOME)
    assert (caught.value.code, caught.value.values) == (code, values)
    assert phones.sent == []


@pytest.mark.requirement("R6", "R7", "R8")
async def test_the_reasons_come_in_the_order_in_which_they_can_be_mended(
    bank: Bank, cast: Cast, phones: Phones, admin
) -> None:
    mobile = bank.fields.seal(str(cast.arta.mobile), f"customer|mobile|{cast.arta.id}")
    await admin.execute(
        "UPDATE customer SET kind = 'business', kshbi_version = NULL, mobile = NULL, mobile_index = NULL WHERE id = $1",
        cast.arta.id,
    )
    mended = [
        "kind = 'individual'",
        "kshbi_version = 1",
        "kshbi_version = 2",
        f"mobile = '{mobile}', mobile_index = ''",
    ]
    codes = [await _code(bank, cast.arta.number)]
    for column in mended:
        await admin.execute(f"UPDATE customer SET {column} WHERE id = $1", cast.arta.id)
        codes.append(await _code(bank, cast.arta.number))
    assert codes == [
        "register_business",
        "register_no_contract",
        "register_old_contract",
        "register_no_mobile",
        "register_not_possible",
    ]


@pytest.mark.requirement("R7")
@pytest.mark.parametrize(
    ("version", "accepted"), [(None, False), (1, False), (2, True), (3, True), (10, True), (100, True)]
)
async def test_versions_of_the_terms_are_compared_as_numbers(
    bank: Bank, cast: Cast, phones: Phones, admin, version: int | None, accepted: bool
) -> None:
    await admin.execute("UPDATE customer SET kshbi_version = $2 WHERE id = $1", cast.elira.id, version)
    assert (await _code(bank, cast.elira.number) == "led on") is accepted


@pytest.mark.requirement("R8")
async def test_the_code_goes_to_the_registered_phone_only(bank: Bank, cast: Cast, phones: Phones) -> None:
    await register.give_number(bank, cast.elira.number, HOME)
    assert [mobile for mobile, _ in phones.sent] == [cast.elira.mobile]
    assert phones.sent[0][1].startswith("DEGA REGJISTRIM: kodi ")
    assert len(phones.sent[0][1]) <= 160


@pytest.mark.requirement("R9")
async def test_an_unknown_number_is_led_on_and_no_code_is_right(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await register.give_number(bank, "987654321", HOME)
    assert session.level is Level.REGISTER_CODE
    with pytest.raises(CodeWrong):
        await register.give_code(bank, session, "123456", HOME)
    assert phones.sent == []
    with pytest.raises(CustomerNumberShape):
        await register.give_number(bank, "98765", HOME)


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("password", "again", "refusal"),
    [
        ("VetemShkronja", "VetemShkronja", PasswordWithoutDigit),
        ("1234509876", "1234509876", PasswordWithoutLetter),
        (NEW, NEW.lower(), PasswordsDiffer),
        ("Elira123", "Elira1234", Refusals),
    ],
)
async def test_a_bad_password_is_sent_back_and_another_may_be_chosen(
    bank: Bank, cast: Cast, phones: Phones, password: str, again: str, refusal: type[Exception]
) -> None:
    session = await to_new_password(bank, phones, cast.elira.number)
    with pytest.raises(refusal):
        await register.choose_password(bank, session, password, again, HOME)
    await register.choose_password(bank, session, NEW, NEW, HOME)
    assert (await enter(bank, phones, cast.elira.number, NEW)).level is Level.FULL


@pytest.mark.requirement("R13")
async def test_nobody_registers_twice(bank: Bank, cast: Cast, phones: Phones) -> None:
    first = await to_new_password(bank, phones, cast.elira.number)
    second = await to_new_password(bank, phones, cast.elira.number)
    await register.choose_password(bank, first, NEW, NEW, HOME)
    with pytest.raises(RegisterNotPossible):
        await register.choose_password(bank, second, "Apollonia pa 5 kolona", "Apollonia pa 5 kolona", HOME)
    with pytest.raises(RegisterNotPossible):
        await register.give_number(bank, cast.elira.number, HOME)


@pytest.mark.requirement("R13")
async def test_two_registrations_at_once_are_one(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    given = [await to_new_password(bank, phones, cast.elira.number) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(register.choose_password(bank, session, NEW, NEW, HOME) for session in given), return_exceptions=True
    )
    assert sorted(map(type, outcomes), key=str) == sorted([type(None), *[RegisterNotPossible] * 3], key=str)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'access.register'") == 1


@pytest.mark.requirement("R9")
async def test_a_registration_code_is_single_and_its_attempts(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await register.give_number(bank, cast.elira.number, HOME)
    code = last_code(phones)
    outcomes = await asyncio.gather(
        *(register.give_code(bank, session, code, HOME) for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(outcome, sessions.Session) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} == {sessions.Session, CodeSpent}


@pytest.mark.requirement("R17", "R18")
async def test_an_expired_registration_code_is_replaced(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    session = await register.give_number(bank, cast.elira.number, HOME)
    await machine.wait(120)
    with pytest.raises(CodeExpired):
        await register.give_code(bank, session, last_code(phones), HOME)
    session = await register.resend(bank, session)
    assert (await register.give_code(bank, session, last_code(phones), HOME)).level is Level.REGISTER_PASSWORD


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("number", ["known", "unknown"])
async def test_wrong_registration_codes_block_the_number(bank: Bank, cast: Cast, phones: Phones, number: str) -> None:
    number = cast.elira.number if number == "known" else "987654321"
    session = await register.give_number(bank, number, HOME)
    wrong = another(last_code(phones)) if phones.sent else "123456"
    for _ in range(2):
        with pytest.raises(CodeWrong):
            await register.give_code(bank, session, wrong, HOME)
    with pytest.raises(UserBlocked):
        await register.give_code(bank, session, wrong, HOME)
    phones.sent.clear()
    session = await register.give_number(bank, number, HOME)
    assert phones.sent == []
    with pytest.raises(UserBlocked):
        await register.give_code(bank, session, "123456", HOME)


@pytest.mark.requirement("R14")
async def test_no_step_of_registering_can_be_left_out(bank: Bank, cast: Cast, phones: Phones) -> None:
    session = await register.give_number(bank, cast.elira.number, HOME)
    with pytest.raises(SignInNeeded):
        await register.choose_password(bank, session, NEW, NEW, HOME)
    with pytest.raises(SignInNeeded):
        await login.give_code(bank, session, last_code(phones), HOME)
    with pytest.raises(SignInNeeded):
        await register.give_code(bank, await to_code(bank, cast.arta.number), last_code(phones), HOME)


@pytest.mark.requirement("R16")
async def test_a_registration_code_is_no_login_code(bank: Bank, cast: Cast, phones: Phones) -> None:
    await staff.reset(bank, cast.arta.number, operator="elona", reason="forgot")
    await register.give_number(bank, cast.arta.number, HOME)
    code = last_code(phones)
    session = await to_code(bank, cast.arta.number)
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, code, HOME)


@pytest.mark.requirement("R21")
async def test_after_a_reset_the_customer_registers_anew(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    inside = await enter(bank, phones, cast.arta.number)
    assert await staff.reset(bank, cast.arta.number, operator="elona", reason="forgot")
    assert await sessions.load(bank, inside.id) is None
    with pytest.raises(SignInFailed):
        await login.give_code(bank, await to_code(bank, cast.arta.number), last_code(phones), HOME)
    session = await to_new_password(bank, phones, cast.arta.number)
    with pytest.raises(PasswordRecent):
        await register.choose_password(bank, session, PASSWORD, PASSWORD, HOME)
    await register.choose_password(bank, session, NEW, NEW, HOME)
    assert (await enter(bank, phones, cast.arta.number, NEW)).level is Level.FULL
    assert await admin.fetchval("SELECT auth_epoch FROM internet_user WHERE customer_id = $1", cast.arta.id) == 3


@pytest.mark.requirement("R12")
async def test_the_new_user_is_told(bank: Bank, cast: Cast, phones: Phones, admin) -> None:
    await _register(bank, phones, cast.elira.number)
    assert await told(bank, admin) == [
        ("sms", cast.elira.mobile, "access_registered"),
        ("email", "c5@example.org", "access_registered"),
    ]


async def _code(bank: Bank, number: str) -> str:
    try:
        await register.give_number(bank, number, HOME)
    except Refusal as refusal:
        return refusal.code
    return "led on"
