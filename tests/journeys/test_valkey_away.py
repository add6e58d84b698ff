"""Valkey away: nobody logs in or confirms, public pages answer, nothing is unblocked, and it heals by itself."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser, last_code, log_in
from cast import Admin, Cast, balance
from conftest import Phones

from dega.app import open_bank, web_application
from dega.bank import Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.web.keys import Assembly, GateView


class Line:
    """The line to Valkey, which can be cut: a proxy on a socket of its own."""

    def __init__(self, path: Path, target: str) -> None:
        self.path = path
        self._target = target
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def connect(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self.path.unlink(missing_ok=True)
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_unix_connection(self._target)
        self._ends |= {writer, away}
        await asyncio.gather(_pump(reader, away), _pump(there, writer), return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def line(tmp_path: Path, servers: Servers) -> AsyncIterator[Line]:
    line = Line(tmp_path / "v.sock", str(servers.sockets / "valkey.sock"))
    await line.connect()
    yield line
    with contextlib.suppress(AssertionError):
        await line.cut()


@pytest.fixture
async def browser(
    config: Config, line: Line, clock: MovableClock, machine: TimeMachine, phones: Phones, keys: Keys
) -> AsyncIterator[Browser]:
    config = replace(config, cache=replace(config.cache, url=f"unix://{line.path}?db=0"))
    async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=phones, keys=keys) as bank:
        app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield Browser(client)


@pytest.mark.refusal("part_away")
async def test_nobody_logs_in_and_public_pages_answer(browser: Browser, line: Line, cast: Cast, phones: Phones) -> None:
    await browser.get("/")
    await line.cut()
    refused = await browser.post("/", customer_number=cast.arta.number)
    assert refused.status == 503
    assert refused.headers["Retry-After"]
    assert [(await browser.get(path)).status for path in ("/", "/help/login-number", "/contact", "/manual")] == [
        200
    ] * 4
    assert (await browser.get("/health/live")).status == 200
    assert (await browser.get("/health/ready")).status == 503
    await line.connect()
    assert (await log_in(browser, phones, cast.arta)).path == "/accounts"


async def test_nothing_is_confirmed_and_the_draft_is_kept(
    browser: Browser, line: Line, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await log_in(browser, phones, cast.arta)
    await browser.get("/payments/in-bank")
    check = await browser.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban=cast.besnik.lek.iban, amount="1250,00"
    )
    code_page = await browser.post(check.path)
    code = last_code(phones)
    await line.cut()
    assert (await browser.post(code_page.path, code=code)).status == 503
    assert (await browser.get("/accounts")).status == 503
    assert await balance(admin, cast.arta.lek) == 10_000_000
    await line.connect()
    await browser.get(code_page.path)
    receipt = await browser.post(code_page.path, code=code)
    assert "1 250,00" in receipt.text
    assert await balance(admin, cast.arta.lek) == 9_875_000


async def test_a_valkey_that_hangs_is_given_up_quickly(browser: Browser, servers: Servers, cast: Cast) -> None:
    await browser.get("/")
    os.kill(servers.valkey_pid, signal.SIGSTOP)
    try:
        assert (await browser.post("/", customer_number=cast.arta.number)).status == 503
    finally:
        os.kill(servers.valkey_pid, signal.SIGCONT)
    await browser.get("/")
    assert (await browser.post("/", customer_number=cast.arta.number)).path == "/login/password"
