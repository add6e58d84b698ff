"""Orders, page by page: filled in, checked, confirmed by a code of their own; their history; changed and stopped."""

from datetime import date, datetime

import pytest
from access.device import Device, asked
from access.enrolling import enrol
from browser_session import Browser, Page, last_code
from cast import Admin, Cast, balance
from conftest import Phones
from ordering import MONDAY, give_own, run_night

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.ledger.books import check_books


async def to_check(browser: Browser, cast: Cast, amount: str = "1250,00", **more: str) -> Page:
    """Fill in the form of an order to Besnik: to the check page."""
    form = await browser.get("/payments/orders/in-bank")
    assert 'value="23.11.2026"' in form.html
    fields = {
        "from_account": cast.arta.lek.iban, "to_iban": cast.besnik.lek.iban, "amount": amount, "frequency": "monthly",
        "first_on": "28.11.2026", "last_on": "", "holiday_rule": "after", "description": "Qira",
    }  # fmt: skip
    return await browser.post("/payments/orders/in-bank", **(fields | more))


async def make(browser: Browser, cast: Cast, phones: Phones, **more: str) -> Page:
    """A whole order: to its own page."""
    check = await to_check(browser, cast, **more)
    code_page = await browser.post(check.path)
    return await browser.post(code_page.path, code=last_code(phones))


async def in_english(browser: Browser) -> None:
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")


