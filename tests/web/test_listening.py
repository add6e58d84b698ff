"""Bytes that are no HTTP get a calm answer, in which they aren't repeated; nor does the log say what they were."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from cast import Admin

from dega.app import web_application
from dega.bank import Bank
from dega.web.keys import Assembly, GateView
from dega.web.listening import listening

CANARY = b"kanarina-7731"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
NO_HTTP_AT_ALL = {
    "a cookie with a control character": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: dega-id="
    + CANARY
    + b"\0\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie " + CANARY + b"\r\n\r\n",
    "a form where a length belongs": POST + b"Transfer-Encoding: chunked\r\n\r\npassword=" + CANARY + b"\r\n\r\n",
    "another version": b"GET /?" + CANARY + b" HTTP/9\r\nHost: 127.0.0.1\r\n\r\n",
    "a method that is none": CANARY + b" / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.fixture
async def address(bank: Bank) -> AsyncIterator[tuple[str, int]]:
    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
    async with listening(app, "127.0.0.1", 0) as address:
        yield address


async def say(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Send it piece by piece, and then no more; what is answered."""
    reader, writer = await asyncio.open_connection(*address)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.05)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


@pytest.mark.parametrize("case", NO_HTTP_AT_ALL)
async def test_what_is_no_http_is_neither_repeated_nor_logged(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture, case: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await say(address, NO_HTTP_AT_ALL[case])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"400"
    assert "Ajo që dërguat nuk mund të lexohet" in body.decode()
    assert b"X-Content-Type-Options: nosniff" in head
    assert "what was sent can't be read" in caplog.messages
    assert CANARY.decode() not in answer.decode() + caplog.text


async def test_a_form_that_breaks_off_opens_no_case(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture, admin: Admin
) -> None:
    with caplog.at_level(logging.DEBUG):
        await say(address, POST + b"Content-Length: 999\r\n\r\n", b"password=" + CANARY)
        await say(address, POST + b"Transfer-Encoding: chunked\r\n\r\n", b"password=" + CANARY + b"\r\n\r\n")
    assert await admin.fetchval("SELECT count(*) FROM fault_case") == 0
    assert CANARY.decode() not in caplog.text
