"""Help, manual and security rules: open to everybody, in both languages."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import pytest
from browser_session import Browser, Page
from cast import Cast, Person

from dega.alphabet import sort_key
from dega.contact.help import CHAPTERS, MANUAL, OTHERS
from dega.i18n import LANGUAGES, Language, translate
from dega.web.routes import ROUTES

Login = Callable[[Browser, Person], Awaitable[Page]]


async def speak(browser: Browser, language: Language) -> None:
    await browser.post("/language", language=language, back="/")


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_help_opens_without_logging_in_under_its_own_title(
    browser: Browser, language: Language
) -> None:
    await speak(browser, language)
    for shown in (*MANUAL, *OTHERS):
        page = await browser.get(f"/help/{shown.key}")
        assert page.status == 200, shown.key
        title = translate(language, shown.title)
        assert re.findall(r"<h1>(.*?)</h1>", page.html) == [title.replace("&", "&amp;")]
        assert f'<html lang="{language}">' in page.html


@pytest.mark.requirement("R39")
def test_every_address_has_a_page_of_help() -> None:
    keys = {page.key for page in (*MANUAL, *OTHERS)}
    assert {route.help for route in ROUTES} <= keys


async def test_a_page_of_help_that_is_not_there_is_not_found(browser: Browser) -> None:
    for key in ("nothing", "..%2F..%2Flayout", "parts%2Fforms"):
        assert (await browser.get(f"/help/{key}")).status == 404


@pytest.mark.requirement("R39")
async def test_the_index_leads_to_every_page_of_the_manual(browser: Browser) -> None:
    for path in ("/help", "/help/index"):
        page = await browser.get(path)
        assert [part.key for part in MANUAL if f'href="/help/{part.key}"' not in page.html] == []


async def test_the_index_follows_the_alphabet_of_the_language(browser: Browser) -> None:
    for language in LANGUAGES:
        await speak(browser, language)
        listed = re.findall(
            r'<li><a href="/help/[a-z-]+">(.*?)</a></li>', (await browser.get("/help")).html.split('id="main"')[1]
        )
        assert listed == sorted(listed, key=lambda title: sort_key(title, language))
        assert len(listed) == len(MANUAL)


@pytest.mark.requirement("R5")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_manual_has_an_anchor_for_each_menu_and_a_link_to_each_anchor(
    browser: Browser, language: Language
) -> None:
    await speak(browser, language)
    page = await browser.get("/manual")
    anchors = re.findall(r'id="([^"]+)"', page.html)
    linked = re.findall(r'href="#([^"]+)"', page.html)
    assert len(anchors) == len(set(anchors))
    assert set(linked) <= set(anchors)
    assert {part.key for part in MANUAL} <= set(linked)
    assert len(re.findall("<h1", page.html)) == 1


@pytest.mark.requirement("R5")
async def test_the_headings_of_a_part_stand_below_its_title_in_the_manual(browser: Browser) -> None:
    page = await browser.get("/manual")
    main = page.html[page.html.index('role="main"') : page.html.index('role="contentinfo"')]
    assert re.findall(r'<h2 id="([^"]+)"', main) == [part.key for part in MANUAL]
    assert '<h3 id="activity-rows">' in main


@pytest.mark.requirement("R5")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_manual_and_the_help_show_the_page_they_are_about(browser: Browser, language: Language) -> None:
    await speak(browser, language)
    pictured = [page for page in MANUAL if page.picture]
    manual = (await browser.get("/manual")).html
    for page in pictured:
        words = translate(language, page.picture)
        shown = re.search(rf'<img src="(/static/manual/{language}/{page.key}\.png[^"]*)" [^>]*alt="([^"]+)"', manual)
        assert shown is not None
        assert unescape(shown[2]) == words
        assert shown[0] in (await browser.get(f"/help/{page.key}")).html
        assert (await browser.get(shown[1])).status == 200


@pytest.mark.requirement("R5")
async def test_the_manual_has_its_chapters_in_its_contents(browser: Browser) -> None:
    page = await browser.get("/manual")
    contents = page.html.split('class="contents"')[1].split("</div>")[0]
    assert re.findall("<p>(.*?)</p>", contents) == [translate("sq", chapter.title) for chapter in CHAPTERS]
    assert re.findall('href="#([^"]+)"', contents) == [part.key for part in MANUAL]


@pytest.mark.requirement("R5")
async def test_the_manual_is_linked_before_and_after_logging_in(browser: Browser, login: Login, cast: Cast) -> None:
    before = await browser.get("/")
    after = await login(browser, cast.arta)
    assert 'href="/manual"' in before.html
    assert 'href="/manual"' in after.html


@pytest.mark.requirement("R28")
async def test_the_security_rules_are_open_to_everybody_and_linked_in_every_footer(browser: Browser) -> None:
    page = await browser.get("/security/rules")
    assert page.status == 200
    assert 'id="security-rules-phone"' in page.html
    assert 'href="/security/rules"' in (await browser.get("/")).html
    assert "<h1>Rregullat e Sigurisë</h1>" in page.html
