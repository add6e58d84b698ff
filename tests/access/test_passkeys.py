"""Passkeys at login: they stand in for the code, count as the code counts, and sign for one attempt of one customer."""

import asyncio
import json
import secrets
from collections.abc import Callable
from uuid import uuid4

import pytest
from access.device import Device, Key, decode
from access.doors import HOME, enter, to_code
from access.enrolling import asked_to_make, enrol, signed, to_enrolment
from cast import PASSWORD, Admin, Cast
from conftest import Phones

from dega.access import enrolment, login, passkeys, sessions
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import Refusal, SignInFailed

UNKNOWN = "987654321"


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
async def arta(bank: Bank, cast: Cast, phones: Phones, device: Device) -> Session:
    """Arta has a passkey on the device; her session after adding it."""
    session = await enrol(bank, phones, cast.arta.number, device)
    phones.sent.clear()
    return session


async def use(bank: Bank, session: Session, device: Device) -> Session:
    """Log in with the passkey."""
    return await login.give_passkey(bank, session, await signed(bank, session, device), HOME)


async def code_of(step: object) -> str:
    with pytest.raises(Refusal) as caught:
        await step  # type: ignore[misc]
    return caught.value.code


async def test_who_has_a_passkey_logs_in_with_it_and_is_sent_no_code(
    bank: Bank, cast: Cast, phones: Phones, arta: Session, device: Device, admin: Admin
) -> None:
    session = await use(bank, await to_code(bank, cast.arta.number), device)
    assert (session.level, session.customer_id) == (Level.FULL, cast.arta.id)
    assert phones.sent == []
    row = await admin.fetchrow("SELECT sign_count, last_used_at FROM factor WHERE kind = 'passkey'")
    assert row["sign_count"] == device.keys[0].count == 1
    assert row["last_used_at"] is not None
    assert await admin.fetchval("SELECT bool_and(consumed_at IS NOT NULL) FROM challenge WHERE purpose = 'login'")


async def test_a_device_that_does_not_count_logs_in_again_and_again(bank: Bank, cast: Cast, phones: Phones) -> None:
    device = Device(step=0)
    await enrol(bank, phones, cast.arta.number, device)
    for _ in range(2):
        session = await use(bank, await to_code(bank, cast.arta.number), device)
        assert session.level is Level.FULL


WRONG: dict[str, tuple[Callable[[Device], None], str]] = {
    "another page": (lambda device: setattr(device, "origin", "http://127.0.0.1:8080"), "origin"),
    "another bank": (lambda device: setattr(device, "rp_id", "evil.example"), "RP ID"),
    "nobody verified": (lambda device: setattr(device, "verifies", False), "verif"),
    "in a frame": (lambda device: device.extra.update(crossOrigin=True), "cross origin"),
    "whose": (lambda device: setattr(device.keys[0], "user_handle", b"somebody else"), "user handle"),
}


@pytest.mark.parametrize("how", WRONG)
async def test_a_signature_that_is_wrong_in_one_thing_lets_nobody_in_and_is_kept_in_the_trail(
    bank: Bank, cast: Cast, arta: Session, device: Device, admin: Admin, how: str
) -> None:
    spoil, why = WRONG[how]
    session = await to_code(bank, cast.arta.number)
    spoil(device)
    assert await code_of(use(bank, session, device)) == "sign_in_failed"
    kept = await admin.fetchval("SELECT data ->> 'why' FROM audit WHERE action = 'passkey' AND outcome = 'refused'")
    assert why in kept


async def test_a_signature_for_one_attempt_is_good_for_no_other(
    bank: Bank, cast: Cast, arta: Session, device: Device
) -> None:
    first, second = await to_code(bank, cast.arta.number), await to_code(bank, cast.arta.number)
    answer = await signed(bank, first, device)
    assert await code_of(login.give_passkey(bank, second, answer, HOME)) == "sign_in_failed"
    assert (await login.give_passkey(bank, first, answer, HOME)).level is Level.FULL


