"""Every address of the site map, walked: who may open it, what a stranger's form does, what every answer carries."""

from datetime import datetime
from functools import reduce

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page
from cast import Admin, Cast, Person
from conftest import Phones
from contact.writing import author, say
from paying import prepare

from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.web.routes import ROUTES, Route

PAGES = [route for route in ROUTES if route.get and not route.plain]
FORMS = [route for route in ROUTES if route.post and not route.plain]


def address(
    route: Route, person: Person, payment: str = "00000000-0000-4000-8000-000000000000", letter: str = "M-7K3M-9Q2X"
) -> str:
    """The address with something of the person's in its places."""
    places = {"{iban}": person.lek.iban, "{id}": payment, "{page}": "accounts", "{reference}": letter}
    return reduce(lambda path, place: path.replace(place, places[place]), places, route.path)


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)
async def test_a_stranger_opens_what_is_public_and_is_led_to_the_login_elsewhere(
    browser: Browser, cast: Cast, route: Route
) -> None:
    page = await browser.get(address(route, cast.arta))
    if route.needs is None:
        assert (page.status, page.path) == (200, address(route, cast.arta))
    elif route.needs in (Level.REGISTER_CODE, Level.REGISTER_PASSWORD):
        assert page.path == "/register"
    else:
        assert page.path == "/"


