"""The demo's clock: it travels, and beside it the night is seen at work. A bank that is served has none of it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from browser_session import Browser
from cast import Admin, Cast
from night.nights import tirana
from paying import prepare_own

from dega.app import web_application
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.web.keys import Assembly, GateView
from dega.web.pages.demo import DEMO_ROUTES, TOYS, Toys

REFRESH = 'http-equiv="refresh"'


@pytest.fixture
async def demo(bank: Bank, gate_view: GateView, machine: TimeMachine) -> AsyncIterator[Browser]:
    """A browser at the demo, in English."""

    async def travel(instant: datetime | None) -> None:
        await (machine.return_to_now() if instant is None else machine.travel_to(instant))

    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"}), demo=True), gate_view, DEMO_ROUTES)
    app[TOYS] = Toys(list, travel, "", ())
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        browser = Browser(client)
        await browser.get("/language")
        await browser.post("/language", language="en", back="/")
        yield browser


async def test_the_clock_travels_to_a_moment_and_shows_its_seconds(demo: Browser) -> None:
    await demo.get("/demo/clock")
    page = await demo.post("/demo/clock", at="27.03.2027 20:58")
    assert "At the bank it is 27.03.2027 20:58:0" in page.text
    page = await demo.post("/demo/clock", time="21:00")
    assert "27.03.2027 21:00:0" in page.text
    assert "Daily update" in page.text
    assert (await demo.post("/demo/clock", at="yesterday")).status == 422


async def test_by_day_the_page_stands_still_and_near_the_update_it_follows_unless_told_to_stay(
    demo: Browser, machine: TimeMachine
) -> None:
    assert REFRESH not in (await demo.get("/demo/clock")).html
    await machine.travel_to(tirana("2027-03-27 20:58"))
    assert REFRESH in (await demo.get("/demo/clock")).html
    assert REFRESH not in (await demo.get("/demo/clock?still=1")).html
    assert REFRESH not in (await demo.post("/demo/clock", at="no time")).html


async def test_a_night_is_seen_at_work_with_its_stages(demo: Browser, admin: Admin) -> None:
    assert "The night of" not in (await demo.get("/demo/clock")).text
    await admin.execute(
        "INSERT INTO night (day, begun_at) VALUES ('2027-03-26', bank_clock()), ('2027-03-27', bank_clock())"
    )
    await admin.execute(
        "INSERT INTO night_stage (day, stage, begun_at, ended_at, total, done, failed_at) VALUES"
        " ('2027-03-26', 'of yesterday', bank_clock(), NULL, NULL, 0, NULL),"
        " ('2027-03-27', 'interest', bank_clock(), bank_clock() + interval '1 second', 40, 40, NULL),"
        " ('2027-03-27', 'fees', bank_clock() + interval '1 second', NULL, 90, 12, NULL),"
        " ('2027-03-27', 'reports', bank_clock() + interval '2 seconds', NULL, NULL, 0, bank_clock())"
    )
    page = await demo.get("/demo/clock")
    assert "The night of 27.03.2027" in page.text
    assert "interest Done 40 / 40 fees At work 12 / 90 reports Failed, will be tried again 0" in page.text
    assert "of yesterday" not in page.text
    assert REFRESH in page.html
    await admin.execute("UPDATE night SET ended_at = begun_at")
    assert REFRESH not in (await demo.get("/demo/clock")).html


@pytest.mark.requirement("R30")
async def test_where_the_clock_of_a_served_bank_is_moved_nothing_is_booked_and_its_health_says_so(
    browser: Browser, login: object, bank: Bank, admin: Admin, cast: Cast
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    payment = await prepare_own(bank, cast.arta)
    check = await browser.get(f"/payments/{payment}/check")
    await admin.execute("UPDATE time_travel SET moved_by = moved_by - $1::interval", timedelta(hours=5))
    async with browser.client.get("/health/ready") as answer:
        assert (answer.status, await answer.json()) == (503, {"ready": False, "away": ["clock"]})
    refused = await browser.post(check.path)
    assert (refused.status, "bank_closed" in refused.text) == (503, True)
    assert await admin.fetchval("SELECT state FROM payment") == "draft"
