"""Every refusal as the page that a person sees (R37): in both languages, with its reason, its code and the way on."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser, Page
from markup import Markup, faults

from dega.app import web_application
from dega.bank import Bank
from dega.contact.catalogue import PARTS, catalogue
from dega.errors import Refusal, Refusals, every_refusal
from dega.i18n import LANGUAGES, Language, remedy_of, sentence_of, translate
from dega.web.forms import Typed
from dega.web.keys import Assembly, GateView
from dega.web.render import form
from dega.web.routes import Route

EVERY = {refusal.code: refusal for refusal in every_refusal()}

BLOCKED, FREEZE, REFUSED = "Access is blocked", "Transfers are closed for now", "This wasn’t done"
TITLES = {
    "user_blocked": BLOCKED,
    "blocked_for_now": BLOCKED,
    "update_window": FREEZE,
    "bank_closed": FREEZE,
    # What is refused before there is a page says so in its title.
    "not_found": "There is nothing at this address.",
    "request_unreadable": "What you sent can't be read.",
    "method_not_allowed": "This address can't be used like that.",
    "request_too_large": "What you sent is too large.",
    "form_unknown": "What you sent isn't a form of ours.",
    "host_unknown": "This server doesn't answer for that address.",
    "request_head_too_long": "The address, or what your browser sends along with it, is too long.",
}
TO_THE_LOGIN = {"sign_in_needed"}
COMES_AGAIN = {429, 503}


def raised(code: str, field: str | None = None) -> Refusal:
    """The refusal, with something in each of its places."""
    kind = EVERY[code]
    return kind(field, **dict.fromkeys(re.findall(r"%\((\w+)\)s", kind.sentence()), "12"))


async def refuse(request: web.Request) -> web.StreamResponse:
    raise raised(request.match_info["code"])


async def refuse_a_form(request: web.Request) -> web.StreamResponse:
    refusals = Refusals([raised(request.match_info["code"], "text"), raised("name_missing", "name")])
    return form(request, "contact/message.html", Typed(text="Përshëndetje"), refusals)


async def fail(request: web.Request) -> web.StreamResponse:
    raise RuntimeError("a secret of the inside")


OF_THE_UPDATE = ("update_window", "update_late", "bank_closed")
"""Refusals with a page of their own, whichever way they come."""


@pytest.fixture
async def refused(bank: Bank) -> AsyncIterator[Browser]:
    """A browser at a bank that refuses whatever it is asked to."""
    more = (
        Route("/refused/{code}", "accounts", refuse),
        Route("/form/{code}", "contact", refuse_a_form),
        Route("/fault", "accounts", fail),
    )
    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView(), more)
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield Browser(client)


async def speak(browser: Browser, language: Language) -> None:
    await browser.post("/language", language=language, back="/")


def main_of(page: Page) -> str:
    return page.html.split('id="main"')[1].split('role="contentinfo"')[0]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_refusal_has_its_page(refused: Browser, language: Language) -> None:
    await speak(refused, language)
    for code, kind in EVERY.items():
        page = await refused.get(f"/refused/{code}")
        if code in TO_THE_LOGIN:
            assert (page.status, page.path) == (200, "/?ended=1")
            continue
        title = translate(language, TITLES.get(code, REFUSED)).rstrip(".")
        assert (page.status, page.title, Markup(page.html).lang) == (kind.status, f"{title} · Dega Internet", language)
        if code not in OF_THE_UPDATE:  # its page says the bank's own hours
            assert sentence_of(language, raised(code)).rstrip(".") in page.text
        assert f'<a href="/help/errors#{code}">{code}</a>' in main_of(page)
        assert ("Retry-After" in page.headers) == (kind.status in COMES_AGAIN)
        assert faults(page.html) == []


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_refusal_of_a_form_stands_beside_its_field_and_leads_to_what_to_do(
    refused: Browser, language: Language
) -> None:
    await speak(refused, language)
    for code in EVERY:
        page = await refused.get(f"/form/{code}")
        assert page.text.count(sentence_of(language, raised(code))) >= 2
        assert '<a href="#text">' in main_of(page)
        assert f'<a href="/help/errors#{code}">{code}</a>' in main_of(page)
        assert faults(page.html) == []


async def test_the_help_of_a_refusals_page_is_its_entry_in_the_list(refused: Browser) -> None:
    for code in EVERY.keys() - TO_THE_LOGIN:
        page = await refused.get(f"/refused/{code}")
        assert Markup(page.html).header_links()["Ndihmë"] == f"/help/errors#{code}"


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_list_of_all_messages_has_each_with_its_code_and_what_to_do(
    browser: Browser, language: Language
) -> None:
    await speak(browser, language)
    page = await browser.get("/help/errors")
    anchors = Markup(page.html).ids
    for code, kind in EVERY.items():
        assert code in anchors
        assert remedy_of(language, kind) in page.text
    assert "%(" not in page.html
    assert faults(page.html) == []


async def test_the_list_is_made_of_the_refusals_themselves_each_under_one_title() -> None:
    listed = [entry.code for part in catalogue("sq") for entry in part.entries]
    assert sorted(listed) == sorted(EVERY)
    assert [part.key for part in catalogue("sq") if not part.entries] == []
    assert [part.key for part in catalogue("en")] == list(PARTS)


async def test_a_program_is_told_the_code_in_json(refused: Browser) -> None:
    for code, kind in EVERY.items():
        async with refused.client.get(f"/refused/{code}", headers={"Accept": "application/json"}) as answer:
            assert (answer.status, answer.content_type) == (kind.status, "application/json")
            told = await answer.json()
        assert (told["code"], told["remedy"]) == (code, remedy_of("sq", kind))
        assert code in OF_THE_UPDATE or told == {
            "code": code,
            "message": sentence_of("sq", raised(code)),
            "remedy": remedy_of("sq", kind),
        }


async def test_a_browser_that_also_takes_json_is_shown_the_page(refused: Browser) -> None:
    page = await refused.get("/refused/busy", Accept="text/html,application/json;q=0.9")
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_fault_has_its_page_with_the_call_center_and_the_case_number(
    refused: Browser, language: Language
) -> None:
    await speak(refused, language)
    page = await refused.get("/fault")
    assert (page.status, Markup(page.html).lang) == (500, language)
    assert page.title == f"{translate(language, 'Something went wrong on our side')} · Dega Internet"
    assert re.search(r'<p class="case">C-\w{4}-\w{4}</p>', page.html)
    assert "+355 4 2266 288" in main_of(page)
    assert Markup(page.html).header_links()[translate(language, "Help")] == "/help/errors#errors-general"
    assert "errors-general" in Markup((await refused.get("/help/errors")).html).ids
    assert faults(page.html) == []


async def test_a_program_is_told_the_case_number_and_no_more(refused: Browser) -> None:
    async with refused.client.get("/fault", headers={"Accept": "application/json"}) as answer:
        told = await answer.json()
    assert (answer.status, told["code"]) == (500, "general_error")
    assert told.keys() == {"code", "case"}