@pytest.fixture
async def arta(browser: Browser, login: object, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await login(browser, cast.arta)  # type: ignore[operator]
    await in_english(browser)
    return browser


async def test_an_order_is_filled_in_checked_confirmed_and_then_listed_with_its_next_date(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    assert "/payments/orders" in (await arta.get("/payments")).html
    check = await to_check(arta, cast)
    assert "Besnik H***" in check.text
    assert "28.11.2026 paid in the evening of 30.11.2026" in check.text
    assert "Every month" in check.text
    code_page = await arta.post(check.path)
    assert "1\u00a0250,00\u00a0ALL to Besnik H***" in code_page.html
    one = await arta.post(code_page.path, code=last_code(phones))
    assert one.path.startswith("/payments/orders/")
    assert "Active" in one.text
    assert "Nothing was paid yet." in one.text
    listed = (await arta.get("/payments/orders")).text
    assert "Besnik Hoxha 1 250,00 ALL Every month 28.11.2026 Active" in listed
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_a_wrong_code_makes_no_order_and_a_code_given_twice_makes_one(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    check = await to_check(arta, cast)
    code_page = await arta.post(check.path)
    assert (await arta.post(check.path)).path == code_page.path  # pressed twice: one code is enough
    assert len(phones.sent) == 2
    code = last_code(phones)
    wrong = await arta.post(code_page.path, code=f"{(int(code) + 1) % 10**8:08}")
    assert "is blocked: 2" in wrong.text
    assert "1\u00a0250,00" in wrong.html
    first = await arta.post(code_page.path, code=code)
    assert (await arta.post(code_page.path, code=code)).path == first.path
    assert await admin.fetchval("SELECT count(*) FROM standing_order WHERE state = 'active'") == 1


@pytest.mark.refusal("choice_missing", "iban_missing", "first_day_passed")
async def test_what_is_wrong_comes_back_beside_what_was_typed(arta: Browser, cast: Cast) -> None:
    page = await to_check(arta, cast, amount="1.234", to_iban="", frequency="hourly", first_on="1.1.2020", last_on="x")
    assert page.status == 422
    for text in ("Write the payee’s IBAN.".replace("’", "'"), "Choose one of the answers.", "as day.month.year"):
        assert text in page.text
    assert "can be on 23.11.2026 at the earliest" in page.text
    assert 'value="1.1.2020"' in page.html
    assert 'value="1.234"' in page.html


async def test_between_own_accounts_all_above_an_amount_is_moved_without_a_code(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, phones: Phones
) -> None:
    form = await arta.get("/payments/orders/own")
    assert form.html.count(f'value="{cast.arta.second.iban}" selected') == 1
    check = await arta.post(
        "/payments/orders/own", from_account=cast.arta.lek.iban, to_account=cast.arta.second.iban, how="above",
        amount="30000", frequency="weekly", first_on="2026-11-23", holiday_rule="same",
    )  # fmt: skip
    assert "All above 30 000,00 ALL" in check.text
    one = await arta.post(check.path)
    assert len(phones.sent) == 1  # that of the login
    await run_night(bank, MONDAY)
    history = (await arta.get(one.path)).text
    assert "70 000,00 ALL Paid D" in history
    assert await balance(admin, cast.arta.lek) == 3_000_000


async def test_the_history_says_what_could_not_be_paid_and_until_when_it_is_tried(
    arta: Browser, bank: Bank, cast: Cast
) -> None:
    order_id = await give_own(bank, cast.arta, "200000")
    await run_night(bank, MONDAY)
    page = (await arta.get(f"/payments/orders/{order_id}")).text
    assert "There wasn’t enough money" in page
    assert "Not enough money tried again until 27.11.2026" in page
    assert "Tried again" in (await arta.get("/payments/orders")).text


async def test_a_changed_order_is_confirmed_anew_and_takes_the_place_of_the_old_one(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    one = await make(arta, cast, phones)
    old = one.path.rsplit("/", 1)[1]
    form = await arta.get(f"/payments/orders/in-bank?change={old}")
    assert f'name="replaces" value="{old}"' in form.html
    assert 'value="28.11.2026"' in form.html
    check = await to_check(arta, cast, amount="900", replaces=old)
    again = await arta.get(f"/payments/orders/in-bank?draft={check.path.split('/')[3]}")
    assert f'name="replaces" value="{old}"' in again.html
    await arta.get(check.path)
    code_page = await arta.post(check.path)
    await arta.post(code_page.path, code=last_code(phones))
    rows = await admin.fetch("SELECT amount_minor, state FROM standing_order ORDER BY number")
    assert [tuple(row) for row in rows] == [(125_000, "stopped"), (90_000, "active")]
    assert (await arta.get(f"/payments/orders/in-bank?change={old}")).status == 404


async def test_a_draft_that_was_changed_or_cancelled_is_gone(arta: Browser, admin: Admin, cast: Cast) -> None:
    check = await to_check(arta, cast)
    other = await to_check(arta, cast, amount="900", draft=check.path.split("/")[3])
    assert "900,00" in (await arta.get("/payments/orders")).text
    assert "1\u00a0250,00" not in arta.page.html
    await arta.post(other.path.replace("/check", "/cancel"))
    assert "900,00" not in (await arta.get("/payments/orders")).text
    assert await admin.fetchval("SELECT count(*) FROM standing_order WHERE state = 'draft'") == 0


async def test_an_order_is_stopped_under_a_code_and_says_so(arta: Browser, cast: Cast, phones: Phones) -> None:
    one = await make(arta, cast, phones)
    stop = await arta.get(f"{one.path}/stop")
    assert "Stop the order?" in stop.text
    code_page = await arta.post(stop.path)
    assert "To stop the order" in code_page.text
    stopped = await arta.post(code_page.path, code=last_code(phones))
    assert (stopped.path, "Stopped" in stopped.text) == (one.path, True)
    assert "Next dates" not in stopped.text
    assert "These are over" in (await arta.get("/payments/orders")).text


async def test_an_expired_code_of_an_order_is_sent_again(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    check = await to_check(arta, cast)
    code_page = await arta.post(check.path)
    assert (await arta.post(f"{code_page.path}/resend")).status == 422  # too soon
    for _ in range(2):
        await machine.wait(160)
        await arta.get(code_page.path)
    assert "has expired" in (await arta.post(code_page.path, code=last_code(phones))).text
    assert (await arta.post(f"{code_page.path}/resend")).path == code_page.path
    assert "Active" in (await arta.post(code_page.path, code=last_code(phones))).text


@pytest.mark.refusal("first_day_passed")
async def test_at_ten_in_the_evening_an_order_is_made_for_tomorrow_but_not_for_today(
    arta: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    today = await to_check(arta, cast, first_on="23.11.2026")
    await machine.travel_to(datetime(2026, 11, 23, 22, 0, tzinfo=TIRANA))
    code_page = await arta.post(today.path)
    refused = await arta.post(code_page.path, code=last_code(phones))
    assert "at the earliest" in refused.text
    form = await arta.get("/payments/orders/in-bank")
    assert 'value="24.11.2026"' in form.html


async def test_a_passkey_signs_an_order_and_its_end(
    bank: Bank, browser: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    device = Device(step=1)
    await enrol(bank, phones, cast.arta.number, device)
    await in_english(browser)
    await browser.get("/")
    await browser.post("/", customer_number=cast.arta.number)
    page = await browser.post("/login/password", password="Gjysmehene7")
    await browser.post("/login/passkey", passkey=device.get(asked(page)))
    phones.sent.clear()
    check = await to_check(browser, cast)
    assert "Next your passkey signs exactly this" in check.text
    signing = await browser.post(check.path)
    base = signing.path.removesuffix("/code")
    assert (await browser.post(f"{base}/code", code="12345678")).path == signing.path
    one = await browser.post(f"{base}/passkey", passkey=device.get(asked(await browser.get(signing.path))))
    assert "Active" in one.text
    signing = await browser.post(f"{base}/stop")
    stopped = await browser.post(f"{base}/passkey", passkey=device.get(asked(signing)))
    assert "Stopped" in stopped.text
    assert phones.sent == []
    assert await admin.fetchval("SELECT count(*) FROM order_evidence") == 2
    assert await check_books(admin) == []


async def test_somebody_elses_order_is_not_found_by_any_address(
    bank: Bank, browser: Browser, login: object, cast: Cast
) -> None:
    order_id = await give_own(bank, cast.arta)
    await login(browser, cast.genti)  # type: ignore[operator]
    for path in ("", "/check", "/stop", "/code"):
        assert (await browser.get(f"/payments/orders/{order_id}{path}")).status == 404
    assert (await browser.get(f"/payments/orders/own?change={order_id}")).status == 404
    await browser.get("/payments")
    assert (await browser.post(f"/payments/orders/{order_id}/stop")).status == 404
    await browser.get("/payments")
    fields = {"from_account": cast.genti.lek.iban, "to_account": cast.genti.second.iban, "amount": "1"}
    dates = {"frequency": "once", "first_on": "30.11.2026", "holiday_rule": "same", "replaces": str(order_id)}
    assert (await browser.post("/payments/orders/own", **fields, **dates)).status == 404


async def test_addresses_that_name_no_order_are_not_found(arta: Browser) -> None:
    for path in ("nonsense", "nonsense/check", "in-bank?change=nonsense", "own?draft=nonsense"):
        assert (await arta.get(f"/payments/orders/{path}")).status == 404


async def test_a_year_of_an_order_is_said_with_its_dates(arta: Browser, bank: Bank, cast: Cast) -> None:
    order_id = await give_own(bank, cast.arta, first_on="31.01.2027", last_on="31.05.2027")
    page = (await arta.get(f"/payments/orders/{order_id}")).text
    assert "Next dates 31.01.2027 28.02.2027 31.03.2027 30.04.2027" in page
    await run_night(bank, date(2027, 1, 31))
    page = (await arta.get(f"/payments/orders/{order_id}")).text
    assert "Next dates 28.02.2027 31.03.2027 30.04.2027 31.05.2027" in page
