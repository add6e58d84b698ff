"""However many pay at once, pages are answered: forms are counted apart, and those that move money take turns."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page
from cast import Cast, Person

from dega.web import guards
from dega.web.turns import AT_WORK, Turn


@pytest.mark.refusal("busy")
async def test_past_the_limit_a_form_is_refused_at_once_and_pages_answer(
    client: TestClient, browser: Browser, login: Callable[[Browser, Person], Awaitable[Page]], cast: Cast
) -> None:
    await login(browser, cast.arta)
    under_way = client.app[guards.IN_FLIGHT]
    under_way[True].update(range(1024))
    await browser.get("/payments/in-bank")
    refused = await browser.post("/payments/in-bank", amount="1,00")
    assert refused.status == 503
    assert refused.headers["Retry-After"]
    assert (await browser.get("/accounts")).status == 200
    under_way[True].clear()
    under_way[False].update(range(1024))
    assert (await browser.get("/accounts")).status == 503


async def test_a_turn_is_had_by_so_many_and_given_on_by_who_waits_for_the_ledger() -> None:
    places = asyncio.Semaphore(AT_WORK)
    turns = [Turn(places) for _ in range(AT_WORK + 1)]
    for turn in turns[:-1]:
        await turn.__aenter__()
    last = asyncio.ensure_future(turns[-1].__aenter__())
    await asyncio.sleep(0)
    assert not last.done()
    turns[0].leave()
    turns[0].leave()
    await asyncio.wait_for(last, 1)
    assert places.locked()


async def test_a_form_that_fails_gives_its_turn_back() -> None:
    places = asyncio.Semaphore(1)
    with pytest.raises(web.HTTPNotFound):
        async with Turn(places):
            raise web.HTTPNotFound
    assert not places.locked()
