"""A payment that couldn't be confirmed in time is promised for after midnight, page by page."""

from datetime import datetime

import pytest
from browser_session import Browser, Page, last_code
from cast import Admin, Cast, balance
from conftest import Phones

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.payments.promises import keep_promises

EVENING = datetime(2026, 11, 23, 21, 0, 5, tzinfo=TIRANA)
MIDNIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=TIRANA)


@pytest.fixture
async def offer(browser: Browser, login: object, cast: Cast, machine: TimeMachine) -> Page:
    """Arta prepared a payment to Besnik, asked for its code, and it struck nine: the page of the promise."""
    await machine.travel_to(EVENING.replace(hour=20, minute=56, second=30))
    await login(browser, cast.arta)  # type: ignore[operator]
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await browser.get("/payments/in-bank")
    fields = {"from_account": cast.arta.lek.iban, "to_iban": cast.besnik.lek.iban, "amount": "1250"}
    check = await browser.post("/payments/in-bank", **fields)
    await browser.post(check.path)
    await machine.travel_to(EVENING)
    assert (await browser.get(check.path)).status == 503
    return await browser.get(check.path.replace("/check", "/promise"))


@pytest.mark.requirement("R31", "R33")
async def test_a_payment_is_promised_under_its_own_code_and_made_after_midnight(
    offer: Page, browser: Browser, bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    assert "24.11.2026, after midnight" in offer.text
    code_page = await browser.post(offer.path)
    assert (code_page.path, code_page.title) == (
        f"{offer.path}/code",
        "The promise’s one-time password (FNP) · Dega Internet",
    )
    assert "after midnight on 24.11.2026" in code_page.text
    assert "AFTER MIDNIGHT" in phones.sent[-1][1]
    promised = await browser.post(code_page.path, code=last_code(phones))
    assert "It will be made after midnight" in promised.text
    assert "Promised for after midnight" in (await browser.get("/payments")).text
    assert (await browser.get(offer.path.removesuffix("/promise"))).path == offer.path
    assert (await browser.post(code_page.path, code=last_code(phones))).path == offer.path
    assert await balance(admin, cast.arta.lek) == 10_000_000
    await machine.travel_to(MIDNIGHT)
    assert await keep_promises(bank) == 1
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert (await browser.get(offer.path)).status in (200, 303)


async def test_the_code_of_the_payment_itself_is_not_asked_for_again_on_the_page_of_the_promise(
    offer: Page, browser: Browser, admin: Admin, phones: Phones
) -> None:
    before = len(phones.sent)
    assert (await browser.get(f"{offer.path}/code")).path == offer.path  # nothing was asked for the promise yet
    payment_code = last_code(phones)
    assert (await browser.post(f"{offer.path}/code", code=payment_code)).path == offer.path
    code_page = await browser.post(offer.path)
    assert len(phones.sent) == before + 1
    wrong = await browser.post(code_page.path, code=payment_code)
    assert "is blocked: 2" in wrong.text
    assert await admin.fetchval("SELECT count(*) FROM promise") == 0


async def test_after_midnight_the_page_of_a_promise_leads_to_the_check_page_and_a_new_code(
    offer: Page, browser: Browser, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await machine.travel_to(MIDNIGHT.replace(day=23, hour=23, minute=59, second=50))
    await browser.get(offer.path)
    promise_page = await browser.post(offer.path)
    await machine.wait(15)
    assert (await browser.post(promise_page.path, code=last_code(phones))).path.endswith("/check")
    code_page = await browser.post(offer.path.replace("/promise", "/check"))
    assert "AFTER MIDNIGHT" not in phones.sent[-1][1]
    await browser.post(code_page.path, code=last_code(phones))
    assert await balance(admin, cast.arta.lek) == 9_875_000


async def test_a_promised_payment_can_be_cancelled(
    offer: Page, browser: Browser, bank: Bank, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    code_page = await browser.post(offer.path)
    await browser.post(code_page.path, code=last_code(phones))
    cancelled = await browser.post(offer.path.replace("/promise", "/cancel"))
    assert "Transfer cancelled" in cancelled.text
    await machine.travel_to(MIDNIGHT)
    await keep_promises(bank)
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_by_day_there_is_nothing_to_promise(browser: Browser, login: object, cast: Cast) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    await browser.get("/payments/own")
    fields = {"from_account": cast.arta.lek.iban, "to_account": cast.arta.second.iban, "amount": "10"}
    check = await browser.post("/payments/own", **fields)
    assert (await browser.get(check.path.replace("/check", "/promise"))).path == check.path
    assert (await browser.post(check.path.replace("/check", "/promise"))).path == check.path
