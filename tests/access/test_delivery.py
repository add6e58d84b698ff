"""What became of a code's SMS: told by the provider alone, only ever forward; a code that didn't arrive is void."""

import asyncio
import itertools
from uuid import UUID, uuid4

import pytest
from access.doors import enter, known_browser, last_code, to_code
from cast import Admin, Cast, Person
from conftest import Phones

from dega.access import delivery, lockout, login, otp
from dega.bank import Bank, Fate
from dega.cli.time_travel import TimeMachine
from dega.errors import CodeNotSent, SignInFailed

DIGEST = b"digest of 12 500,00 ALL to Besnik"


async def issue(bank: Bank, phones: Phones, person: Person) -> str:
    """A payment's code on its way; the id of its SMS."""
    await otp.issue(
        bank,
        purpose="payment",
        customer_id=person.id,
        mobile=person.mobile,
        text=lambda code: f"TRANSFERTE: kodi {code}, vlen 5 min.",
        digest=DIGEST,
        subject=lockout.subject_id(bank, person.number),
    )
    return phones.ids[-1]


async def reissue(bank: Bank, sms: str, person: Person) -> None:
    await otp.reissue(
        bank,
        challenge_of(sms),
        purpose="payment",
        customer_id=person.id,
        mobile=person.mobile,
        text=lambda code: f"TRANSFERTE: kodi {code}, vlen 5 min.",
        digest=DIGEST,
        subject=lockout.subject_id(bank, person.number),
    )


def challenge_of(sms: str) -> UUID:
    return UUID(sms.partition(".")[0])


async def where(bank: Bank, sms: str) -> str:
    return (await otp.state(bank, challenge_of(sms))).delivery


async def verify(bank: Bank, sms: str, person: Person, code: str) -> None:
    challenge = challenge_of(sms)
    await otp.verify(bank, challenge, code, purpose="payment", customer_id=person.id, digest=DIGEST)


async def test_a_code_is_waiting_then_handed_over_then_on_the_phone(bank: Bank, cast: Cast, phones: Phones) -> None:
    sms = await issue(bank, phones, cast.arta)
    seen = [await where(bank, sms)]
    for fate in ("handed_over", "delivered"):
        await delivery.settle(bank, sms, fate)
        seen.append(await where(bank, sms))
    assert seen == ["waiting", "handed_over", "delivered"]
    await verify(bank, sms, cast.arta, last_code(phones))


@pytest.mark.parametrize("order", itertools.permutations(["handed_over", "delivered", "undelivered"]), ids="-".join)
async def test_in_whatever_order_it_is_told_it_only_goes_forward(
    bank: Bank, cast: Cast, phones: Phones, order: tuple[Fate, ...]
) -> None:
    sms = await issue(bank, phones, cast.arta)
    for fate in order:
        await delivery.settle(bank, sms, fate)
    final = next(fate for fate in order if fate != "handed_over")
    assert await where(bank, sms) == final


@pytest.mark.parametrize("fate", ["unsent", "undelivered"])
async def test_a_code_that_is_not_on_the_phone_is_void_and_the_trail_says_so(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin, fate: Fate
) -> None:
    sms = await issue(bank, phones, cast.arta)
    await delivery.settle(bank, sms, "handed_over")
    await delivery.settle(bank, sms, fate)
    await delivery.settle(bank, sms, fate)
    with pytest.raises(CodeNotSent):
        await verify(bank, sms, cast.arta, last_code(phones))
    trail = await admin.fetch("SELECT actor, subject, outcome FROM audit WHERE action = 'code.payment'")
    assert [tuple(row) for row in trail] == [("provider", f"customer:{cast.arta.id}", fate)]


async def test_a_code_that_was_typed_has_been_on_the_phone_whatever_is_told_later(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    sms = await issue(bank, phones, cast.arta)
    await verify(bank, sms, cast.arta, last_code(phones))
    await delivery.settle(bank, sms, "undelivered")
    await verify(bank, sms, cast.arta, last_code(phones))


async def test_what_is_told_of_the_first_sms_says_nothing_of_the_second(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    first = await issue(bank, phones, cast.arta)
    await machine.wait(30)
    await reissue(bank, first, cast.arta)
    await delivery.settle(bank, first, "undelivered")
    assert await where(bank, first) == "waiting"
    await delivery.settle(bank, phones.ids[-1], "delivered")
    assert await where(bank, first) == "delivered"


@pytest.mark.parametrize("sms", ["", "notice.7", "no-uuid.0", f"{UUID(int=1)}", f"{UUID(int=1)}.x", f"{UUID(int=1)}.0"])
async def test_what_is_told_of_anything_else_changes_nothing(bank: Bank, admin: Admin, sms: str) -> None:
    await delivery.settle(bank, sms, "undelivered")
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor = 'provider'") == 0


async def test_a_login_whose_code_did_not_arrive_is_no_failure_at_home_and_no_stranger_is_told(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    home = await known_browser(bank, phones, cast.arta.number)
    session = await to_code(bank, cast.arta.number, client=home)
    code = last_code(phones)
    await delivery.settle(bank, phones.ids[-1], "undelivered")
    assert await _failures(admin, cast.arta) == 0
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, code, home)
    assert await admin.fetchval("SELECT outcome FROM audit WHERE action = 'code.login'") == "undelivered"
    await enter(bank, phones, cast.arta.number)


async def _failures(admin: Admin, person: Person) -> int:
    return await admin.fetchval("SELECT sum(failures) FROM lockout WHERE customer_id = $1", person.id)


async def test_a_hundred_reports_at_once_void_it_once(bank: Bank, cast: Cast, phones: Phones, admin: Admin) -> None:
    home = await known_browser(bank, phones, cast.arta.number)
    await to_code(bank, cast.arta.number, "Wrong12345", home)
    await to_code(bank, cast.arta.number, client=home)
    await asyncio.gather(*(delivery.settle(bank, phones.ids[-1], "undelivered") for _ in range(100)))
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE actor = 'provider'") == 1
    assert await _failures(admin, cast.arta) == 1


def test_only_the_token_of_a_message_speaks_for_it(bank: Bank) -> None:
    sms, other = f"{uuid4()}.0", f"{uuid4()}.0"
    token = delivery.report_url(bank.config, bank.keys, sms).rpartition("token=")[2]
    assert delivery.may_report(bank.keys, sms, token)
    for wrong in ("", token[:-1], token + "0", token.upper(), "ë\ud800"):
        assert not delivery.may_report(bank.keys, sms, wrong)
    assert not delivery.may_report(bank.keys, other, token)
    assert not delivery.may_report(bank.keys, "", token)
