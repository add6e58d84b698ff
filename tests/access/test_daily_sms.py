"""How many codes a customer is sent by SMS in a day is counted where it is never lost, whatever browser asks."""

import asyncio
from dataclasses import replace

import pytest
from access.watching import lose_valkey
from cast import Admin, Cast, Person
from conftest import Phones

from dega.access import otp
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.errors import TooManyCodes
from dega.ledger.books import check_books

CAP = 3


@pytest.fixture
def bank(bank: Bank) -> Bank:
    """The bank with a small cap."""
    return replace(bank, config=replace(bank.config, codes=replace(bank.config.codes, daily_sms=CAP, hourly=100)))


async def issue(bank: Bank, person: Person | None, counter: str, purpose: otp.Purpose = "payment") -> None:
    """A code for the person (None: nobody), counted in Valkey under that counter, as each browser has its own."""
    await otp.issue(bank, **{**details(person, counter), "purpose": purpose})  # type: ignore[arg-type]


def details(person: Person | None, counter: str) -> dict[str, object]:
    """What a code is issued for."""
    return {
        "customer_id": person.id if person else None,
        "mobile": person.mobile if person else None,
        "text": lambda code: f"kodi {code}",
        "digest": b"what it is for",
        "subject": counter.encode(),
    }


@pytest.mark.refusal("too_many_codes")
async def test_the_cap_is_the_customers_and_not_a_browsers(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    for browser in range(CAP):
        await issue(bank, cast.arta, f"browser {browser}")
    with pytest.raises(TooManyCodes):
        await issue(bank, cast.arta, "another browser")
    await issue(bank, cast.genti, "somebody else's browser")
    assert len(phones.sent) == CAP + 1
    await machine.wait(24 * 3600)
    await issue(bank, cast.arta, "another browser")
    assert len(phones.sent) == CAP + 2


async def test_a_flush_of_valkey_sends_nobody_more(bank: Bank, cast: Cast, phones: Phones, admin: Admin) -> None:
    for _ in range(CAP):
        await issue(bank, cast.arta, "the same")
    await lose_valkey(bank)
    with pytest.raises(TooManyCodes):
        await issue(bank, cast.arta, "the same")
    assert len(phones.sent) == CAP
    assert await admin.fetchval("SELECT sum(cardinality(sms_at)) FROM challenge") == CAP


async def test_before_login_nothing_is_said_and_nothing_is_sent(bank: Bank, cast: Cast, phones: Phones) -> None:
    for browser in range(CAP + 2):
        await issue(bank, cast.arta, f"browser {browser}", "login")
        await issue(bank, None, f"stranger {browser}", "login")
    assert len(phones.sent) == CAP


async def test_codes_asked_for_at_once_are_counted_one_by_one(bank: Bank, cast: Cast, phones: Phones) -> None:
    asked = [issue(bank, cast.arta, f"browser {n}") for n in range(12)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(TooManyCodes) == 12 - CAP
    assert len(phones.sent) == CAP


async def test_a_new_code_that_no_budget_lets_out_leaves_the_count_of_the_first_as_it_is(
    bank: Bank, cast: Cast, phones: Phones, admin: Admin, machine: TimeMachine
) -> None:
    code = {**details(cast.arta, "the same"), "purpose": "login"}
    challenge_id = await otp.issue(bank, **code)  # type: ignore[arg-type]
    await machine.wait(bank.config.codes.resend_seconds + 1)
    broke = replace(bank, config=replace(bank.config, sms=replace(bank.config.sms, hourly_budget=0)))
    await otp.reissue(broke, challenge_id, **code)  # type: ignore[arg-type]
    assert len(phones.sent) == 1
    assert await check_books(admin) == []


async def test_what_leaves_by_no_sms_counts_for_none(bank: Bank, cast: Cast, phones: Phones, admin: Admin) -> None:
    by_app = replace(cast.arta, mobile=None)
    for n in range(CAP + 1):
        await issue(bank, by_app, f"browser {n}")
    assert phones.sent == []
    await issue(bank, cast.arta, "browser")
    assert len(phones.sent) == 1
