"""What people see when something isn't done: the reason and the way on, never a trace, and one page like all others."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person

from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA

Login = Callable[[Browser, Person], Awaitable[Page]]

NIGHT = datetime(2026, 11, 23, 21, 30, tzinfo=TIRANA)
PUBLIC = ["/", "/?ended=1", "/forgot", "/register", "/register/done", "/language", "/logout", "/nowhere"]


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta's browser, logged in."""
    await login(browser, cast.arta)
    return browser


def main_of(page: Page) -> str:
    """The main part of the page."""
    return page.html.split('id="main"')[1].split('role="contentinfo"')[0]


@pytest.mark.parametrize("path", PUBLIC)
async def test_each_page_has_one_heading_and_a_title_of_its_own(browser: Browser, path: str) -> None:
    page = await browser.get(path)
    assert len(re.findall(r"<h1[ >]", page.html)) == 1
    assert re.fullmatch(r".+ · Dega Internet", page.title)


async def test_an_address_with_nothing_at_it_says_so(browser: Browser) -> None:
    page = await browser.get("/nowhere")
    assert (page.status, page.title) == (404, "Në këtë adresë nuk ka asgjë · Dega Internet")
    assert 'href="/"' in main_of(page)


@pytest.mark.requirement("R38")
async def test_a_fault_shows_the_call_center_and_a_case_number_that_staff_find(arta: Browser, admin: Admin) -> None:
    await admin.execute("ALTER TABLE sign_in RENAME TO sign_in_of_yesterday")
    page = await arta.get("/security")
    assert (page.status, page.title) == (500, "Gabim i përgjithshëm · Dega Internet")
    assert "Asgjë nuk mbeti përgjysmë" in page.text
    assert "+355 4 2266 288" in main_of(page)
    number = re.search(r'<p class="case">(C-\w{4}-\w{4})</p>', page.html)
    assert number is not None
    case = await admin.fetchrow("SELECT route, kind FROM fault_case WHERE number = $1", number[1])
    assert tuple(case) == ("GET /security", "UndefinedTableError")
    assert "sign_in" not in page.html
    assert "Traceback" not in page.html


@pytest.mark.requirement("R32")
async def test_the_page_of_the_daily_update_gives_reason_window_and_time(arta: Browser, machine: TimeMachine) -> None:
    await machine.travel_to(NIGHT)
    page = await arta.get("/payments/own")
    assert page.status == 503
    assert 8990 <= int(page.headers["Retry-After"]) <= 9000
    assert "ndalen nga ora 21:00 deri në 00:00. Provoni përsëri pas orës 00:00." in page.text
    assert "24.11.2026 00:00" in page.text
    assert "update_window" in page.text


@pytest.mark.requirement("R31")
async def test_the_page_of_the_daily_update_leads_to_what_works(arta: Browser, machine: TimeMachine) -> None:
    await machine.travel_to(NIGHT)
    ways = re.findall(r'href="(/\w+)"', main_of(await arta.get("/payments/own")))
    assert ways == ["/accounts", "/activity", "/payments", "/security"]
    for way in ways:
        assert (await arta.get(way)).status == 200


@pytest.mark.requirement("R33")
async def test_what_was_started_before_the_update_is_said_to_be_kept(
    arta: Browser, cast: Cast, machine: TimeMachine
) -> None:
    started = await arta.post(
        "/payments/own",
        from_account=cast.arta.lek.iban,
        to_account=cast.arta.second.iban,
        amount="1250,00",
        description="Kursime",
    )
    await machine.travel_to(NIGHT)
    page = await arta.post(started.path)
    assert page.status == 503
    assert "Nuk është regjistruar asgjë" in page.text
    assert "Pagesa juaj është ruajtur" in page.text
    assert started.path.removesuffix("/check") in main_of(await arta.get("/payments"))


@pytest.mark.requirement("R29")
async def test_a_form_that_is_not_ours_is_refused_with_a_way_on(browser: Browser, cast: Cast) -> None:
    page = await browser.post("/", token="0" * 64, customer_number=cast.arta.number)
    assert (page.status, page.title) == (403, "Kjo nuk u krye · Dega Internet")
    assert "form_stale" in page.text
    assert 'href="/"' in main_of(page)


async def test_too_many_forms_from_one_address_are_told_to_wait(browser: Browser) -> None:
    await browser.get("/")
    for _ in range(61):
        page = await browser.post("/", customer_number="")
    assert (page.status, page.headers["Retry-After"]) == (429, "60")
    assert "Nga adresa juaj u bënë shumë përpjekje." in page.text


async def test_errors_are_in_the_language_of_the_visitor(browser: Browser) -> None:
    await browser.post("/language", language="en", back="/")
    assert (await browser.get("/nowhere")).title == "There is nothing at this address · Dega Internet"
