"""Sessions and devices (R29): seen, ended, and worth nothing in another browser."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient
from browser_session import Browser, last_code, log_in
from cast import PASSWORD, Admin, Cast
from conftest import Phones

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@pytest.fixture
async def elsewhere(client: TestClient) -> AsyncIterator[Browser]:
    """Another browser, with cookies of its own."""
    other = TestClient(client.server, cookie_jar=CookieJar(unsafe=True))
    yield Browser(other)
    await other.session.close()


def _cookies(browser: Browser) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}


async def _open_with(browser: Browser, cookies: dict[str, str], agent: str = "") -> str:
    """Where /accounts leads with these cookies."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = {"Cookie": header} | ({"User-Agent": agent} if agent else {})
    async with browser.client.get("/accounts", headers=headers, allow_redirects=False) as answer:
        return answer.headers.get("Location", "/accounts")


@pytest.mark.requirement("R29")
async def test_the_page_shows_the_session_and_the_browser(
    browser: Browser, login: object, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    page = await browser.get("/security/devices")
    assert "Hyrja filloi më 23.11.2026 10:0" in page.text
    assert page.html.count("/security/devices/remove") == 1
    assert "Ky" in page.text


@pytest.mark.requirement("R29")
async def test_a_stolen_session_cookie_is_worth_nothing_elsewhere_and_ends_the_session(
    browser: Browser, elsewhere: Browser, login: object, cast: Cast, admin: Admin
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    stolen = {name: value for name, value in _cookies(browser).items() if name == "dega-id"}
    assert await _open_with(elsewhere, stolen) == "/?ended=1"
    assert (await browser.get("/accounts")).path == "/?ended=1"
    trail = await admin.fetch("SELECT subject, outcome FROM audit WHERE action = 'session.stray'")
    assert [tuple(row) for row in trail] == [(f"customer:{cast.arta.id}", "refused")]


@pytest.mark.requirement("R29")
async def test_all_cookies_stolen_into_another_kind_of_browser_open_nothing(
    client: TestClient, elsewhere: Browser, cast: Cast, phones: Phones
) -> None:
    client.session.headers["User-Agent"] = FIREFOX
    browser = Browser(client)
    await log_in(browser, phones, cast.arta)
    assert await _open_with(elsewhere, _cookies(browser), FIREFOX) == "/accounts"
    assert await _open_with(elsewhere, _cookies(browser), FIREFOX.replace("145", "146")) == "/accounts"
    assert await _open_with(elsewhere, _cookies(browser), CHROME) == "/?ended=1"


@pytest.mark.requirement("R29")
async def test_a_browser_is_removed_and_everything_is_ended(
    browser: Browser, elsewhere: Browser, login: object, cast: Cast, admin: Admin
) -> None:
    await login(elsewhere, cast.arta)  # type: ignore[operator]
    await login(browser, cast.arta)  # type: ignore[operator]
    page = await browser.get("/security/devices")
    assert page.html.count("/security/devices/remove") == 2
    mine = await admin.fetch("SELECT id FROM device ORDER BY last_seen_at")
    page = await browser.post("/security/devices/remove", device=str(mine[0]["id"]))
    assert "Shfletuesi u hoq" in page.text
    assert (await browser.post("/security/devices/remove", device="nonsense")).status == 404
    await browser.get("/security/devices")
    assert (await browser.post("/security/devices/end-all")).path == "/logout"
    assert (await browser.get("/accounts")).path.startswith("/")
    assert "customer_number" in (await browser.get("/accounts")).html


@pytest.mark.requirement("R29")
async def test_the_cookie_of_a_browser_outlives_the_visit_and_no_other_does(
    client: TestClient, browser: Browser, login: object, cast: Cast, phones: Phones
) -> None:
    await browser.get("/")
    await browser.post("/", customer_number=cast.arta.number)
    await browser.post("/login/password", password=PASSWORD)
    page = await browser.post("/login/code", code=last_code(phones), follow=False)
    cookies = page.headers
    assert page.status == 303
    jar = {cookie.key: cookie for cookie in client.session.cookie_jar}
    assert jar["dega-device"]["max-age"] == str(180 * 86400)
    assert (jar["dega-device"]["httponly"], jar["dega-device"]["samesite"]) == (True, "Strict")
    assert all(not jar[name]["max-age"] for name in jar if name != "dega-device")
    assert cookies["Location"] == "/accounts"