@pytest.mark.parametrize("step", [1, 0], ids=["counting", "not counting"])
async def test_a_signature_that_let_somebody_in_lets_nobody_in_again(
    bank: Bank, cast: Cast, phones: Phones, step: int
) -> None:
    device = Device(step=step)
    await enrol(bank, phones, cast.arta.number, device)
    session = await to_code(bank, cast.arta.number)
    answer = await signed(bank, session, device)
    await login.give_passkey(bank, session, answer, HOME)
    assert await code_of(login.give_passkey(bank, session, answer, HOME)) == "code_spent"
    another = await to_code(bank, cast.arta.number)
    assert await code_of(login.give_passkey(bank, another, answer, HOME)) == "sign_in_failed"


@pytest.mark.parametrize("step", [1, 0], ids=["counting", "not counting"])
async def test_of_twenty_logins_at_once_with_one_signature_one_comes_in_and_nobody_is_blocked(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin, step: int
) -> None:
    device = Device(step=step)
    await enrol(bank, phones, cast.arta.number, device)
    session = await to_code(bank, cast.arta.number)
    answer = await signed(bank, session, device)
    done = await asyncio.gather(
        *(login.give_passkey(bank, session, answer, HOME) for _ in range(20)), return_exceptions=True
    )
    assert len([each for each in done if isinstance(each, Session)]) == 1
    assert {getattr(each, "code", "") for each in done if not isinstance(each, Session)} <= {
        "code_spent", "sign_in_needed",
    }  # fmt: skip
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) == 0


async def test_a_copy_of_a_key_is_found_by_its_count(
    bank: Bank, cast: Cast, arta: Session, device: Device, admin: Admin
) -> None:
    original = device.keys[0]
    copy = Key(original.id, original.private, original.rp_id, original.user_handle, original.count)
    for _ in range(2):
        await use(bank, await to_code(bank, cast.arta.number), device)
    session = await to_code(bank, cast.arta.number)
    device.keys.append(copy)
    assert await code_of(use(bank, session, device)) == "sign_in_failed"
    assert await admin.fetchval("SELECT data ->> 'why' FROM audit WHERE action = 'passkey'") == "count went back"
    assert await admin.fetchval("SELECT sign_count FROM factor") == 2


async def test_a_count_never_goes_back_whoever_writes(arta: Session, admin: Admin) -> None:
    await admin.execute("UPDATE factor SET sign_count = 7")
    with pytest.raises(Exception, match="never comes back"):
        await admin.execute("UPDATE factor SET sign_count = 6")


async def test_somebody_elses_passkey_lets_nobody_in(
    bank: Bank, cast: Cast, phones: Phones, arta: Session, device: Device
) -> None:
    others = Device()
    await enrol(bank, phones, cast.genti.number, others)
    for number in (cast.arta.number, cast.besnik.number, UNKNOWN):
        assert await code_of(use(bank, await to_code(bank, number), others)) == "sign_in_failed"


async def test_a_passkey_without_the_right_password_lets_nobody_in(
    bank: Bank, cast: Cast, arta: Session, device: Device
) -> None:
    session = await to_code(bank, cast.arta.number, "Wrong12345")
    assert await code_of(use(bank, session, device)) == "sign_in_failed"


@pytest.mark.requirement("R15", "R20")
async def test_wrong_signatures_count_as_wrong_codes_do_and_end_in_the_block(
    bank: Bank, cast: Cast, arta: Session, device: Device
) -> None:
    device.verifies = False
    for number in (cast.arta.number, cast.genti.number, UNKNOWN):
        session = await to_code(bank, number)
        answers = [await code_of(use(bank, session, device)) for _ in range(4)]
        assert answers == ["sign_in_failed", "sign_in_failed", "blocked_for_now", "blocked_for_now"]


async def test_of_many_wrong_signatures_at_once_no_more_are_looked_at_than_may_fail(
    bank: Bank, cast: Cast, arta: Session, device: Device, admin: Admin
) -> None:
    session = await to_code(bank, cast.arta.number)
    device.verifies = False
    wrong = [await signed(bank, session, device) for _ in range(20)]
    device.verifies = True
    done = await asyncio.gather(
        *(login.give_passkey(bank, session, each, HOME) for each in wrong), return_exceptions=True
    )
    assert {getattr(each, "code", "") for each in done} <= {"sign_in_failed", "blocked_for_now", "code_spent"}
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) <= 3
    assert await code_of(use(bank, session, device)) == "blocked_for_now"


