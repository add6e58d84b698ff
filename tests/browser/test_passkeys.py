"""Passkeys in a real browser, with an authenticator that the browser simulates: made, used to log in, used to pay."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port
from browser.chromium import CHROMIUM, FLAGS
from browser.installed import marks
from browser.tab import MAIN_BUTTON
from browser_session import last_code
from cast import PASSWORD, Admin, Cast, balance
from conftest import Phones

from dega.access import passkeys
from dega.app import web_application
from dega.bank import Bank
from dega.config import Config
from dega.ids import parse_reference
from dega.payments.payment import digest_of, find_payment
from dega.web.keys import Assembly, GateView

playwright = pytest.importorskip("playwright.async_api")

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = marks(Chromium=CHROMIUM)

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def config(config: Config) -> Config:
    """The bank at an address for which browsers know passkeys: not a number, and without https only `localhost`."""
    return replace(config, web=replace(config.web, public_url=f"http://localhost:{unused_port()}"))


@pytest.fixture
async def client(bank: Bank, gate_view: GateView) -> AsyncIterator[TestClient]:
    app = web_application(bank, Assembly(hosts=frozenset({"localhost"})), gate_view)
    port = int(bank.config.web.public_url.rpartition(":")[2])
    async with TestClient(TestServer(app, port=port)) as client:
        yield client


@pytest.fixture
async def tab(bank: Bank, client: TestClient) -> AsyncIterator["Page"]:
    """A tab of a telephone that can make passkeys."""
    async with playwright.async_playwright() as machinery:
        browser = await machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        viewport = {"width": 360, "height": 740}
        context = await browser.new_context(viewport=viewport, base_url=bank.config.web.public_url)
        tab = await context.new_page()
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        devices = await context.new_cdp_session(tab)
        await devices.send("WebAuthn.enable")
        await devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield tab
        await browser.close()
        assert complaints == []


async def go_on(tab: "Page") -> None:
    """Press the one main button of the page."""
    await tab.locator(MAIN_BUTTON).click()


async def give_number_and_password(tab: "Page", cast: Cast) -> None:
    """To the page of the code."""
    await tab.goto("/")
    await tab.fill("[name=customer_number]", cast.arta.number)
    await go_on(tab)
    await tab.fill("[name=password]", PASSWORD)
    await go_on(tab)


async def add_passkey(tab: "Page", phones: Phones) -> None:
    """From the menu of verification methods to the page with the recovery codes."""
    await tab.goto("/security/factors")
    await tab.get_by_role("link", name="Shtimi i një çelësi kalimi").click()
    await go_on(tab)
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    await tab.fill("[name=name]", "Celulari im")
    await go_on(tab)
    await tab.get_by_role("button", name="Krijo çelësin e kalimit").click()
    await tab.wait_for_selector(".recovery-codes")


async def test_a_passkey_is_made_then_logs_in_then_pays(
    bank: Bank, tab: "Page", admin: Admin, cast: Cast, phones: Phones
) -> None:
    await give_number_and_password(tab, cast)
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    await add_passkey(tab, phones)
    await tab.goto("/security/factors")
    assert "Celulari im" in await tab.locator("#main").inner_text()
    await tab.locator("input.logout").click()
    phones.sent.clear()

    await give_number_and_password(tab, cast)
    await tab.get_by_role("button", name="Përdor çelësin e kalimit").click()
    await tab.wait_for_url("**/accounts")
    assert await tab.locator("h1").inner_text() == "Llogaritë e mia"

    await tab.goto("/payments/in-bank")
    await tab.select_option("[name=from_account]", cast.arta.lek.iban)
    await tab.fill("[name=to_iban]", cast.besnik.lek.iban)
    await tab.fill("[name=amount]", "1 250,50")
    await go_on(tab)
    await go_on(tab)
    assert await tab.locator("[name=code]").count() == 0
    await tab.get_by_role("button", name="Konfirmo me çelësin e kalimit").click()
    await tab.wait_for_selector(".receipt")
    assert "98\u00a0749,50" in await tab.locator("#main").inner_text()
    assert await balance(admin, cast.besnik.lek) == 10_125_050
    assert phones.sent == []

    payment = await find_payment(bank, cast.arta.id, UUID(tab.url.rpartition("/")[2]))
    assert payment.made is not None
    async with bank.database.connection() as connection:
        evidence = await passkeys.evidence_of(connection, parse_reference(payment.made.reference))
    assert evidence is not None
    assert passkeys.still_proves(evidence, digest_of(payment))


async def test_a_device_that_has_none_of_our_passkeys_leaves_the_code_to_be_used(
    tab: "Page", cast: Cast, phones: Phones
) -> None:
    await give_number_and_password(tab, cast)
    await tab.get_by_role("button", name="Përdor çelësin e kalimit").click()
    await tab.get_by_text("Çelësi i kalimit nuk u përdor").wait_for()
    await tab.fill("[name=code]", last_code(phones))
    await go_on(tab)
    assert await tab.locator("h1").inner_text() == "Llogaritë e mia"
