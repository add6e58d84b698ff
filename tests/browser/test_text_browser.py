"""Pages need no script and no style: a text browser shows them whole, and their forms are of the oldest kind."""

import os
import re
import shutil
import subprocess

import pytest
from browser_session import Browser
from cast import Cast

LYNX = shutil.which("lynx")


@pytest.mark.browser
@pytest.mark.requirement("R45")
@pytest.mark.skipif(LYNX is None and not os.environ.get("DEGA_REQUIRE_BROWSER"), reason="no lynx on this machine")
async def test_a_text_browser_shows_the_login_with_its_field_and_its_help(browser: Browser) -> None:
    page = await browser.get("/")
    shown = subprocess.run(  # noqa: ASYNC221  # a local program that ends by itself
        [LYNX or "lynx", "-dump", "-stdin", "-force_html", "-assume_charset=utf-8", "-display_charset=utf-8"],
        input=page.html.encode(), capture_output=True, check=True, timeout=20,
    ).stdout.decode()  # fmt: skip
    for words in ("Numri i klientit", "Vazhdo", "Regjistrohu tani", "Ndihmë", "Kontaktet", "+355 4 2266 288"):
        assert words in shown
    assert "____" in shown


@pytest.mark.requirement("R45")
async def test_forms_are_sent_by_the_oldest_kind_of_button_and_nothing_waits_for_a_script(
    browser: Browser, login: object, cast: Cast
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    for path in ("/payments/own", "/payments/in-bank", "/activity", "/security/password", "/contact", "/complaints"):
        html = (await browser.get(path)).html
        main = html.split('id="main"')[1].split('role="contentinfo"')[0]
        assert 'type="submit"' in main
        assert "<button" not in main
        assert not re.search(r"\son[a-z]+=|javascript:|\sstyle=|<script(?! src=)", html)
