"""The virtual keyboard with scripts, in a real browser: it types into the field, and neither asks nor tells anybody."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient
from browser.chromium import CHROMIUM, FLAGS
from browser.installed import marks
from browser_session import last_code
from cast import PASSWORD, Cast
from conftest import Phones

playwright = pytest.importorskip("playwright.async_api")

if TYPE_CHECKING:
    from playwright.async_api import Page

SENTENCE = "Lumi sjell 3 gurë & ujë!"

pytestmark = marks(Chromium=CHROMIUM)


@pytest.fixture
async def tab(client: TestClient) -> AsyncIterator["Page"]:
    """A tab on the bank with scripts on, as the narrowest telephone is wide."""
    async with playwright.async_playwright() as machinery:
        browser = await machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 320, "height": 640}, base_url=str(client.make_url("/")))
        tab = await context.new_page()
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        yield tab
        await browser.close()
        assert complaints == []


async def to_password(tab: "Page", number: str) -> None:
    await tab.goto("/")
    await tab.fill("[name=customer_number]", number)
    await tab.locator("#main input.button-primary").click()


async def to_new_password(tab: "Page", number: str, phones: Phones) -> None:
    await tab.goto("/register")
    await tab.fill("[name=customer_number]", number)
    await tab.locator("#main input.button-primary").click()
    await tab.fill("[name=code]", last_code(phones))
    await tab.locator("#main input.button-primary").click()


async def type_by_clicks(tab: "Page", text: str) -> None:
    """Press the keys of the keyboard that is open."""
    keyboard = tab.locator(".keyboard:visible")
    capitals, signs = keyboard.get_by_text("Shkronja të mëdha"), keyboard.get_by_text("Shenjat")
    for character in text:
        if character == " ":
            await keyboard.get_by_text("Hapësirë").click()
            continue
        if (await capitals.get_attribute("aria-pressed") == "true") != character.isupper():
            await capitals.click()
        is_sign = character not in await keyboard.locator(".keys .key").all_inner_texts()
        if is_sign:
            await signs.click()
        await keyboard.locator(".keys").get_by_role("button", name=character, exact=True).click()
        if is_sign:
            await signs.click()


@pytest.mark.requirement("R19")
async def test_a_password_is_clicked_into_the_field_and_nobody_is_asked(
    tab: "Page", cast: Cast, phones: Phones
) -> None:
    await to_password(tab, cast.arta.number)
    assert await tab.locator(".keyboard").count() == 0
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    await tab.get_by_role("button", name="Tastiera virtuale (Fjalëkalimi)").click()
    await type_by_clicks(tab, PASSWORD)
    assert await tab.input_value("[name=password]") == PASSWORD
    assert requests == []
    await tab.locator("#main input.button-primary").click()
    await tab.fill("[name=code]", last_code(phones))
    await tab.locator("#main input.button-primary").click()
    assert await tab.locator("h1").inner_text() == "Llogaritë e mia"


@pytest.mark.requirement("R19")
async def test_the_field_stays_a_field_and_each_has_its_own_keyboard(tab: "Page", cast: Cast, phones: Phones) -> None:
    await to_new_password(tab, cast.elira.number, phones)
    toggles = tab.locator(".keyboard-toggle")
    await tab.fill("[name=password]", "Lumi gurë & ujë!")
    await tab.evaluate("document.querySelector('[name=password]').setSelectionRange(5, 5)")
    await toggles.nth(0).click()
    await type_by_clicks(tab, "sjell 3 ")
    await toggles.nth(1).click()
    assert [await toggles.nth(n).get_attribute("aria-expanded") for n in (0, 1)] == ["false", "true"]
    await type_by_clicks(tab, SENTENCE)
    for name in ("password", "password_again"):
        assert await tab.input_value(f"[name={name}]") == SENTENCE
    await tab.locator("#main input.button-primary").click()
    assert tab.url.endswith("/register/done")


@pytest.mark.requirement("R19")
async def test_who_uses_keys_moves_inside_it_and_leaves_it_where_they_came_from(tab: "Page", cast: Cast) -> None:
    async def focused() -> str:
        return str(await tab.evaluate("document.activeElement.textContent"))

    await to_password(tab, cast.arta.number)
    toggle = tab.get_by_role("button", name="Tastiera virtuale (Fjalëkalimi)")
    assert await toggle.get_attribute("aria-expanded") == "false"
    await toggle.press("Enter")
    assert await toggle.get_attribute("aria-expanded") == "true"
    group = tab.get_by_role("group", name="Tastiera virtuale: Fjalëkalimi")
    assert await group.get_attribute("id") == await toggle.get_attribute("aria-controls")
    await tab.keyboard.press("Tab")
    passed = [await focused()]
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowDown", "Home", "ArrowLeft", "ArrowUp", "Home", "ArrowUp"):
        await tab.keyboard.press(key)
        passed.append(await focused())
    assert passed == ["1", "2", "7", "-", "t", "q", "-", "5", "1", "Fshi të gjitha"]
    await tab.keyboard.press("ArrowDown")
    for key in ("Enter", "Space", "ArrowRight", "Space"):
        await tab.keyboard.press(key)
    assert await tab.input_value("[name=password]") == "223"
    await tab.keyboard.press("Tab")
    assert await tab.evaluate("document.activeElement.type") == "checkbox"
    await tab.keyboard.press("Escape")
    assert await group.count() == 0
    assert await toggle.evaluate("toggle => toggle === document.activeElement")
    assert await toggle.get_attribute("aria-expanded") == "false"


@pytest.mark.requirement("R19")
async def test_one_stop_of_the_tab_key_real_buttons_and_room_for_a_finger(tab: "Page", cast: Cast) -> None:
    await to_password(tab, cast.arta.number)
    await tab.locator(".keyboard-toggle").click()
    for _ in range(2):
        keys = await tab.locator(".keyboard .key").evaluate_all(
            "keys => keys.map(key => [key.tagName, key.type, key.tabIndex, key.offsetWidth, key.offsetHeight])"
        )
        assert {tuple(key[:2]) for key in keys} == {("BUTTON", "button")}
        assert sorted(key[2] for key in keys)[-2:] == [-1, 0]
        assert min(key[3] for key in keys) >= 44
        assert min(key[4] for key in keys) >= 44
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 320
        await tab.get_by_role("button", name="Shenjat").click()
    tops = await tab.locator(".keyboard .keys-half").evaluate_all(
        "halves => halves.map(half => new Set([...half.children].map(key => key.offsetTop)).size)"
    )
    assert set(tops) == {1}


@pytest.mark.requirement("R19")
async def test_it_says_how_many_and_never_which(tab: "Page", cast: Cast) -> None:
    await to_password(tab, cast.arta.number)
    await tab.locator(".keyboard-toggle").click()
    status = tab.locator(".keyboard [role=status]")
    said = [await status.inner_text()]
    for name in ("k", "ë", "Fshi të fundit", "Fshi të gjitha"):
        await tab.locator(".keyboard").get_by_role("button", name=name, exact=True).click()
        said.append(await status.inner_text())
    assert said == [
        "Shenja të shtypura: 0", "U shtua 1 shenjë, gjithsej 1.", "U shtua 1 shenjë, gjithsej 2.",
        "U fshi 1 shenjë, mbeten 1.", "U fshinë të gjitha.",
    ]  # fmt: skip


@pytest.mark.requirement("R19")
async def test_shuffled_keys_type_what_they_show(tab: "Page", cast: Cast) -> None:
    await to_password(tab, cast.arta.number)
    await tab.locator(".keyboard-toggle").click()
    keys = tab.locator(".keyboard .keys .key")
    assert not await tab.get_by_label("Përziej tastet").is_checked()
    plain = await keys.all_inner_texts()
    await tab.get_by_label("Përziej tastet").check()
    shuffled = await keys.all_inner_texts()
    assert shuffled != plain
    assert sorted(shuffled) == sorted(plain)
    await type_by_clicks(tab, SENTENCE)
    assert await tab.input_value("[name=password]") == SENTENCE
    await tab.get_by_label("Përziej tastet").uncheck()
    assert await keys.all_inner_texts() == plain


@pytest.mark.requirement("R19")
async def test_what_is_shown_is_written_on_and_a_full_field_takes_no_more(tab: "Page", cast: Cast) -> None:
    await to_password(tab, cast.arta.number)
    await tab.locator(".keyboard-toggle").click()
    await type_by_clicks(tab, "ab")
    await tab.get_by_role("button", name="Shfaq").click()
    assert await tab.locator("[name=password]").get_attribute("type") == "text"
    await type_by_clicks(tab, "cd")
    assert await tab.input_value("[name=password]") == "abcd"
    await tab.fill("[name=password]", "x" * 128)
    await type_by_clicks(tab, "y")
    assert await tab.input_value("[name=password]") == "x" * 128


@pytest.mark.requirement("R11")
async def test_a_new_password_hears_what_is_still_missing(tab: "Page", cast: Cast, phones: Phones) -> None:
    await to_new_password(tab, cast.elira.number, phones)
    told = tab.locator(".met")
    for typed, words in (
        ("abc", "Mungojnë ende: 5 shenja, një shifër."),
        ("12345678", "Mungojnë ende: një shkronjë."),
        ("p8ix4ea4", "Gjatësia mjafton, me shkronja dhe me shifra."),
    ):
        await tab.fill("[name=password]", typed)
        await playwright.expect(told).to_have_text(words)
    assert await told.get_attribute("role") == "status"
