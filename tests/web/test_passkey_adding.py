"""Adding and removing passkeys, page by page; who has one agrees to changes by it."""

import re
from html import unescape

import pytest
from access.device import Device, asked
from browser_session import Browser, Page, last_code
from cast import Admin, Cast
from conftest import Phones

from dega.cli.time_travel import TimeMachine


def hidden(page: Page) -> dict[str, str]:
    """What the form of the page carries unseen."""
    return dict(re.findall(r'type="hidden" name="(for|of)" value="([^"]*)"', page.html))


async def go_on(browser: Browser) -> Page:
    """On the page that asks whether to confirm a change: yes."""
    return await browser.post("/security/confirm", **hidden(browser.page))


async def agree(browser: Browser, device: Device) -> Page:
    """Confirm the change of the page by the passkey; on to the change."""
    page = await go_on(browser)
    return await browser.post("/security/confirm/passkey", passkey=device.get(asked(page)))


@pytest.fixture
async def arta(browser: Browser, login: object, cast: Cast) -> Browser:
    """Arta's browser, logged in by SMS, in English."""
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)  # type: ignore[operator]
    return browser


async def add(browser: Browser, phones: Phones, device: Device, name: str = "My phone") -> Page:
    """The whole way to a first passkey; the page after it."""
    await browser.get("/security/passkeys/add")
    await go_on(browser)
    page = await browser.post("/security/confirm/code", code=last_code(phones))
    assert page.path == "/security/passkeys/add"
    page = await browser.post("/security/passkeys/add", name=name)
    assert page.path == "/security/passkeys/make"
    return await browser.post("/security/passkeys/make", passkey=device.create(asked(page)))


async def test_a_passkey_is_added_after_a_code_and_shows_recovery_codes_once(
    arta: Browser, phones: Phones, admin: Admin
) -> None:
    page = await add(arta, phones, Device())
    assert "celes kalimi" in phones.sent[-1][1]
    assert len(re.findall(r"<li><code>[0-9 ]{14}</code></li>", page.html)) == 10
    shown = await arta.get("/security/factors")
    assert "My phone" in shown.text
    assert "Payments to others are confirmed by a passkey" in shown.text
    assert (await arta.get("/security/passkeys/make")).path.startswith("/security/confirm")
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE template = 'factor_added'") == 2


@pytest.mark.refusal("factor_name_missing")
async def test_what_is_wrong_with_a_new_passkey_is_said_on_its_page(arta: Browser, phones: Phones) -> None:
    await arta.get("/security/passkeys/add")
    await go_on(arta)
    await arta.post("/security/confirm/code", code=last_code(phones))
    assert (await arta.post("/security/passkeys/add", name=" ")).status == 422
    page = await arta.post("/security/passkeys/add", name="My phone")
    refused = await arta.post("/security/passkeys/make", passkey=Device(verifies=False).create(asked(page)))
    assert "made no passkey that the bank can use" in refused.text
    assert "signed nothing" in (await arta.post("/security/passkeys/make", passkey="")).text
    assert "recovery codes" in (await arta.post("/security/passkeys/make", passkey=Device().create(asked(page)))).text


async def test_nothing_is_added_without_a_proof(arta: Browser, admin: Admin) -> None:
    for path, field in (("/security/passkeys/add", "name"), ("/security/passkeys/make", "passkey")):
        await arta.get("/security")
        assert (await arta.post(path, **{field: "x"})).path.startswith("/security/confirm")
    assert await admin.fetchval("SELECT count(*) FROM factor") == 0


async def test_who_has_a_passkey_agrees_to_a_second_one_by_it(arta: Browser, phones: Phones) -> None:
    phone, tablet = Device(), Device()
    await add(arta, phones, phone)
    phones.sent.clear()
    await arta.get("/security/passkeys/add")
    assert (await agree(arta, phone)).path == "/security/passkeys/add"
    page = await arta.post("/security/passkeys/add", name="Tablet")
    assert len(re.findall("public-key&#34;,&#34;id", page.html)) == 1  # the phone's is not to be made again
    page = await arta.post("/security/passkeys/make", passkey=tablet.create(asked(page)))
    assert page.path == "/security/factors?done=passkey"
    assert "Tablet" in page.text
    assert phones.sent == []


@pytest.mark.refusal("passkey_wrong", "passkey_spent")
async def test_a_signature_for_one_change_agrees_to_no_other(arta: Browser, phones: Phones) -> None:
    phone = Device()
    await add(arta, phones, phone)
    await arta.get("/security/passkeys/add")
    first = phone.get(asked(await go_on(arta)))
    await arta.get("/security/confirm?for=recovery-new")
    await go_on(arta)
    refused = await arta.post("/security/confirm/passkey", passkey=first)
    assert "isn't right for this" in unescape(refused.text)
    answer = phone.get(asked(refused))
    assert (await arta.post("/security/confirm/passkey", passkey=answer)).path == "/security/factors/recovery"
    again = await arta.post("/security/confirm/passkey", passkey=answer)
    assert "signed before" in again.text


async def test_removing_the_only_passkey_waits_and_one_of_two_goes_at_once(
    arta: Browser, phones: Phones, machine: TimeMachine, admin: Admin
) -> None:
    phone, tablet = Device(), Device()
    await add(arta, phones, phone)
    await arta.get("/security/passkeys/add")
    await agree(arta, phone)
    page = await arta.post("/security/passkeys/add", name="Tablet")
    page = await arta.post("/security/passkeys/make", passkey=tablet.create(asked(page)))
    for done in ("removed", "leaves"):
        factor = re.findall(
            r"/security/factors/remove\?factor=([0-9a-f-]{36})", (await arta.get("/security/factors")).html
        )
        await arta.get(f"/security/factors/remove?factor={factor[0]}")
        await agree(arta, tablet if done == "leaves" else phone)
        page = await arta.post("/security/factors/remove", factor=factor[0])
        assert page.path == f"/security/factors?done={done}"
    assert await admin.fetchval("SELECT count(*) FROM factor_in_force") == 1
    await machine.wait(24 * 3600 + 1)
    assert await admin.fetchval("SELECT count(*) FROM factor_in_force") == 0


async def test_a_recovery_code_stands_in_for_a_lost_device(arta: Browser, phones: Phones) -> None:
    page = await add(arta, phones, Device())
    code = re.findall(r"<li><code>([0-9 ]{14})</code></li>", page.html)[0]
    await arta.get("/security/passkeys/add")
    await go_on(arta)
    assert (await arta.post("/security/confirm/code", code=code)).path == "/security/passkeys/add"
