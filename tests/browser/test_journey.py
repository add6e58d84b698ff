"""The whole journey of a customer in real browsers: Chromium with scripts and without, Firefox, WebKit; light and dark.

At each of its pages axe-core looks for what breaks WCAG 2.2.
"""

import pytest
from aiohttp.test_utils import TestClient
from browser.chromium import CHROMIUM, chromium
from browser.firefox import FIREFOX, firefox
from browser.installed import marks, needs
from browser.journey import travel
from browser.screen import XVFB
from browser.tab import violations
from browser.webkit import WEBKIT, webkit
from browser_session import last_code
from cast import Admin, Cast, balance
from conftest import Phones

WIDTH, HEIGHT = 500, 800
IN_FIREFOX = marks(Firefox=FIREFOX)
IN_WEBKIT = marks(WebKitWebDriver=WEBKIT, Xvfb=XVFB)
# Blink in the dark is what test_every_page.py sees of all pages.
ENGINES = [
    pytest.param(chromium, False, marks=marks(Chromium=CHROMIUM), id="Blink, light"),
    pytest.param(firefox, False, marks=IN_FIREFOX, id="Gecko, light"),
    pytest.param(firefox, True, marks=IN_FIREFOX, id="Gecko, dark"),
    pytest.param(webkit, False, marks=IN_WEBKIT, id="WebKit, light"),
    pytest.param(webkit, True, marks=IN_WEBKIT, id="WebKit, dark"),
]


@pytest.mark.requirement("R2", "R3", "R12", "R14", "R16", "R35", "R36", "R42", "R44")
@pytest.mark.parametrize(("engine", "dark"), ENGINES)
async def test_from_registration_to_a_complaint_and_out_again(
    client: TestClient, engine: object, dark: bool, admin: Admin, cast: Cast, phones: Phones
) -> None:
    seen: dict[str, list[str]] = {}
    async with engine(str(client.make_url("/")), dark=dark, width=WIDTH, height=HEIGHT) as tab:  # type: ignore[operator]

        async def look() -> None:
            assert await tab.run("matchMedia('(prefers-color-scheme: dark)').matches") is dark
            seen[await tab.path()] = await violations(tab, colours_only=dark)

        await travel(tab, phones, cast.elira, cast.besnik, look)
        await tab.run("document.querySelector('.footer a').style.color = '#123456'")
        assert await violations(tab, colours_only=dark) != []  # what looks for them is awake
    assert len(seen) >= 14
    assert {path: broken for path, broken in seen.items() if broken} == {}
    assert await balance(admin, cast.besnik.lek) == 10_125_050
    assert await admin.fetchval("SELECT kind FROM message") == "complaint"


@pytest.mark.requirement("R2", "R45")
@needs(Chromium=CHROMIUM)
async def test_the_same_without_scripts(client: TestClient, admin: Admin, cast: Cast, phones: Phones) -> None:
    async def look() -> None:
        """Nothing here: axe-core is a script."""

    async with chromium(str(client.make_url("/")), scripts=False) as tab:
        await travel(tab, phones, cast.elira, cast.besnik, look)
    assert await balance(admin, cast.besnik.lek) == 10_125_050


@needs(Chromium=CHROMIUM)
async def test_a_wrong_code_is_not_sent_again_by_reloading_or_going_back(
    client: TestClient, cast: Cast, admin: Admin, phones: Phones
) -> None:
    async with chromium(str(client.make_url("/"))) as tab:
        await tab.open("/register")
        await tab.fill("customer_number", cast.elira.number)
        await tab.press()
        wrong = str((int(last_code(phones)) + 1) % 1_000_000).zfill(6)
        await tab.fill("code", wrong)
        await tab.press()
        assert "mbetura para se të bllokohet hyrja juaj: 2" in await tab.text()
        await tab.page.reload()
        await tab.follow("/contact")
        await tab.page.go_back()
        assert await tab.run("document.querySelectorAll('#error-summary').length") == 0
    assert await admin.fetchval("SELECT max(failures) FROM lockout") == 1
