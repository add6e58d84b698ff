"""The menu "Mbi Sigurinë": the password and its age, the mobile number, the last logins and what to do about them."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from access.apps import add_app
from access.device import Device, asked
from access.enrolling import enrol
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page, last_code, log_in
from cast import PASSWORD, Cast, Person
from conftest import MONDAY_MORNING, Phones

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.web.browsers import browser_name

Login = Callable[[Browser, Person], Awaitable[Page]]

NEW = "Vjeshta ne Berat 77"
THREE = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW}
INSIDE = ["/accounts", "/activity", "/payments", "/payments/own", "/security", "/security/password/code"]


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta's browser, logged in."""
    await login(browser, cast.arta)
    return browser


@pytest.fixture
async def elsewhere(client: TestClient) -> AsyncIterator[Browser]:
    """A second browser."""
    other = TestClient(client.server, cookie_jar=CookieJar(unsafe=True))
    yield Browser(other)
    await other.session.close()


async def log_in_on_day(
    browser: Browser, phones: Phones, person: Person, machine: TimeMachine, day: int, password: str = PASSWORD
) -> Page:
    """Log in when the password is that many days old."""
    await machine.travel_to(MONDAY_MORNING + timedelta(days=day))
    return await log_in(browser, phones, person, password)


@pytest.mark.requirement("R23")
async def test_the_menu_has_its_name_and_leads_to_the_change(arta: Browser) -> None:
    page = await arta.get("/security")
    assert page.title == "Mbi Sigurinë · Dega Internet"
    assert re.search(r'href="/security" class="active"[^>]*>Mbi Sigurinë', page.html)
    assert 'href="/security/password"' in page.html
    assert "Ndryshuar më 23.11.2026. Duhet ndryshuar përsëri para datës 22.05.2027. Ditë të mbetura: 180." in page.text


@pytest.mark.requirement("R4", "R10")
async def test_the_mobile_number_is_masked_and_no_form_changes_it(arta: Browser, cast: Cast) -> None:
    page = await arta.get("/security")
    assert cast.arta.number in page.text
    assert "+355 69 *** **01" in page.text
    assert "Ndryshohet vetëm në degë." in page.text
    assert cast.arta.mobile not in page.html
    assert re.findall(r'<form action="([^"]+)"', page.html) == ["/language", "/logout"]


@pytest.mark.requirement("R23")
async def test_the_password_changes_after_the_old_one_and_a_code(
    arta: Browser, elsewhere: Browser, cast: Cast, phones: Phones
) -> None:
    page = await arta.post("/security/password", **THREE)
    assert (page.path, "8 shifra" in page.text) == ("/security/password/code", True)
    assert len(last_code(phones)) == 8
    changed = await arta.post("/security/password/code", code=last_code(phones))
    assert (changed.path, "Fjalëkalimi u ndryshua" in changed.text) == ("/security?changed=1", True)
    page = await log_in(elsewhere, phones, cast.arta, NEW)
    assert page.path == "/accounts"


@pytest.mark.requirement("R23")
async def test_until_the_code_is_written_the_old_password_stays(
    arta: Browser, elsewhere: Browser, cast: Cast, phones: Phones
) -> None:
    await arta.post("/security/password", **THREE)
    wrong = await arta.post("/security/password/code", code="00000000")
    assert (wrong.status, "Përpjekje të mbetura para se të bllokohet hyrja juaj: 2." in wrong.text) == (422, True)
    assert (await log_in(elsewhere, phones, cast.arta, PASSWORD)).path == "/accounts"


@pytest.mark.requirement("R23")
@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"password": "wrong password 1"}, "Fjalëkalimi i tanishëm nuk është i saktë.", "password"),
        ({"password": ""}, "Shkruani fjalëkalimin.", "password"),
        ({"new_password": PASSWORD, "new_password_again": PASSWORD}, "e keni përdorur së fundi", "new_password"),
        ({"new_password_again": NEW + "x"}, "Dy fjalëkalimet nuk janë njësoj.", "new_password_again"),
    ],
)
async def test_a_change_that_can_not_be_is_refused_beside_its_field(
    arta: Browser, changes: dict[str, str], words: str, field: str
) -> None:
    page = await arta.post("/security/password", **{**THREE, **changes})
    assert (page.status, page.path) == (422, "/security/password")
    assert words in page.text
    assert f'href="#{field}"' in page.html


async def test_a_code_without_a_change_under_way_leads_back_to_it(arta: Browser) -> None:
    assert (await arta.get("/security/password/code")).path == "/security/password"
    assert (await arta.post("/security/password/code", code="12345678")).path == "/security/password"
    assert (await arta.post("/security/password/code/resend")).path == "/security/password"


async def test_another_code_for_the_change_waits_for_its_time(
    arta: Browser, phones: Phones, machine: TimeMachine
) -> None:
    await arta.post("/security/password", **THREE)
    assert (await arta.post("/security/password/code/resend")).status == 422
    await machine.wait(30)
    assert "U kërkua një kod i ri." in (await arta.post("/security/password/code/resend")).text
    page = await arta.post("/security/password/code", code=last_code(phones))
    assert page.path == "/security?changed=1"


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(("day", "warned"), [(165, False), (166, True), (179, True)])
async def test_the_last_fortnight_of_a_password_is_announced(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine, day: int, warned: bool
) -> None:
    assert (await log_in_on_day(browser, phones, cast.arta, machine, day)).path == "/accounts"
    for path in ("/accounts", "/security"):
        page = await browser.get(path)
        assert ("Ndryshoni së shpejti fjalëkalimin" in page.text) == warned
        assert ('href="/security/password"' in page.html) == (warned or path == "/security")
    assert f"Ditë të mbetura: {180 - day}." in page.text


