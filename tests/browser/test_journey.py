"""The whole journey in a real browser, with scripts and without: register, log in, transfer, see it, log out."""

import os
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient
from browser_session import last_code
from cast import Admin, Cast, balance
from conftest import Phones

playwright = pytest.importorskip("playwright.async_api")

if TYPE_CHECKING:
    from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-quic"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("DEGA_REQUIRE_BROWSER"), reason="no Chromium on this machine"
    ),
]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
async def tab(request: pytest.FixtureRequest, client: TestClient) -> AsyncIterator["Page"]:
    """A tab on the bank, in Albanian, as a telephone is wide."""
    async with playwright.async_playwright() as machinery:
        browser = await machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            java_script_enabled=request.param,
            locale="en-US",
            timezone_id="America/New_York",
            viewport={"width": 360, "height": 740},
            base_url=str(client.make_url("/")),
        )
        tab = await context.new_page()
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        yield tab
        await browser.close()
        assert complaints == []


async def go_on(tab: "Page") -> None:
    """Press the one main button of the page."""
    await tab.locator("#main input.button-primary").click()


@pytest.mark.requirement("R2", "R3", "R12", "R14", "R16", "R35", "R36", "R44")
async def test_from_registration_to_a_transfer_and_out_again(
    tab: "Page", admin: Admin, cast: Cast, phones: Phones
) -> None:
    password = "Valbona ka 1 liqen"
    await tab.goto("/")
    await tab.get_by_role("link", name="Regjistrohu tani").click()
    await tab.fill("[name=customer_number]", cast.elira.number)
    await go_on(tab)
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    await tab.fill("[name=password]", password)
    await tab.fill("[name=password_again]", password)
    await go_on(tab)

    await tab.goto("/")
    await tab.fill("[name=customer_number]", cast.elira.number)
    await go_on(tab)
    await tab.fill("[name=password]", password)
    await go_on(tab)
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    assert await tab.locator("h1").inner_text() == "Llogaritë e mia"
    assert "100\u00a0000,00" in await tab.locator("#main").inner_text()

    await tab.get_by_role("link", name="Transfertat").first.click()
    await tab.get_by_role("link", name="Brenda BKT").click()
    await tab.select_option("[name=from_account]", cast.elira.lek.iban)
    await tab.fill("[name=to_iban]", cast.besnik.lek.iban)
    await tab.fill("[name=to_name]", "Besnik Hoxha")
    await tab.fill("[name=amount]", "1 250,50")
    await tab.fill("[name=description]", "Qira nëntor")
    await go_on(tab)
    check = await tab.locator("#main").inner_text()
    assert "Besnik Hoxha" in check
    assert "1\u00a0250,50" in check
    await go_on(tab)
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    receipt = await tab.locator("#main").inner_text()
    assert "98\u00a0749,50" in receipt
    address = tab.url

    await tab.get_by_role("link", name="Veprimet e Llogarisë").first.click()
    activity = await tab.locator("#main").inner_text()
    assert "Qira nëntor" in activity
    assert "98\u00a0749,50" in activity
    assert await balance(admin, cast.besnik.lek) == 10_125_050
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 360

    await tab.locator("input.logout").click()
    await tab.goto(address)
    assert await tab.locator("[name=customer_number]").count() == 1


@pytest.mark.parametrize("tab", [True], ids=["with scripts"], indirect=True)
async def test_a_wrong_code_is_not_sent_again_by_reloading_or_going_back(
    tab: "Page", cast: Cast, admin: Admin, phones: Phones
) -> None:
    await tab.goto("/register")
    await tab.fill("[name=customer_number]", cast.elira.number)
    await go_on(tab)
    wrong = str((int(last_code(phones)) + 1) % 1_000_000).zfill(6)
    await tab.fill("[name=code]", wrong)
    await go_on(tab)
    assert "mbetura para se të bllokohet hyrja juaj: 2" in await tab.locator("#main").inner_text()
    await tab.reload()
    await tab.get_by_role("link", name="Kontaktet").click()
    await tab.go_back()
    assert await tab.locator("#error-summary").count() == 0
    assert await admin.fetchval("SELECT max(failures) FROM lockout") == 1
