"""Valkey away: nobody logs in or confirms, public pages answer, nothing is unblocked, and it heals by itself."""

import asyncio
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
from chaos.proxy import Line
from conftest import Phones

from dega.app import open_bank, web_application
from dega.bank import Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.web.keys import Assembly, GateView


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where Valkey answers, as the bank has it."""
    return str(tmp_path / "v.sock")


@pytest.fixture
async def line(path: str, servers: Servers) -> AsyncIterator[Line]:
    line = Line(lambda: asyncio.open_unix_connection(str(servers.sockets / "valkey.sock")))
    await line.listen_on_path(path)
    yield line
    await line.close()


@pytest.fixture
async def browser(
    config: Config, line: Line, path: str, clock: MovableClock, machine: TimeMachine, phones: Phones, keys: Keys
) -> AsyncIterator[Browser]:
    config = replace(config, cache=replace(config.cache, url=f"unix://{path}?db=0"))
    async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=phones, keys=keys) as bank:
        app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield Browser(client)


@pytest.mark.refusal("part_away")
async def test_nobody_logs_in_and_public_pages_answer(
    browser: Browser, line: Line, path: str, cast: Cast, phones: Phones
) -> None:
    await browser.get("/")
    await line.close()
    refused = await browser.post("/", customer_number=cast.arta.number)
    assert refused.status == 503
    assert refused.headers["Retry-After"]
    assert [(await browser.get(path)).status for path in ("/", "/help/login-number", "/contact", "/manual")] == [
        200
    ] * 4
    assert (await browser.get("/health/live")).status == 200
    assert (await browser.get("/health/ready")).status == 503
    await line.listen_on_path(path)
    assert (await log_in(browser, phones, cast.arta)).path == "/accounts"


async def test_nothing_is_confirmed_and_the_draft_is_kept(
    browser: Browser, line: Line, path: str, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await log_in(browser, phones, cast.arta)
    await browser.get("/payments/in-bank")
    check = await browser.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban=cast.besnik.lek.iban, amount="1250,00"
    )
    code_page = await browser.post(check.path)
    code = last_code(phones)
    await line.close()
    assert (await browser.post(code_page.path, code=code)).status == 503
    assert (await browser.get("/accounts")).status == 503
    assert await balance(admin, cast.arta.lek) == 10_000_000
    await line.listen_on_path(path)
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