@pytest.mark.refusal("passkey_missing")
async def test_a_form_without_a_signature_is_no_try(bank: Bank, cast: Cast, arta: Session, device: Device) -> None:
    session = await to_code(bank, cast.arta.number)
    for _ in range(5):
        assert await code_of(login.give_passkey(bank, session, "", HOME)) == "passkey_missing"
    assert (await use(bank, session, device)).level is Level.FULL


async def test_a_signature_comes_too_late_when_a_code_would(
    bank: Bank, cast: Cast, arta: Session, device: Device, machine: TimeMachine
) -> None:
    session = await to_code(bank, cast.arta.number)
    answer = await signed(bank, session, device)
    await machine.wait(121)
    assert await code_of(login.give_passkey(bank, session, answer, HOME)) == "code_expired"


async def test_what_login_asks_of_a_device_names_nobody_and_is_new_for_each_attempt(
    bank: Bank, cast: Cast, arta: Session, device: Device
) -> None:
    seen = []
    for number, password in ((cast.arta.number, PASSWORD), (cast.genti.number, "Wrong12345"), (UNKNOWN, PASSWORD)):
        session = await to_code(bank, number, password)
        seen.append(json.loads(await passkeys.options(bank, login.challenge_id(session))))
    assert len({each.pop("challenge") for each in seen}) == 3
    assert seen == [{"rpId": "127.0.0.1", "allowCredentials": [], "userVerification": "required"}] * 3


async def test_adding_a_passkey_tells_the_customer_on_every_channel_and_gives_recovery_codes(
    bank: Bank, cast: Cast, phones: Phones, device: Device, admin: Admin
) -> None:
    session = await to_enrolment(bank, phones, await enter(bank, phones, cast.arta.number))
    session, codes = await enrolment.finish(bank, session, device.create(await asked_to_make(bank, session)), HOME)
    assert len(codes) == 10
    told = await admin.fetch("SELECT channel FROM outbox WHERE template = 'factor_added'")
    assert sorted(row["channel"] for row in told) == ["email", "sms"]
    kept = await admin.fetchrow("SELECT * FROM factor")
    assert (kept["name"], kept["credential_id"], kept["usable_from"]) == (
        "Celulari im", device.keys[0].id, kept["added_at"],
    )  # fmt: skip
    assert enrolment.under_way(session) is None


@pytest.mark.refusal("step_up_needed")
async def test_a_passkey_is_added_only_after_a_proof_for_that(
    bank: Bank, cast: Cast, phones: Phones, arta: Session
) -> None:
    assert await code_of(enrolment.begin(bank, arta, "Tablet")) == "step_up_needed"
    assert await code_of(enrolment.finish(bank, arta, "{}", HOME)) == "step_up_needed"


@pytest.mark.refusal("passkey_not_made", "passkey_known")
async def test_a_passkey_is_added_once_and_only_if_its_owner_was_verified_on_our_page(
    bank: Bank, cast: Cast, phones: Phones, arta: Session, device: Device
) -> None:
    session = await to_enrolment(bank, phones, await enter(bank, phones, cast.genti.number))
    asked = await asked_to_make(bank, session)
    for answer, code in (
        ("", "passkey_missing"),
        (Device(verifies=False).create(asked), "passkey_not_made"),
        (Device(origin="http://127.0.0.2").create(asked), "passkey_not_made"),
        (Device(copied_id=device.keys[0].id).create(asked), "passkey_known"),
    ):
        assert await code_of(enrolment.finish(bank, session, answer, HOME)) == code
    session, codes = await enrolment.finish(bank, session, Device().create(asked), HOME)
    assert len(codes) == 10


async def test_a_device_that_has_a_passkey_is_told_to_make_no_second_one(
    bank: Bank, cast: Cast, phones: Phones, arta: Session, device: Device
) -> None:
    other = await sessions.keep(
        bank, arta, passkey_id=str(uuid4()), passkey_name="Tablet", passkey_challenge=secrets.token_hex(32)
    )
    asked = json.loads(await asked_to_make(bank, other))
    assert [decode(each["id"]) for each in asked["excludeCredentials"]] == [device.keys[0].id]
    assert asked["user"]["name"] == "Arta Kola"
    assert decode(asked["user"]["id"]) == device.keys[0].user_handle
    assert cast.arta.number not in json.dumps(asked)


def test_the_failure_says_nothing_about_passkeys() -> None:
    assert "passkey" not in SignInFailed.sentence()
