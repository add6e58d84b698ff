"""PostgreSQL away: what needs it says so on a page of ours or in JSON, what doesn't still answers, and it heals."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser, log_in
from cast import Cast
from chaos.proxy import Line
from conftest import Phones
from markup import Markup, faults

from dega.app import open_bank, web_application
from dega.bank import Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.web.keys import Assembly, GateView


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where PostgreSQL answers, as the bank has it."""
    return str(tmp_path / ".s.PGSQL.5432")


@pytest.fixture
async def line(path: str, servers: Servers) -> AsyncIterator[Line]:
    line = Line(lambda: asyncio.open_unix_connection(str(servers.sockets / ".s.PGSQL.5432")))
    await line.listen_on_path(path)
    yield line
    await line.close()


@pytest.fixture
async def browser(
    config: Config, line: Line, path: str, clock: MovableClock, machine: TimeMachine, phones: Phones, keys: Keys
) -> AsyncIterator[Browser]:
    dsn = f"{config.database.dsn.partition('?')[0]}?host={Path(path).parent}"
    config = replace(config, database=replace(config.database, dsn=dsn))
    async with open_bank(config, dsn=dsn, clock=clock, codes=phones, keys=keys) as bank:
        app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield Browser(client)


@pytest.mark.requirement("R38")
@pytest.mark.refusal("part_away")
async def test_who_is_logged_in_reads_that_a_part_is_away(
    browser: Browser, line: Line, path: str, cast: Cast, phones: Phones
) -> None:
    await log_in(browser, phones, cast.arta)
    await line.close()
    page = await browser.get("/accounts")
    assert (page.status, page.headers["Retry-After"], Markup(page.html).lang) == (503, "60", "sq")
    assert "Kjo pjesë e Degës Internet tani nuk përgjigjet. Paratë tuaja nuk preken." in page.text
    assert '<a href="/help/errors#part_away">part_away</a>' in page.html
    assert faults(page.html) == []
    async with browser.client.get("/accounts", headers={"Accept": "application/json"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "part_away")
    await line.listen_on_path(path)
    assert (await browser.get("/accounts")).status == 200


async def test_what_needs_no_database_still_answers(browser: Browser, line: Line, cast: Cast) -> None:
    await line.close()
    statuses = {
        path: (await browser.get(path)).status for path in ("/", "/help", "/help/errors", "/manual", "/contact")
    }
    assert set(statuses.values()) == {200}
    page = await browser.post(
        "/contact", name="Arta", contact="+355692003001", topic="other", text="Përshëndetje", homepage=""
    )
    assert page.status == 503
    assert "part_away" in page.html
