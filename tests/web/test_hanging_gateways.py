"""A provider that hangs slows no page: it never answers while these pages are asked for, and they all come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser
from cast import PASSWORD, Admin, Cast
from night.eventually import eventually

from dega import outbox
from dega.app import web_application
from dega.bank import Bank, Sms
from dega.config import read
from dega.deeds import Notice
from dega.night.dispatch import CodeDispatch, Dispatcher, Senders
from dega.night.letters import Letters
from dega.web.keys import Assembly, GateView

AT_ONCE, WAITING = 2, 4
"""Codes that are being handed over, and that may wait for that: fewer than are asked for here."""


@dataclass
class Nowhere:
    """Both providers: asked, they never answer."""

    asked: list[str] = field(default_factory=list)
    never: asyncio.Event = field(default_factory=asyncio.Event)

    async def sms(self, sms: Sms) -> str:
        self.asked.append("sms")
        await self.never.wait()
        raise AssertionError("it never answers")

    async def email(self, *letter: str) -> None:
        self.asked.append("email")
        await self.never.wait()


@pytest.fixture
def nowhere() -> Nowhere:
    return Nowhere()


@pytest.fixture
async def hanging(bank: Bank, nowhere: Nowhere, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bank]:
    """The bank with gateways that hang, and a few codes at once."""
    monkeypatch.setattr("dega.night.dispatch.CLOSING_SECONDS", 0.1)
    monkeypatch.setattr("dega.night.dispatch.CODES_AT_ONCE", AT_ONCE)
    codes = CodeDispatch(nowhere.sms, timeout_seconds=3600, most_waiting=WAITING)
    many = replace(bank.config, access=replace(bank.config.access, tries=5))
    senders = Senders(nowhere.sms, nowhere.email, bank.fields)
    dispatcher = Dispatcher(bank.database, senders, Letters(read(environment={}).contacts))
    yield replace(bank, config=many, codes=codes)
    await codes.close()
    await dispatcher.close()


@pytest.fixture
async def pages(hanging: Bank) -> AsyncIterator[TestClient]:
    app = web_application(hanging, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def test_every_login_reaches_the_page_of_its_code_while_no_code_leaves(
    pages: TestClient, nowhere: Nowhere, cast: Cast
) -> None:
    browser = Browser(pages)
    for person in (cast.arta, cast.besnik, cast.drita, cast.genti) * 3:
        pages.session.cookie_jar.clear()
        await browser.get("/")
        await browser.post("/", customer_number=person.number)
        page = await browser.post("/login/password", password=PASSWORD)
        assert (page.status, page.path) == (200, "/login/code")
    assert nowhere.asked == ["sms"] * AT_ONCE
    assert not nowhere.never.is_set()


async def test_pages_answer_while_every_lane_of_the_outbox_hangs(
    hanging: Bank, pages: TestClient, nowhere: Nowhere, admin: Admin
) -> None:
    for channel, recipient in (("sms", "+355692003001"), ("email", "c1@example.org")):
        facts = {"name": "Arta Kola", "at": "23.11.2026 10:00"}
        async with hanging.database.transaction() as connection:
            for _ in range(30):
                notice = Notice(channel, recipient, "password_changed", "sq", facts)  # type: ignore[arg-type]
                await outbox.put(connection, hanging, notice)
    await eventually(lambda: nowhere.asked.count("sms") > 0 and nowhere.asked.count("email") > 0)
    browser = Browser(pages)
    for path in ("/", "/register", "/contact", "/help", "/health/ready"):
        assert (await browser.get(path)).status == 200
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 0
