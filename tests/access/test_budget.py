"""SMS in all: past the budget none leaves, one alarm is raised, and a stranger learns nothing of it."""

import asyncio
import logging
from dataclasses import replace

import pytest
from access.apps import add_app, enter_by_app
from access.doors import HOME, enter, last_code, to_code
from cast import Admin, Cast, Person
from conftest import Phones

from dega.access import budget, delivery, lockout, login, otp, register
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import CodeNotSent, SignInFailed, SmsPaused


def with_budget(bank: Bank, hourly: int = 3000, **daily: int) -> Bank:
    budgets = {"355": 20_000, "other": 0} | {name.lstrip("p"): most for name, most in daily.items()}
    sms = replace(bank.config.sms, hourly_budget=hourly, daily_budgets=budgets)
    return replace(bank, config=replace(bank.config, sms=sms))


def details(bank: Bank, person: Person) -> dict[str, object]:
    return {
        "purpose": "payment",
        "customer_id": person.id,
        "mobile": person.mobile,
        "text": lambda code: f"TRANSFERTE: kodi {code}, vlen 5 min.",
        "digest": b"12 500,00 ALL",
        "subject": lockout.subject_id(bank, person.number),
    }


async def alarms(admin: Admin) -> list[tuple[str, str]]:
    rows = await admin.fetch("SELECT subject, data->>'budget' AS budget FROM audit WHERE action = 'sms.budget'")
    return [tuple(row) for row in rows]


@pytest.mark.refusal("sms_paused")
async def test_who_is_logged_in_is_told_and_the_alarm_is_raised_once_an_hour(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin, machine: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    bank = with_budget(bank, hourly=2)
    for person in (cast.arta, cast.besnik):
        await otp.issue(bank, **details(bank, person))  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(SmsPaused):
            await otp.issue(bank, **details(bank, cast.genti))  # type: ignore[arg-type]
    assert len(phones.sent) == 2
    assert await alarms(admin) == [("sms:hour", "2")]
    assert [record.levelno for record in caplog.records if "budget" in record.getMessage()] == [logging.ERROR]
    await machine.wait(3600)
    await otp.issue(bank, **details(bank, cast.genti))  # type: ignore[arg-type]
    assert len(phones.sent) == 3


async def test_a_flood_from_everywhere_at_once_sends_no_more_than_the_budget(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    bank = with_budget(bank, hourly=10)
    taken = await asyncio.gather(*(budget.spend(bank, cast.arta.mobile) for _ in range(60)))
    assert (taken.count(True), taken.count(False)) == (10, 50)
    assert await alarms(admin) == [("sms:hour", "10")]


async def test_each_country_has_its_own_budget_and_one_that_is_not_named_shares_none(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    bank = with_budget(bank, p355=1, p383=1, other=0)
    assert [await budget.spend(bank, mobile) for mobile in ("+355692003001", "+38344111222", "+37120000000")] == [
        True,
        True,
        False,
    ]
    assert not await budget.spend(bank, "+355692003002")
    assert await alarms(admin) == [("sms:country", "0"), ("sms:country", "1")]
    await machine.wait(86400)
    assert await budget.spend(bank, "+355692003002")


async def test_before_login_the_page_is_as_always_and_the_code_is_void(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin
) -> None:
    bank = with_budget(bank, hourly=1)
    await budget.spend(bank, cast.besnik.mobile)
    session = await to_code(bank, cast.arta.number)
    await asyncio.gather(*phones.tasks)
    assert phones.sent == []
    with pytest.raises(SignInFailed):
        await login.give_code(bank, session, "123456", HOME)
    trail = await admin.fetch("SELECT subject, outcome FROM audit WHERE action = 'code.login'")
    assert [tuple(row) for row in trail] == [(f"customer:{cast.arta.id}", "unsent")]


async def test_a_stranger_spends_nothing_and_does_the_same_work(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = with_budget(bank, hourly=1)
    ran: dict[str, list[str]] = {}
    plain = bank.cache.run

    for who, number in (("stranger", "999999999"), ("wrong", cast.arta.number), ("right", cast.arta.number)):
        ran[who] = []

        async def noted(script, keys, arguments, *, into=ran[who]):  # type: ignore[no-untyped-def]
            into.append(script.source[:40])
            return await plain(script, keys, arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bank.cache, "run", noted)
            await to_code(bank, number, **({"password": "wrong password 1"} if who == "wrong" else {}))
    assert ran["stranger"] == ran["wrong"] == ran["right"]
    assert len(phones.sent) == 1


async def test_registering_past_the_budget_looks_as_always(bank: Bank, cast: Cast, phones: Phones) -> None:
    bank = with_budget(bank, hourly=1)
    await budget.spend(bank, cast.besnik.mobile, registering=True)
    session = await register.give_number(bank, cast.elira.number, HOME)
    await asyncio.gather(*phones.tasks)
    state = await otp.state(bank, login.challenge_id(session))
    assert (phones.sent, state.expires_in > 0) == ([], True)


async def test_a_code_replaced_past_the_budget_is_void_and_says_so(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    bank = with_budget(bank, hourly=1)
    challenge = await otp.issue(bank, **details(bank, cast.arta))  # type: ignore[arg-type]
    await machine.wait(30)
    with pytest.raises(SmsPaused):
        await otp.reissue(bank, challenge, **details(bank, cast.arta))  # type: ignore[arg-type]
    assert (await otp.state(bank, challenge)).delivery == "unsent"
    with pytest.raises(CodeNotSent):
        await otp.verify(
            bank, challenge, last_code(phones), purpose="payment", customer_id=cast.arta.id, digest=b"12 500,00 ALL"
        )
    assert delivery.sms_id(challenge, 0) == phones.ids[-1]


async def test_who_logs_in_by_an_app_needs_no_budget_and_takes_nothing_from_it(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(3600)
    bank = with_budget(bank, hourly=1)
    await enter_by_app(bank, telephone, cast.arta.number)
    assert await budget.spend(bank, cast.besnik.mobile)
    assert not await budget.spend(bank, cast.besnik.mobile)
    await machine.wait(60)
    await enter_by_app(bank, telephone, cast.arta.number)


async def test_logins_go_on_when_the_budget_is_renewed(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    bank = with_budget(bank, hourly=1)
    await budget.spend(bank, cast.besnik.mobile)
    await to_code(bank, cast.arta.number)
    await machine.wait(3600)
    await enter(bank, phones, cast.arta.number)


async def test_registering_has_a_purse_of_its_own_and_leaves_logins_theirs(
    bank: Bank, cast: Cast, phones: Phones
) -> None:
    bank = with_budget(bank, hourly=3)
    await register.give_number(bank, cast.elira.number, HOME)
    await register.give_number(bank, cast.elira.number, HOME)
    assert [mobile for mobile, _ in phones.sent] == [cast.elira.mobile]
    for person in (cast.arta, cast.genti, cast.besnik):
        assert (await enter(bank, phones, person.number)).customer_id == person.id
