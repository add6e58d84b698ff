"""The menu of verification methods, as a person without scripts goes through it."""

import base64
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pyotp
import pytest
from access.apps import Telephone, add_app, give_passkey
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser, Page, last_code, log_in
from cast import PASSWORD, Admin, Cast, Person
from conftest import Phones
from paying import prepare, prepare_own

from dega.app import web_application
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.web.keys import Assembly, GateView

Login = Callable[[Browser, Person], Awaitable[Page]]


@pytest.fixture
async def elsewhere(client: TestClient) -> AsyncIterator[Browser]:
    """A second browser."""
    other = TestClient(client.server, cookie_jar=CookieJar(unsafe=True))
    yield Browser(other)
    await other.session.close()


async def confirm_by_sms(browser: Browser, phones: Phones) -> Page:
    """On the page that asks whether to confirm: go on, and write the code that comes."""
    await browser.post("/security/confirm", **_hidden(browser.page))
    return await browser.post("/security/confirm/code", code=last_code(phones))


async def confirm_by(browser: Browser, code: str) -> Page:
    """The same with a code that isn't sent."""
    await browser.post("/security/confirm", **_hidden(browser.page))
    return await browser.post("/security/confirm/code", code=code)


async def add(bank: Bank, browser: Browser, phones: Phones, name: str = "Celulari im") -> Telephone:
    """Add an app, by its pages; the telephone, with the recovery codes of the page that shows them."""
    await browser.get("/security/factors/app")
    await confirm_by_sms(browser, phones)
    page = await browser.post("/security/factors/app", name=name)
    telephone = Telephone(bank, _seed(page), [])
    page = await browser.post("/security/factors/app/code", code=telephone.code())
    telephone.paper = re.findall(r"<li><code>([0-9 ]{14})</code></li>", page.html)
    return telephone


async def log_in_with(browser: Browser, person: Person, code: str) -> Page:
    """Number, password, and a code that isn't sent."""
    await browser.get("/")
    await browser.post("/", customer_number=person.number)
    await browser.post("/login/password", password=PASSWORD)
    return await browser.post("/login/code", code=code)