@pytest.mark.requirement("R29")
@pytest.mark.refusal("form_stale")
@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.path)
async def test_a_form_without_our_token_does_nothing(
    browser: Browser, login: object, cast: Cast, phones: Phones, route: Route
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    for token in ("", "0" * 64):
        page = await browser.post(address(route, cast.arta), token=token, customer_number=cast.genti.number)
        assert page.status == 403
        assert "form_stale" in page.html


@pytest.mark.requirement("R24")
async def test_with_an_expired_password_every_address_of_a_login_leads_to_its_change(
    bank: Bank, browser: Browser, login: object, cast: Cast, machine: TimeMachine
) -> None:
    payment = str(await prepare(bank, cast.arta, cast.besnik.lek))
    await machine.wait(180 * 86400)
    assert (await login(browser, cast.arta)).path == "/security/password"  # type: ignore[operator]
    for route in ROUTES:
        if route.needs in (None, Level.CHANGE_ONLY):
            continue
        wanted = address(route, cast.arta, payment)
        if route.get:
            assert (await browser.get(wanted)).path == "/security/password", route.path
        if route.post:
            assert (await browser.post(wanted, code="12345678")).path == "/security/password", route.path


@pytest.mark.parametrize("path", ["/", "/accounts", "/nowhere", "/static/dega.css", "/health/live", "/contact"])
async def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    async with client.get(path, allow_redirects=False) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "aiohttp" not in headers["Server"].lower()


async def test_the_cookies_are_closed_to_scripts_and_other_sites(client: TestClient) -> None:
    async with client.get("/") as answer:
        cookies = answer.headers.getall("Set-Cookie")
    assert cookies
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age" not in cookie for cookie in cookies)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_answered(client: TestClient, method: str) -> None:
    async with client.request(method, "/") as answer:
        assert answer.status == 405


async def test_another_host_is_not_answered(client: TestClient) -> None:
    async with client.get("/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
        assert "evil" not in await answer.text()


FOREIGN = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_form_from_another_site_is_refused(
    client: TestClient, browser: Browser, headers: dict[str, str]
) -> None:
    page = await browser.get("/")
    token = page.html.split('name="form_token" value="')[1].split('"')[0]
    data = {"form_token": token, "customer_number": "123456789"}
    async with client.post("/", data=data, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 403
    async with client.post("/", data=data, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_what_is_not_a_form_of_ours_is_refused(client: TestClient) -> None:
    async with client.post("/", json={"customer_number": "1"}) as answer:
        assert answer.status == 415
    async with client.post("/", data={"customer_number": "1" * 20_000}) as answer:
        assert answer.status == 413


@pytest.mark.requirement("R29")
async def test_somebody_elses_things_are_not_found(
    bank: Bank, browser: Browser, login: object, cast: Cast, admin: Admin
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await login(browser, cast.genti)  # type: ignore[operator]
    for route in PAGES:
        if "{id}" not in route.path and "{iban}" not in route.path:
            continue
        page = await browser.get(address(route, cast.arta, str(payment)))
        assert page.status == 404
        assert "Besnik" not in page.text
    for path in (f"/activity?account={cast.arta.lek.iban}", f"/activity/export?account={cast.arta.lek.iban}"):
        assert (await browser.get(path)).status == 404
    for deed in ("check", "code", "code/resend", "cancel"):
        await browser.get("/payments")
        assert (await browser.post(f"/payments/{payment}/{deed}", code="12345678")).status == 404
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment) == "draft"


@pytest.mark.requirement("R1", "R31", "R32")
@pytest.mark.refusal("update_window")
async def test_at_ten_in_the_evening_only_financial_pages_stop(
    bank: Bank, browser: Browser, login: object, cast: Cast, machine: TimeMachine
) -> None:
    payment = str(await prepare(bank, cast.arta, cast.besnik.lek))
    letter = await say(bank, by=author(cast.arta))
    await machine.travel_to(datetime(2026, 11, 23, 22, 0, tzinfo=TIRANA))
    await login(browser, cast.arta)  # type: ignore[operator]
    stopped = set()
    for route in PAGES:
        if route.path in ("/logout",):
            continue
        wanted = address(route, cast.arta, payment, letter)
        page = await browser.get(wanted)
        if page.status == 503:
            if page.path == wanted:  # a draft's own address leads on to its check page
                stopped.add(route.path)
            assert "update_window" in page.html
            assert "21:00" in page.text
            assert "24.11.2026 00:00" in page.text
            assert 7000 <= int(page.headers["Retry-After"]) <= 7201
        else:
            assert page.status == 200
    assert stopped == {route.path for route in PAGES if route.financial}


@pytest.mark.requirement("R31")
async def test_the_banner_announces_the_update_a_quarter_of_an_hour_before(
    browser: Browser, machine: TimeMachine
) -> None:
    async def at(hour: int, minute: int) -> Page:
        await machine.travel_to(datetime(2026, 11, 23, hour, minute, tzinfo=TIRANA))
        return await browser.get("/")

    assert 'class="freeze' not in (await at(20, 44)).html
    assert 'class="freeze"' in (await at(20, 45)).html
    assert "freeze-closed" in (await at(21, 0)).html


@pytest.mark.requirement("R29")
async def test_after_five_minutes_without_use_the_session_is_over(
    browser: Browser, login: object, cast: Cast, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    await machine.wait(299)
    assert (await browser.get("/accounts")).path == "/accounts"
    await machine.wait(301)
    assert (await browser.get("/accounts")).path == "/?ended=1"


@pytest.mark.requirement("R29")
async def test_a_session_ends_in_any_case_after_half_an_hour(
    browser: Browser, login: object, cast: Cast, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    for _ in range(8):
        await machine.wait(220)
        await browser.get("/accounts")
    assert (await browser.get("/accounts")).path == "/accounts"
    await machine.wait(60)
    assert (await browser.get("/accounts")).path == "/?ended=1"


@pytest.mark.refusal("too_many_requests")
async def test_one_address_sends_only_so_many_forms_a_minute(bank: Bank, browser: Browser) -> None:
    await browser.get("/")
    token = browser.page.html.split('name="form_token" value="')[1].split('"')[0]
    statuses = [
        (await browser.post("/", token=token, follow=False, customer_number="x")).status
        for _ in range(bank.config.web.posts_a_minute + 1)
    ]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {422}


@pytest.mark.requirement("R38")
async def test_a_fault_shows_the_call_center_and_a_case_number_and_no_trace(
    browser: Browser, login: object, cast: Cast, admin: Admin
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]

    async def broken(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dega.accounts.accounts.my_accounts", broken)
        page = await browser.get("/accounts")
    assert page.status == 500
    assert "+355 4 2266 288" in page.text
    assert "Traceback" not in page.html
    assert "secret of the inside" not in page.html
    number = await admin.fetchval("SELECT number FROM fault_case")
    assert number in page.text
    assert await admin.fetchval("SELECT kind FROM fault_case") == "RuntimeError"
    assert (await browser.get("/accounts")).status == 200
