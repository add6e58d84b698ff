"""What HTTP itself refuses, in the house's style: our words and headers, both languages, nothing of the inside."""

import re

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser
from markup import Markup, faults
from web.test_listening import POST, address, say  # noqa: F401  # a fixture

from dega.i18n import LANGUAGES, Language, translate

FORM = "application/x-www-form-urlencoded"
ASKED = {
    "request_unreadable": (400, "GET", "/", {"Expect": "a-miracle"}, None),
    "not_found": (404, "GET", "/nowhere", {}, None),
    "method_not_allowed": (405, "DELETE", "/contact", {}, None),
    "request_too_large": (413, "POST", "/", {"Content-Type": FORM}, "a=" + "1" * 20_000),
    "form_unknown": (415, "POST", "/", {"Content-Type": "application/json"}, "{}"),
    "host_unknown": (421, "GET", "/", {"Host": "evil.example"}, None),
    "form_stale": (403, "POST", "/", {"Content-Type": FORM}, "a=1"),
}
"""Code → status, and the request that is answered so."""

PAGES = [code for code in ASKED if code != "request_unreadable"]  # that one comes before any page: see below
INSIDE = re.compile(r"aiohttp|python|asyncpg|valkey|postgres|traceback|<pre", re.IGNORECASE)


@pytest.mark.requirement("R37")
@pytest.mark.refusal(
    "request_unreadable", "method_not_allowed", "request_too_large", "form_unknown", "host_unknown", "not_found"
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", PAGES)
async def test_an_error_of_http_is_a_page_like_all_others(
    client: TestClient, browser: Browser, code: str, language: Language
) -> None:
    await browser.post("/language", language=language, back="/")
    status, method, path, headers, body = ASKED[code]
    async with client.request(method, path, headers=headers, data=body) as answer:
        html = await answer.text()
    assert (answer.status, Markup(html).lang) == (status, language)
    assert f'<a href="/help/errors#{code}">{code}</a>' in html
    assert translate(language, "Help") in Markup(html).header_links()
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (answer.headers["Server"], answer.headers["Cache-Control"]) == ("dega", "no-store")
    assert faults(html) == []
    assert not INSIDE.search(html + str(answer.headers))


async def test_what_may_be_done_at_an_address_is_said_beside_what_may_not(client: TestClient) -> None:
    async with client.delete("/contact") as answer:
        assert answer.headers["Allow"] == "GET, HEAD, POST"
    async with client.put("/forgot") as answer:
        assert answer.headers["Allow"] == "GET, HEAD"


async def test_a_program_is_told_errors_of_http_in_json(client: TestClient) -> None:
    for code in PAGES:
        status, method, path, headers, body = ASKED[code]
        wanted = headers | {"Accept": "application/json"}
        async with client.request(method, path, headers=wanted, data=body) as answer:
            assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_machines_get_json_whatever_they_accept(client: TestClient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dega.store.ledger.bank_clock", None)
        async with client.get("/health/ready") as answer:
            assert (answer.status, answer.content_type) == (500, "application/json")
            assert set(await answer.json()) == {"code", "case"}


async def test_a_file_that_is_not_there_is_a_page_like_any_other_that_is_not(client: TestClient) -> None:
    for name in ("nothing.css", "", "..%2fconfig.toml", "a" * 3000):
        async with client.get(f"/static/{name}") as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")


def long(what: str) -> bytes:
    """A request with more in its head than any browser of ours sends."""
    line = "GET /?" + "a" * 9000 if what == "address" else "GET /"
    more = f"Cookie: dega-id={'a' * 9000}\r\n" if what == "cookie" else ""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n".encode()


BEFORE_ANY_PAGE = {
    "no HTTP at all": (b"kanarina / HTTP/9\r\n\r\n", 400, "request_unreadable"),
    "a form where a length belongs": (POST + b"Transfer-Encoding: chunked\r\n\r\nkanarina\r\n\r\n", 400,
                                      "request_unreadable"),
    "an address that is too long": (long("address"), 431, "request_head_too_long"),
    "cookies that are too long": (long("cookie"), 431, "request_head_too_long"),
    "a wish that nobody knows": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: kanarina\r\n\r\n", 400,
                                 "request_unreadable"),
}  # fmt: skip


@pytest.mark.requirement("R37")
@pytest.mark.refusal("request_head_too_long", "request_unreadable")
@pytest.mark.parametrize("case", BEFORE_ANY_PAGE)
async def test_what_is_refused_before_any_page_is_said_in_both_languages(
    address: tuple[str, int],  # noqa: F811
    case: str,
) -> None:
    sent, status, code = BEFORE_ANY_PAGE[case]
    head, _, body = (await say(address, sent)).decode().partition("\r\n\r\n")
    assert head.split()[1] == str(status)
    assert "Content-Security-Policy: default-src 'none'" in head
    assert ("Server: dega" in head, "Cache-Control: no-store" in head) == (True, True)
    assert (body.count(f'href="/help/errors#{code}"'), body.count("+355 4 2266 288")) == (3, 2)
    assert ('<div lang="sq">' in body, '<div lang="en">' in body) == (True, True)
    assert faults(body) == []
    assert not INSIDE.search(head + body)
    assert "kanarina" not in body


async def test_a_fault_outside_of_all_pages_is_a_page_too(
    address: tuple[str, int],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dega.web.guards._language", None)
    answer = (await say(address, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.split()[1] == "500"
    assert "Gabim i përgjithshëm" in body
    assert "+355 4 2266 288" in body
    assert faults(body) == []
    assert not INSIDE.search(head + body)