def _hidden(page: Page) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(for|of)" value="([^"]*)">', page.html))


def _seed(page: Page) -> str:
    found = re.search(r'<code class="seed">([A-Z2-7 ]+)</code>', page.html)
    assert found is not None
    return found[1].replace(" ", "")


async def test_the_menu_leads_to_an_app_by_way_of_a_code_by_sms(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)
    assert 'href="/security/factors"' in (await browser.get("/security")).html
    assert "Nuk keni asnjë." in (await browser.get("/security/factors")).text
    asked = await browser.get("/security/factors/app")
    assert (asked.path, asked.title) == ("/security/confirm?for=app-add", "Konfirmoni ndryshimin · Dega Internet")
    assert "Shtimi i një aplikacioni autentifikimi" in asked.text
    named = await confirm_by_sms(browser, phones)
    assert named.path == "/security/factors/app"
    shown = await browser.post("/security/factors/app", name="Celulari im")
    assert shown.path == "/security/factors/app/code"
    seed = _seed(shown)
    assert len(seed) == 32
    again = await browser.get("/security/factors/app/code")
    assert again.text.count(seed[:4]) == 1
    assert '<a href="otpauth://totp/' in again.html
    done = await browser.post("/security/factors/app/code", code=pyotp.TOTP(seed).at(bank.clock.now()))
    assert (done.status, len(re.findall(r"<li><code>[0-9]{4} [0-9]{4} [0-9]{4}</code></li>", done.html))) == (200, 10)
    listed = await browser.get("/security/factors")
    assert "Celulari im" in listed.text
    assert "Kode të mbetura: 10." in listed.text


async def test_the_qr_code_stands_in_the_page_itself_and_the_seed_in_no_address(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)
    await browser.get("/security/factors/app")
    await confirm_by_sms(browser, phones)
    page = await browser.post("/security/factors/app", name="Celulari im")
    picture = re.search(r'<img class="qr" src="data:image/png;base64,([^"]+)"', html.unescape(page.html))
    assert picture is not None
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert _seed(page) not in page.path


async def test_whoever_has_an_app_logs_in_by_it_and_gets_no_sms(
    bank: Bank, browser: Browser, elsewhere: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)
    telephone = await add(bank, browser, phones)
    sent = len(phones.sent)
    await machine.wait(30)
    assert (await log_in_with(elsewhere, cast.arta, telephone.code())).path == "/accounts"
    assert (await log_in_with(browser, cast.arta, telephone.paper[0].replace(" ", "-"))).path == "/accounts"
    assert len(phones.sent) == sent
    assert "Kode të mbetura: 9." in (await browser.get("/security/factors")).text


async def test_the_page_of_the_code_says_the_same_with_an_app_and_without_one(
    bank: Bank, browser: Browser, elsewhere: Browser, cast: Cast, phones: Phones
) -> None:
    await add_app(bank, phones, cast.arta.number)
    pages = []
    for number, password in (
        (cast.arta.number, PASSWORD),
        (cast.besnik.number, PASSWORD),
        (cast.genti.number, "Wrong12345"),
        ("987654321", PASSWORD),
    ):
        await browser.get("/")
        await browser.post("/", customer_number=number)
        page = await browser.post("/login/password", password=password)
        wrong = await browser.post("/login/code", code="12345")
        by_chance = r'value="[0-9a-f]{64}"|data-seconds="[0-9]+"|>[0-9]+</|challenge&#34;:&#34;[\w-]{43}'
        pages.append(re.sub(by_chance, "", page.html + wrong.html))
    assert len(set(pages)) == 1
    assert "aplikacion autentifikimi" in pages[0]


async def test_removing_the_last_factor_is_announced_waits_and_can_be_undone(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)
    telephone = await add(bank, browser, phones)
    page = await browser.get("/security/factors")
    address = re.search(r'href="(/security/factors/remove\?factor=[0-9a-f-]{36})"', page.html)
    assert address is not None
    factor = address[1][-36:]
    await browser.get(address[1])
    await machine.wait(30)
    asked = await confirm_by(browser, telephone.code())
    assert (asked.path, "24 orë" in asked.text) == (address[1], True)
    leaves = await browser.post("/security/factors/remove", factor=factor)
    assert leaves.path == "/security/factors?done=leaves"
    assert "Hiqet më 24.11.2026" in leaves.text
    kept = await browser.post("/security/factors/keep", factor=factor)
    assert (kept.path, "Po hiqet" in kept.text) == ("/security/factors?done=kept", False)


async def test_a_factor_gets_another_name(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    await login(browser, cast.arta)
    telephone = await add(bank, browser, phones)
    factor = str(await admin.fetchval("SELECT id FROM factor"))
    await browser.get(f"/security/factors/rename?factor={factor}")
    await machine.wait(30)
    form = await confirm_by(browser, telephone.code())
    assert 'value="Celulari im"' in form.html
    refused = await browser.post("/security/factors/rename", factor=factor, name="")
    assert (refused.status, 'href="#name"' in refused.html) == (422, True)
    done = await browser.post("/security/factors/rename", factor=factor, name="<b>Tableti</b>")
    assert "&lt;b&gt;Tableti&lt;/b&gt;" in done.html


async def test_what_is_not_confirmed_leads_to_the_confirmation_and_changes_nothing(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, admin: Admin
) -> None:
    await login(browser, cast.arta)
    await add(bank, browser, phones)
    factor = str(await admin.fetchval("SELECT id FROM factor"))
    for path, fields, confirmed in (
        ("/security/factors/app", {"name": "x"}, "app-add"),
        ("/security/factors/remove", {"factor": factor}, f"factor-remove&of={factor}"),
        ("/security/factors/rename", {"factor": factor, "name": "x"}, f"factor-rename&of={factor}"),
        ("/security/factors/recovery", {}, "recovery-new"),
    ):
        assert (await browser.post(path, **fields)).path == f"/security/confirm?for={confirmed}"
    assert (await browser.post("/security/factors/app/code", code="123456")).path == "/security/confirm?for=app-add"
    row = await admin.fetchrow("SELECT name, leaves_at, removed_at FROM factor")
    assert tuple(row) == ("Celulari im", None, None)


async def test_new_recovery_codes_are_shown_once(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)
    assert (await browser.get("/security/factors/recovery")).path == "/security/factors"
    telephone = await add(bank, browser, phones)
    await browser.get("/security/factors/recovery")
    await machine.wait(30)
    await confirm_by(browser, telephone.code())
    page = await browser.post("/security/factors/recovery")
    codes = re.findall(r"<li><code>([0-9 ]{14})</code></li>", page.html)
    assert (len(codes), set(codes) & set(telephone.paper)) == (10, set())
    again = await browser.get("/security/factors/recovery")
    assert (again.path, codes[0] in again.html) == ("/security/confirm?for=recovery-new", False)


async def test_the_method_of_a_confirmation_is_the_banks_to_choose(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)
    await add(bank, browser, phones)
    sent = len(phones.sent)
    await browser.get("/security/factors/recovery")
    page = await browser.post("/security/confirm", method="sms", by="sms", stepup_by="sms", **_hidden(browser.page))
    assert page.path == "/security/confirm/code"
    assert "Shkruani kodin e aplikacionit" in page.text
    assert len(phones.sent) == sent
    wrong = await browser.post("/security/confirm/code", code="12345678", method="sms")
    assert (wrong.status, "Përpjekje të mbetura" in wrong.text) == (422, True)


async def test_with_a_passkey_too_an_app_is_removed_at_once(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, admin: Admin
) -> None:
    await login(browser, cast.arta)
    telephone = await add(bank, browser, phones)
    await give_passkey(admin, cast.arta.id)
    factor = str(await admin.fetchval("SELECT id FROM factor WHERE kind = 'app'"))
    await browser.get(f"/security/factors/remove?factor={factor}")
    asked = await confirm_by(browser, telephone.paper[0])
    assert "Nuk vlen më që në këtë çast." in asked.text
    assert (await browser.post("/security/factors/remove", factor=factor)).path == "/security/factors?done=removed"


async def test_somebody_elses_factor_is_not_found(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, admin: Admin
) -> None:
    await add_app(bank, phones, cast.arta.number)
    artas = str(await admin.fetchval("SELECT id FROM factor"))
    await login(browser, cast.genti)
    for factor in (artas, "nonsense", "00000000-0000-4000-8000-000000000000"):
        assert (await browser.get(f"/security/factors/remove?factor={factor}")).status == 404
        assert (await browser.get(f"/security/factors/rename?factor={factor}")).status == 404
        await browser.get("/security/factors")
        assert (await browser.post("/security/factors/keep", factor=factor)).status == 404
        await browser.get("/security/factors")
        assert (await browser.post("/security/factors/rename", factor=factor, name="x")).status == 404
    for query in ("", "?for=nothing", "?for=factor-remove", "?for=app-add&of=x"):
        assert (await browser.get(f"/security/confirm{query}")).path == "/security"
    await browser.get("/security")
    assert (await browser.post("/security/confirm", **{"for": "nothing"})).status == 404
    assert (await browser.post("/security/confirm/code", code="12345678", token=None)).path == "/security"


async def test_the_code_of_a_change_can_be_sent_again(
    browser: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    await login(browser, cast.arta)
    await browser.get("/security/factors/app")
    await browser.post("/security/confirm", **_hidden(browser.page))
    assert (await browser.post("/security/confirm/code/resend")).status == 422
    await machine.wait(30)
    again = await browser.post("/security/confirm/code/resend")
    assert (again.path, "U kërkua një kod i ri." in again.text) == ("/security/confirm/code?again=1", True)
    assert (await browser.post("/security/confirm/code", code=last_code(phones))).path == "/security/factors/app"


async def test_an_app_confirms_no_payment_to_others(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    await login(browser, cast.arta)
    telephone = await add(bank, browser, phones)
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await browser.get(f"/payments/{payment}/check")
    sent = len(phones.sent)
    page = await browser.post(f"/payments/{payment}/check")
    assert (page.path, len(phones.sent)) == (f"/payments/{payment}/code", sent + 1)
    await machine.wait(30)
    for code in (telephone.code(), telephone.paper[0]):
        refused = await browser.post(f"/payments/{payment}/code", code=code)
        assert (refused.status, "Kodi ka 8 shifra" in refused.text) == (422, True)
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment) == "draft"
    paid = await browser.post(f"/payments/{payment}/code", code=last_code(phones))
    assert paid.path == f"/payments/{payment}"
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment) == "posted"


async def test_an_app_confirms_a_transfer_between_own_accounts_where_that_needs_a_code(
    bank: Bank, cast: Cast, phones: Phones, machine: TimeMachine, gate_view: GateView, admin: Admin
) -> None:
    payments = replace(bank.config.payments, code_for_own_accounts=True)
    bank = replace(bank, config=replace(bank.config, payments=payments))
    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), gate_view)
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        browser = Browser(client)
        await log_in(browser, phones, cast.arta)
        telephone = await add(bank, browser, phones)
        payment, sent = await prepare_own(bank, cast.arta), len(phones.sent)
        await browser.get(f"/payments/{payment}/check")
        page = await browser.post(f"/payments/{payment}/check")
        assert (page.path, "Shkruani kodin e aplikacionit" in page.text) == (f"/payments/{payment}/code", True)
        assert len(phones.sent) == sent
        used = await browser.post(f"/payments/{payment}/code", code=telephone.code())
        assert (used.status, "është përdorur tashmë" in used.text) == (422, True)
        await machine.wait(30)
        assert (await browser.post(f"/payments/{payment}/code", code=telephone.code())).path == f"/payments/{payment}"
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment) == "posted"