@pytest.mark.requirement("R24", "R25")
async def test_from_day_180_the_login_leads_only_to_the_change(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    page = await log_in_on_day(browser, phones, cast.arta, machine, 180)
    assert page.path == "/security/password"
    assert "Fjalëkalimi ka mbushur 180 ditë" in page.text
    for path in (*INSIDE, "/"):
        assert (await browser.get(path)).path == "/security/password"
    for path in ("/payments/own", "/security/password/code", "/session/extend", "/"):
        assert (await browser.post(path, customer_number="1")).path == "/security/password"


@pytest.mark.requirement("R24", "R25")
async def test_an_expired_password_is_changed_without_a_second_code(
    browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await log_in_on_day(browser, phones, cast.arta, machine, 180)
    sent = len(phones.sent)
    refused = await browser.post("/security/password", **{**THREE, "password": "wrong password 1"})
    assert refused.status == 422
    page = await browser.post("/security/password", **THREE)
    assert (page.path, len(phones.sent)) == ("/security?changed=1", sent)
    assert (await browser.get("/accounts")).path == "/accounts"


@pytest.mark.requirement("R27", "R28")
async def test_the_last_logins_stand_beside_what_to_do_about_a_strange_one(
    browser: Browser, cast: Cast, login: Login
) -> None:
    await browser.get("/", **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0"})
    await browser.post("/", customer_number=cast.arta.number)
    await browser.post("/login/password", password="wrong password 1")
    await login(browser, cast.arta)
    page = await browser.get("/security")
    rows = re.findall(r"<tr>\s*<td.*?</tr>", page.html, re.DOTALL)
    assert ["Hyrje e kryer" in row for row in rows] == [True, False]
    assert all("23.11.2026 10:0" in row and "127.0.0.0/24" in row for row in rows)
    assert "Nuk isha unë" in page.text
    for address in ('href="/security/password"', 'href="tel:+35542266288"', 'href="/security/rules"'):
        assert address in page.html.split('class="column-side"')[1]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "Internet Explorer, Windows"),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16", "Opera, Windows"),
        ("curl/8.0", ""),
    ],
)
def test_a_browser_is_named_so_that_people_recognise_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


@pytest.mark.requirement("R29")
async def test_a_changed_password_ends_the_session_that_a_thief_had(
    arta: Browser, elsewhere: Browser, phones: Phones
) -> None:
    stolen = {cookie.key: cookie.value for cookie in arta.client.session.cookie_jar}
    await arta.post("/security/password", **THREE)
    await arta.post("/security/password/code", code=last_code(phones))
    elsewhere.client.session.cookie_jar.update_cookies(stolen, elsewhere.client.make_url("/"))
    assert (await elsewhere.get("/accounts")).path == "/?ended=1"
    assert (await arta.get("/accounts")).path == "/accounts"


@pytest.mark.requirement("R23")
async def test_whoever_has_an_app_confirms_a_new_password_by_it(
    bank: Bank, browser: Browser, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    _, telephone = await add_app(bank, phones, cast.arta.number)
    await machine.wait(30)
    await give_number_and_password(browser, cast.arta)
    await browser.post("/login/code", code=telephone.code())
    phones.sent.clear()
    assert "kod i aplikacionit tuaj" in (await browser.get("/security/password")).text
    page = await browser.post("/security/password", method="sms", change_by="sms", **THREE)
    assert (page.path, "Shkruani kodin e aplikacionit" in page.text) == ("/security/password/code", True)
    wrong = await browser.post("/security/password/code", code=telephone.wrong, method="sms")
    assert (wrong.status, "Përpjekje të mbetura" in wrong.text) == (422, True)
    await machine.wait(30)
    changed = await browser.post("/security/password/code", code=telephone.code())
    assert (changed.path, phones.sent) == ("/security?changed=1", [])


@pytest.mark.requirement("R23")
async def test_whoever_has_a_passkey_signs_for_the_new_password(
    bank: Bank, browser: Browser, cast: Cast, phones: Phones
) -> None:
    device = Device()
    await enrol(bank, phones, cast.arta.number, device)
    page = await give_number_and_password(browser, cast.arta)
    await browser.post("/login/passkey", passkey=device.get(asked(page)))
    phones.sent.clear()
    assert "kërkohet çelësi juaj i kalimit" in (await browser.get("/security/password")).text
    page = await browser.post("/security/password", **THREE)
    assert (page.path, "Ndryshimi i fjalëkalimit." in page.text) == ("/security/password/code", True)
    first = device.get(asked(page))
    other = "Kater ujq 29 dele"
    await browser.get("/security/password")
    await browser.post("/security/password", **{**THREE, "new_password": other, "new_password_again": other})
    refused = await browser.post("/security/password/passkey", passkey=first)
    assert (refused.status, "Përpjekje të mbetura" in refused.text) == (422, True)
    changed = await browser.post("/security/password/passkey", passkey=device.get(asked(refused)))
    assert (changed.path, phones.sent) == ("/security?changed=1", [])
    assert (await browser.post("/security/password/passkey", passkey=first)).path == "/security/password"


async def give_number_and_password(browser: Browser, person: Person) -> Page:
    """The first two steps of a login."""
    await browser.get("/")
    await browser.post("/", customer_number=person.number)
    return await browser.post("/login/password", password=PASSWORD)
