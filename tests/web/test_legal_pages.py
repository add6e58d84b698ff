"""Accessibility, privacy, terms: open to everybody, in both languages, with help of their own."""

import pytest
from browser_session import Browser

from dega.i18n import LANGUAGES, Language, translate

TEXTS = {"accessibility": "Accessibility", "privacy": "Privacy notice", "terms": "Terms of use"}


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", TEXTS)
async def test_a_legal_text_is_read_without_logging_in(browser: Browser, language: Language, key: str) -> None:
    await browser.post("/language", language=language, back="/")
    page = await browser.get(f"/{key}")
    assert page.status == 200
    assert f"<h1>{translate(language, TEXTS[key])}</h1>" in page.html
    assert f'href="/help/{key}"' in page.html
    assert f'<html lang="{language}">' in page.html


@pytest.mark.parametrize("key", TEXTS)
async def test_what_a_legal_text_links_to_is_there(browser: Browser, key: str) -> None:
    page = await browser.get(f"/{key}")
    main = page.html.split('id="main"')[1].split('role="contentinfo"')[0]
    for part in main.split('href="/')[1:]:
        assert (await browser.get("/" + part.partition('"')[0])).status == 200
