"""Codes shortly before the daily update: none lives into it, and who has too little time hears that before typing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from browser_session import Browser, last_code
from cast import Admin, Cast, balance
from conftest import Phones
from night.nights import tirana
from paying import prepare

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.errors import NotInTime
from dega.payments.confirm import code_life

NINE = tirana("2026-11-23 21:00")


@pytest.fixture
async def arta(browser: Browser, login: object, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)  # type: ignore[operator]
    return browser


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("before", "by_sms", "by_device"),
    [(400, 300, 300), (302, 300, 300), (240.5, 239, 239), (121.5, 120, 120), (120.5, None, 119), (16.5, None, 15),
     (15.5, None, None), (0.001, None, None)],
)  # fmt: skip
async def test_no_code_lives_into_the_update(
    bank: Bank, before: float, by_sms: int | None, by_device: int | None
) -> None:
    bank = replace(bank, clock=MovableClock(NINE - timedelta(seconds=before), stopped=True))
    for expected, sms in ((by_sms, True), (by_device, False)):
        if expected is None:
            with pytest.raises(NotInTime):
                code_life(bank, by_sms=sms)
        else:
            assert code_life(bank, by_sms=sms) == expected


@pytest.mark.requirement("R30")
async def test_a_code_of_four_minutes_to_nine_says_how_long_it_lives_and_pays(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(NINE - timedelta(minutes=4))
    check = await arta.get(f"/payments/{payment}/check")
    assert "Confirm before 21:00" in check.text
    code_page = await arta.post(check.path)
    assert "vlen 3 min" in phones.sent[-1][1]
    assert await admin.fetchval("SELECT expires_at FROM challenge ORDER BY issued_at DESC LIMIT 1") < NINE
    assert "Transfer made" in (await arta.post(code_page.path, code=last_code(phones))).text
    assert await balance(admin, cast.arta.lek) == 9_875_000


@pytest.mark.refusal("not_in_time")
async def test_with_a_minute_left_no_code_is_sent_and_the_pages_say_so_before_anything_is_typed(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(NINE - timedelta(minutes=1))
    sent = len(phones.sent)
    assert "There isn’t enough time left for a code before 21:00." in (await arta.get("/payments/in-bank")).text
    assert "There isn’t" not in (await arta.get("/payments/own")).text
    check = await arta.get(f"/payments/{payment}/check")
    assert "There isn't enough time left" in check.text
    assert "Not before 00:00" in check.text
    assert 'value="Confirm"' not in check.html
    refused = await arta.post(check.path)
    assert refused.status == 422
    assert "There isn't enough time left" in refused.text
    assert len(phones.sent) == sent
    assert await admin.fetchval("SELECT state FROM payment") == "draft"


async def test_the_last_code_before_the_update_can_be_typed_until_the_update(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(NINE - timedelta(seconds=200))
    await arta.post((await arta.get(f"/payments/{payment}/check")).path)
    await machine.wait(150)
    check = await arta.get(f"/payments/{payment}/check")
    code_page = await arta.post(check.path)
    assert code_page.path == f"/payments/{payment}/code"
    assert "There isn't enough time left" in (await arta.post(f"{code_page.path}/resend")).text
    assert "Transfer made" in (await arta.post(code_page.path, code=last_code(phones))).text


async def test_between_own_accounts_money_moves_until_the_last_second(
    arta: Browser, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    await machine.travel_to(NINE - timedelta(seconds=30))
    await arta.get("/payments/own")
    check = await arta.post(
        "/payments/own", from_account=cast.arta.lek.iban, to_account=cast.arta.second.iban, amount="100"
    )
    assert "Transfer made" in (await arta.post(check.path)).text
    assert await balance(admin, cast.arta.second) == 510_000


async def test_after_a_journey_in_time_the_page_of_a_code_knows_that_it_has_expired(
    arta: Browser, bank: Bank, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    code_page = await arta.post((await arta.get(f"/payments/{payment}/check")).path)
    old = last_code(phones)
    await machine.travel_to(tirana("2026-11-24 00:10"))
    assert "The code (FNP) has expired" in (await arta.get(code_page.path)).text
    assert "has expired" in (await arta.post(code_page.path, code=old)).text
    code_page = await arta.post((await arta.get(f"/payments/{payment}/check")).path)
    assert last_code(phones) != old
    assert "Transfer made" in (await arta.post(code_page.path, code=last_code(phones))).text


async def test_funds_that_are_gone_when_the_code_is_typed_lead_back_to_where_the_payment_is_changed(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek, "90000")
    code_page = await arta.post((await arta.get(f"/payments/{payment}/check")).path)
    own = await arta.post(
        "/payments/own", from_account=cast.arta.lek.iban, to_account=cast.arta.second.iban, amount="50000"
    )
    await arta.post(own.path)
    refused = await arta.post(code_page.path, code=last_code(phones))
    assert refused.status == 422
    assert "There isn't enough money in the account" in refused.text
    assert "Check the transfer" in refused.text
    assert f'href="/payments/in-bank?draft={payment}"' in refused.html
    assert await balance(admin, cast.besnik.lek) == 10_000_000
