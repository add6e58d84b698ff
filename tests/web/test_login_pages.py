"""Logging in, as a browser without scripts sees it: number, password, code, and nothing that strangers could learn."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page, last_code
from cast import PASSWORD, Cast, Person
from conftest import Phones

from dega.cli.time_travel import TimeMachine

Login = Callable[[Browser, Person], Awaitable[Page]]

UNKNOWN = "987654321"
FAILED = "Numri, fjalëkalimi ose kodi nuk është i saktë, ose hyrja është e bllokuar."
BLOCKED = "Përdoruesi është i bllokuar"
CALL_CENTER = "+355 4 2266 288"


@pytest.fixture
async def elsewhere(client: TestClient) -> AsyncIterator[Browser]:
    """A second browser."""
    other = TestClient(client.server, cookie_jar=CookieJar(unsafe=True))
    yield Browser(other)
    await other.session.close()


def fields(page: Page) -> set[str]:
    """The names of what the main part of the page asks for."""
    return set(re.findall(r'<input type="(?:text|password)"[^>]* name="(\w+)"', page.html.split('id="main"')[1]))


def without_particulars(page: Page, number: str) -> str:
    """The page without what differs by its hour, its seconds, by chance, and by the number that was typed."""
    html = re.sub(r"\d+ sekonda|\d\d:\d\d|[0-9a-f]{64}|challenge&#34;:&#34;[\w-]{43}", "…", page.html)
    return html.replace(number, "…")


async def to_code(browser: Browser, number: str, password: str = PASSWORD) -> Page:
    await browser.get("/")
    await browser.post("/", customer_number=number)
    return await browser.post("/login/password", password=password)


@pytest.mark.requirement("R14")
async def test_the_first_page_asks_only_for_the_customer_number(browser: Browser) -> None:
    page = await browser.get("/")
    assert page.title == "Hyrje · Dega Internet"
    assert fields(page) == {"customer_number"}
    assert 'autocomplete="username"' in page.html


@pytest.mark.requirement("R14")
@pytest.mark.parametrize("path", ["/login/password", "/login/code", "/accounts", "/security"])
async def test_no_later_page_opens_without_the_number(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).path == "/"


@pytest.mark.requirement("R14")
async def test_the_page_of_the_code_does_not_open_before_the_password(browser: Browser, cast: Cast) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    assert (await browser.get("/login/code")).path == "/"


@pytest.mark.requirement("R2", "R16")
async def test_number_password_and_code_lead_to_the_accounts(browser: Browser, login: Login, cast: Cast) -> None:
    page = await login(browser, cast.arta)
    assert (page.status, page.path) == (200, "/accounts")
    assert "Arta Kola" in page.text


@pytest.mark.parametrize(("typed", "sentence"), [("", "Shkruani numrin e klientit."), ("12", "ka 9 shifra")])
async def test_a_number_that_can_not_be_one_is_refused_beside_its_field(
    browser: Browser, typed: str, sentence: str
) -> None:
    page = await browser.post("/", customer_number=typed)
    assert page.status == 422
    assert page.title.startswith("Gabim: ")
    assert sentence in page.text
    assert f'value="{typed}"' in page.html
    assert 'href="#customer_number"' in page.html


async def test_the_personal_number_stands_in_and_nobody_is_told_whose_it_is(browser: Browser, cast: Cast) -> None:
    page = await browser.post("/", customer_number=" j61023041k ")
    assert "J61023041K" in page.text
    assert cast.arta.number not in page.html


async def test_a_password_is_asked_for_in_one_field_that_managers_fill(browser: Browser, cast: Cast) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    empty = await browser.post("/login/password", password="")
    assert fields(empty) == {"password"}
    assert 'autocomplete="current-password"' in empty.html
    assert (empty.status, "Shkruani fjalëkalimin." in empty.text) == (422, True)


@pytest.mark.requirement("R15")
async def test_strangers_and_customers_see_the_same_pages(browser: Browser, cast: Cast, phones: Phones) -> None:
    pages = set()
    for number, password in (
        (cast.arta.number, PASSWORD),
        (cast.arta.number, "wrong password 1"),
        (cast.elira.number, PASSWORD),
        (UNKNOWN, PASSWORD),
    ):
        asked = await to_code(browser, number, password)
        failed = await browser.post("/login/code", code="000000")
        assert (asked.path, asked.status, failed.status) == ("/login/code", 200, 422)
        assert FAILED in failed.text
        pages.add((without_particulars(asked, number), without_particulars(failed, number)))
    assert len(pages) == 1
    assert len(phones.sent) == 1


@pytest.mark.requirement("R16")
async def test_the_code_of_another_attempt_is_refused(
    browser: Browser, elsewhere: Browser, cast: Cast, phones: Phones
) -> None:
    await to_code(browser, cast.arta.number)
    await to_code(elsewhere, cast.genti.number)
    page = await browser.post("/login/code", code=last_code(phones))
    assert (page.status, FAILED in page.text) == (422, True)


@pytest.mark.requirement("R17")
async def test_an_expired_code_says_so_and_offers_another(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await to_code(browser, cast.arta.number)
    await machine.wait(120)
    refused = await browser.post("/login/code", code=last_code(phones))
    assert (refused.status, "FNP ka skaduar" in refused.text) == (422, True)
    looked_at = await browser.get("/login/code")
    assert "FNP ka skaduar" in looked_at.text
    assert 'id="code"' in looked_at.html
    await browser.post("/login/code/resend")
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R18")
async def test_the_page_of_the_code_says_what_to_check(browser: Browser, cast: Cast) -> None:
    page = await to_code(browser, cast.arta.number)
    for words in ("120 sekonda", "mbulim nga rrjeti (GSM)", "kutia e mesazheve është plot", CALL_CENTER):
        assert words in page.text
    assert 'autocomplete="one-time-code"' in page.html


@pytest.mark.requirement("R18")
async def test_another_code_waits_for_its_time_and_voids_the_last(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await to_code(browser, cast.arta.number)
    first = last_code(phones)
    too_soon = await browser.post("/login/code/resend")
    assert (too_soon.status, len(phones.sent)) == (422, 1)
    assert 'name="back" value="/login/code"' in too_soon.html
    await machine.wait(30)
    assert "Kodi i mëparshëm nuk vlen më." in (await browser.post("/login/code/resend")).text
    assert len(phones.sent) == 2
    assert (await browser.post("/login/code", code=first)).status == 422
    assert (await browser.post("/login/code", code=last_code(phones))).path == "/accounts"


@pytest.mark.requirement("R20")
async def test_after_three_failures_only_the_call_center_helps(browser: Browser, cast: Cast, phones: Phones) -> None:
    await to_code(browser, cast.arta.number, "wrong password 1")
    for _ in range(2):
        await browser.post("/login/code", code="000000")
    page = await browser.post("/login/code", code="000000")
    assert (page.status, page.title) == (403, f"{BLOCKED} · Dega Internet")
    assert f'<a class="nowrap" href="tel:+35542266288">{CALL_CENTER}</a>' in page.html
    await to_code(browser, cast.arta.number, PASSWORD)
    assert BLOCKED in (await browser.post("/login/code", code="000000")).text
    assert phones.sent == []


@pytest.mark.requirement("R20")
async def test_a_number_that_nobody_has_is_blocked_in_the_same_words(browser: Browser, cast: Cast) -> None:
    pages = set()
    for number in (cast.arta.number, UNKNOWN):
        await to_code(browser, number, "wrong password 1")
        for _ in range(3):
            page = await browser.post("/login/code", code="000000")
        pages.add((page.status, without_particulars(page, number)))
    assert len(pages) == 1


@pytest.mark.requirement("R21")
async def test_who_forgot_number_or_password_is_sent_to_the_call_center(browser: Browser) -> None:
    first = await browser.get("/")
    assert 'href="/forgot#number"' in first.html
    assert 'href="/forgot#password"' in first.html
    page = await browser.get("/forgot")
    assert 'href="tel:+35542266288"' in page.html.split('id="main"')[1].split('role="contentinfo"')[0]
    assert 'id="number"' in page.html
    assert 'id="password"' in page.html


@pytest.mark.requirement("R26", "R28")
async def test_the_first_page_names_the_rules_and_the_lost_phone(browser: Browser) -> None:
    page = await browser.get("/")
    main = page.html.split('id="main"')[1].split('role="contentinfo"')[0]
    assert 'href="/security/rules"' in main
    assert "Mbyllni menjëherë kartën SIM" in main
    assert 'href="/register"' in main


async def test_who_is_logged_in_is_led_past_the_pages_of_logging_in(browser: Browser, login: Login, cast: Cast) -> None:
    await login(browser, cast.arta)
    for path in ("/", "/register"):
        assert (await browser.get(path)).path == "/accounts"
        assert (await browser.post(path, customer_number=cast.genti.number)).path == "/accounts"


@pytest.mark.requirement("R29")
async def test_a_session_without_use_ends_and_the_first_page_says_so(
    browser: Browser, login: Login, cast: Cast, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)
    await machine.wait(299)
    assert (await browser.post("/session/extend")).status == 204
    await machine.wait(299)
    assert (await browser.get("/accounts")).path == "/accounts"
    await machine.wait(300)
    page = await browser.get("/accounts")
    assert page.path == "/?ended=1"
    assert "Koha ka mbaruar" in page.text
    assert "pas 5 minutash" in page.text


@pytest.mark.requirement("R29")
async def test_one_click_logs_out_here_and_in_the_browser(browser: Browser, login: Login, cast: Cast) -> None:
    await login(browser, cast.arta)
    kept = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}
    answer = await browser.post("/logout", follow=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Keni dalë" in (await browser.get("/logout")).text
    browser.client.session.cookie_jar.update_cookies(kept, browser.client.make_url("/"))
    assert (await browser.get("/accounts")).path.startswith("/?ended=1")


async def test_the_page_of_logging_out_asks_first_where_somebody_is_logged_in(
    browser: Browser, login: Login, cast: Cast
) -> None:
    await login(browser, cast.arta)
    page = await browser.get("/logout")
    assert "Dëshironi të dilni?" in page.text
    assert 'action="/logout"' in page.html.split('id="main"')[1]


async def test_logging_in_elsewhere_ends_the_session_here(
    browser: Browser, elsewhere: Browser, login: Login, cast: Cast
) -> None:
    await login(browser, cast.arta)
    await login(elsewhere, cast.arta)
    assert (await browser.get("/accounts")).path == "/?ended=1"
    assert (await elsewhere.get("/accounts")).path == "/accounts"
