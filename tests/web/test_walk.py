"""Every address of the site map, walked: who may open it, what a stranger's form does, what every answer carries."""

from datetime import date, datetime
from functools import reduce
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page
from cast import Admin, Cast, Person
from conftest import Phones
from ordering import prepare_to
from paying import prepare

from dega.access.steps import Level
from dega.accounts.statements import make_statements
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.web.environment import asset
from dega.web.routes import ROUTES, Route

PAGES = [route for route in ROUTES if route.get and not route.plain]
FORMS = [route for route in ROUTES if route.post and not route.plain]


class Seen(NamedTuple):
    """What an address answered with: status, title, and the path that it led to."""

    status: int
    title: str
    path: str


NOTHING = "00000000-0000-4000-8000-000000000000"


def address(
    route: Route, person: Person, payment: str = NOTHING, order: str = NOTHING, letter: str = "M-7K3M-9Q2X"
) -> str:
    """The address with something of the person's in its places."""
    places = {
        "{iban}": person.lek.iban,
        "{id}": payment,
        "{order}": order,
        "{page}": "accounts",
        "{statement}": "1",
        "{reference}": letter,
    }
    return reduce(lambda path, place: path.replace(*place), places.items(), route.path)


async def make_a_statement(bank: Bank) -> None:
    """The first of all, which is of Arta's first account."""
    async with bank.database.transaction() as connection:
        await make_statements(bank, connection, date(2026, 11, 30), 0)


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


async def test_only_a_file_whose_address_names_its_content_is_kept(client: TestClient) -> None:
    kept, not_kept = "public, max-age=31536000, immutable", "no-store"
    others = ("/static/dega.css", "/static/dega.css?v=old", "/static/nothing.css?v=1", "/contact?v=1")
    for path, expected in {asset("dega.css"): kept, **dict.fromkeys(others, not_kept)}.items():
        async with client.get(path) as answer:
            assert (path, answer.headers["Cache-Control"]) == (path, expected)


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
    await make_a_statement(bank)
    order = await prepare_to(bank, cast.arta, cast.besnik.lek)
    await login(browser, cast.genti)  # type: ignore[operator]
    for route in PAGES:
        if not {"{id}", "{iban}", "{order}", "{statement}"} & set(route.path.split("/")):
            continue
        page = await browser.get(address(route, cast.arta, str(payment), str(order)))
        assert page.status == 404
        assert "Besnik" not in page.text
    for path in (f"/activity?account={cast.arta.lek.iban}", f"/activity/export?account={cast.arta.lek.iban}"):
        assert (await browser.get(path)).status == 404
    for deed in ("check", "code", "code/resend", "cancel"):
        await browser.get("/payments")
        assert (await browser.post(f"/payments/{payment}/{deed}", code="12345678")).status == 404
        assert (await browser.post(f"/payments/orders/{order}/{deed}", code="12345678")).status == 404
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment) == "draft"


NOON = datetime(2026, 11, 23, 12, 0, tzinfo=TIRANA)
TEN = datetime(2026, 11, 23, 22, 0, tzinfo=TIRANA)


async def walk(
    browser: Browser, person: Person, payment: str, order: str, machine: TimeMachine, at: datetime
) -> dict[str, Seen]:
    """What every page answers at that time: status, title, and where it led to."""
    await machine.travel_to(at)
    seen = {}
    for route in PAGES:
        page = await browser.get(address(route, person, payment, order))
        seen[route.path] = Seen(page.status, page.title, page.path)
        if page.status == 503:
            assert "update_window" in page.html, route.path
            assert "21:00" in page.text, route.path
            assert "24.11.2026 00:00" in page.text, route.path
            assert 7000 <= int(page.headers["Retry-After"]) <= 7200, route.path
    return seen


@pytest.mark.requirement("R1", "R31", "R32")
@pytest.mark.refusal("update_window")
@pytest.mark.parametrize("language", ["sq", "en"])
async def test_at_ten_in_the_evening_every_page_is_as_at_noon_but_the_financial_ones(
    bank: Bank, browser: Browser, login: object, cast: Cast, machine: TimeMachine, language: str
) -> None:
    await browser.post("/language", language=language, back="/")
    await login(browser, cast.arta)  # type: ignore[operator]
    await make_a_statement(bank)
    payment = str(await prepare(bank, cast.arta, cast.besnik.lek))
    order = str(await prepare_to(bank, cast.arta, cast.besnik.lek))
    noon = await walk(browser, cast.arta, payment, order, machine, NOON)
    ten = await walk(browser, cast.arta, payment, order, machine, TEN)
    stopped = {route.path for route in PAGES if route.financial}
    assert {path for path, seen in ten.items() if seen.status == 503} == stopped
    assert {seen.title for path, seen in noon.items() if path in stopped} & {ten["/payments/own"].title} == set()
    changed = {path for path in ten if ten[path] != noon[path]}
    # A draft's own address leads on to its check page by day, and so does that of its promise.
    assert changed - stopped == {"/payments/{id}", "/payments/{id}/promise", "/payments/{id}/promise/code"}
    assert ten["/payments/{id}"].status == 200


@pytest.mark.requirement("R1", "R31")
@pytest.mark.parametrize("language", ["sq", "en"])
async def test_at_ten_in_the_evening_a_stranger_sees_what_they_see_at_noon(
    browser: Browser, cast: Cast, machine: TimeMachine, language: str
) -> None:
    await browser.post("/language", language=language, back="/")
    noon = await walk(browser, cast.arta, NOTHING, NOTHING, machine, NOON)
    assert await walk(browser, cast.arta, NOTHING, NOTHING, machine, TEN) == noon
    assert {seen.status for seen in noon.values()} == {200}


@pytest.mark.requirement("R31", "R32")
async def test_at_ten_in_the_evening_every_financial_form_answers_with_the_update(
    bank: Bank, browser: Browser, login: object, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    payment = str(await prepare(bank, cast.arta, cast.besnik.lek))
    await machine.travel_to(TEN)
    movements = await admin.fetchval("SELECT count(*) FROM movement")
    for route in (route for route in FORMS if route.financial):
        await browser.get("/payments")
        page = await browser.post(address(route, cast.arta, payment), code="12345678", amount="1")
        assert (page.status, "update_window" in page.html) == (503, True), route.path
    assert await admin.fetchval("SELECT count(*) FROM movement") == movements
    assert await admin.fetchval("SELECT array_agg(state) FROM payment") == ["draft"]


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
