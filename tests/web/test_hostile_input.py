"""What no browser sends: every answer is below 500, in our style, and no case is opened for it."""

import asyncio

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser
from cast import Admin, Cast

FORM = b"application/x-www-form-urlencoded"


def get(path: bytes = b"/", *lines: bytes, host: bytes = b"127.0.0.1") -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: " + host, *lines, b"Connection: close", b"", b""])


def post(body: bytes, kind: bytes = FORM) -> bytes:
    length = str(len(body)).encode()
    lines = [b"POST / HTTP/1.1", b"Host: 127.0.0.1", b"Content-Type: " + kind, b"Content-Length: " + length]
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


CASES = {
    "a host with a bracket": (get(host=b"["), 421),
    "a host that normalises into another": (get(host=b"\xe2\x84\x80\xff"), 421),
    "a cookie that isn't text": (get(b"/", b"Cookie: dega-form=\xff\xfe; dega-id=\xff"), 200),
    "an address that isn't text": (get(b"/accounts/%ff%00"), 303),
    "a path out of the folder": (get(b"/static/..%2fconfig.toml"), 404),
    "a name that no file system takes": (get(b"/static/" + b"a" * 3000), 404),
    "a help page out of the folder": (get(b"/help/..%2f..%2fconfig"), 404),
    "a change of protocol": (get(b"/", b"Upgrade: websocket"), 405),
    "a forwarded address that is none": (get(b"/", b"X-Forwarded-For: \xff, fe80::1%eth0"), 200),
    "a body that isn't text": (post(b"a=\xff\xfe"), 403),
    "an encoding that doesn't exist": (post(b"a=b", FORM + b"; charset=bogus"), 415),
    "an encoding that isn't ours": (post(b"a=b", FORM + b"; charset=utf-16"), 415),
    "an encoding that unpacks": (post(b"a=b", FORM + b"; charset=zlib"), 415),
    "thousands of fields": (post(b"&".join(b"a%d=" % n for n in range(2500))), 413),
}


async def status_of(client: TestClient, request: bytes) -> int:
    reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return int(answer.split(b" ")[1])


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("case", CASES)
async def test_what_no_browser_sends_is_answered_calmly(client: TestClient, admin: Admin, case: str) -> None:
    request, expected = CASES[case]
    status = await status_of(client, request)
    assert status == expected or (expected in (403, 413) and 400 <= status < 500)
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 0


NASTY = ("\x00", "a\x00b", "%", "9" * 400, "-1", "1e9", "\u202e", "²", "٣", "AL" + "0" * 26, "{}", "' OR 1=1 --", "\\")
FORMS = ("/payments/own", "/payments/in-bank", "/security/password", "/contact", "/complaints", "/language")
FIELDS = ("from_account", "to_account", "to_iban", "to_name", "amount", "description", "currency", "password",
          "new_password", "name", "contact", "text", "kind", "language", "back")  # fmt: skip


@pytest.mark.parametrize("nasty", NASTY, ids=repr)
async def test_no_text_in_any_field_or_address_is_a_fault(
    browser: Browser, login: object, admin: Admin, cast: Cast, nasty: str
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    for path in ("/activity", "/activity/export"):
        for field in ("account", "from", "to", "text", "min", "max", "page"):
            async with browser.client.get(path, params={field: nasty}) as answer:
                assert answer.status < 500
    await browser.get("/payments")
    token = browser.page.html.split('name="form_token" value="')[1].split('"')[0]
    for path in FORMS:
        page = await browser.post(path, token=token, **dict.fromkeys(FIELDS, nasty))
        assert page.status < 500
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 0


async def test_a_fault_that_quotes_a_stranger_still_shows_its_page_and_the_next_one_too(
    browser: Browser, login: object, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]

    async def broken(*_: object) -> None:
        raise ValueError("quoted: \x00")

    monkeypatch.setattr("dega.accounts.accounts.my_accounts", broken)
    for _ in range(2):
        page = await browser.get("/accounts")
        assert page.status == 500
        assert "+355 4 2266 288" in page.text
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 2
