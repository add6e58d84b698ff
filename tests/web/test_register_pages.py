"""Registering, as a browser without scripts sees it: who may is led on, who may not is told why and where to go."""

import re
from collections.abc import Awaitable, Callable

import pytest
from browser_session import Browser, Page, last_code
from cast import Cast, Person
from conftest import Phones

from dega.cli.time_travel import TimeMachine

Login = Callable[[Browser, Person], Awaitable[Page]]

GOOD = "Vjeshta ne Berat 77"
UNKNOWN = "987654321"


async def to_password(browser: Browser, phones: Phones, number: str) -> Page:
    await browser.get("/register")
    await browser.post("/register", customer_number=number)
    return await browser.post("/register/code", code=last_code(phones))


def without_particulars(page: Page, number: str) -> str:
    """The page without what differs by its hour, its seconds and the number that was typed."""
    html = re.sub(r"\d+ sekonda|\d\d:\d\d|[0-9a-f]{64}", "…", page.html)
    return html.replace(number, "…")


@pytest.mark.requirement("R6", "R7", "R8")
async def test_the_first_page_says_who_may_register(browser: Browser) -> None:
    page = await browser.get("/register")
    assert page.title == "Regjistrimi · Dega Internet"
    for words in ("individ, jo biznes", "(KSHBI), versioni 002 ose më i ri", "numrin tuaj të celularit"):
        assert words in page.text


@pytest.mark.requirement("R12")
async def test_who_registers_can_log_in_at_once(browser: Browser, cast: Cast, phones: Phones) -> None:
    page = await to_password(browser, phones, cast.elira.number)
    assert page.path == "/register/password"
    done = await browser.post("/register/password", password=GOOD, password_again=GOOD)
    assert (done.path, "Regjistrimi u krye" in done.text) == ("/register/done", True)
    await browser.post("/", customer_number=cast.elira.number)
    await browser.post("/login/password", password=GOOD)
    page = await browser.post("/login/code", code=last_code(phones))
    assert page.path == "/accounts"
    assert "100 000,00" in page.text


@pytest.mark.requirement("R9")
async def test_registering_begins_with_the_number(browser: Browser) -> None:
    for path in ("/register/code", "/register/password"):
        assert (await browser.get(path)).path == "/register"
    page = await browser.post("/register", customer_number="")
    assert (page.status, "Shkruani numrin e klientit." in page.text) == (422, True)


@pytest.mark.requirement("R9")
async def test_a_number_that_nobody_has_sees_the_same_page(browser: Browser, cast: Cast, phones: Phones) -> None:
    pages = set()
    for number in (cast.elira.number, UNKNOWN):
        asked = await browser.post("/register", customer_number=number)
        refused = await browser.post("/register/code", code="000000")
        assert (asked.path, refused.status) == ("/register/code", 422)
        pages.add((without_particulars(asked, number), without_particulars(refused, number)))
    assert len(pages) == 1
    assert len(phones.sent) == 1


@pytest.mark.requirement("R6", "R7", "R8", "R13")
@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("firma", "Dega Internet është për individët."),
        ("hana", "Nuk keni nënshkruar ende kushtet e shërbimeve bankare për individët (KSHBI)."),
        ("ilir", "Keni nënshkruar versionin 001"),
        ("jona", "Banka nuk ka numrin tuaj të celularit."),
        ("arta", "Telefononi Call Center-in."),
    ],
)
async def test_who_may_not_register_is_told_why(browser: Browser, cast: Cast, who: str, words: str) -> None:
    number = getattr(cast, who).number
    page = await browser.post("/register", customer_number=number)
    assert (page.status, page.path) == (422, "/register")
    assert words in page.text
    assert f'value="{number}"' in page.html


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("password", "again", "words", "field"),
    [
        ("", "", "Shkruani fjalëkalimin.", "password"),
        ("vetemshkronja", "vetemshkronja", "Fjalëkalimi ka vetëm shkronja: duhet të paktën një shifër.", "password"),
        ("93847561", "93847561", "Fjalëkalimi nuk ka asnjë shkronjë: duhet të paktën një.", "password"),
        ("Det 7", "Det 7", "Fjalëkalimi është tepër i shkurtër: të paktën 8 shenja.", "password"),
        ("Elira 7345 Elira", "Elira 7345 Elira", "Fjalëkalimi ka emrin tuaj", "password"),
        (GOOD, GOOD + "x", "Dy fjalëkalimet nuk janë njësoj.", "password_again"),
    ],
)
async def test_a_password_that_will_not_do_is_refused_with_its_reason(
    browser: Browser, cast: Cast, phones: Phones, password: str, again: str, words: str, field: str
) -> None:
    await to_password(browser, phones, cast.elira.number)
    page = await browser.post("/register/password", password=password, password_again=again)
    assert (page.status, page.path) == (422, "/register/password")
    assert words in page.text
    assert f'<a href="#{field}">{words}' in page.html
    assert f'value="{GOOD}"' not in page.html


@pytest.mark.requirement("R17")
async def test_another_code_can_be_asked_for_after_the_first_expired(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await browser.post("/register", customer_number=cast.elira.number)
    assert (await browser.post("/register/code/resend")).status == 422
    await machine.wait(120)
    expired = await browser.post("/register/code", code=last_code(phones))
    assert (expired.status, "FNP ka skaduar" in expired.text) == (422, True)
    assert "U kërkua një kod i ri." in (await browser.post("/register/code/resend")).text
    assert (await browser.post("/register/code", code=last_code(phones))).path == "/register/password"
