"""What readers prefer: forced colours, paper, and to be told that something takes time."""

import asyncio
import re

import pytest
from aiohttp.test_utils import TestClient
from browser.chromium import CHROMIUM, ChromiumTab, chromium
from browser.installed import marks
from browser.journey import log_in, transfer
from browser.tab import MAIN_BUTTON
from cast import PASSWORD, Cast
from conftest import Phones

pytestmark = marks(Chromium=CHROMIUM)


async def nothing() -> None:
    """These pages are looked at elsewhere."""


async def shown(tab: ChromiumTab, selector: str) -> bool:
    return await tab.page.locator(selector).first.is_visible()


@pytest.mark.requirement("R16")
async def test_a_receipt_is_one_sheet_of_paper_with_nothing_on_it_to_press(
    client: TestClient, cast: Cast, phones: Phones
) -> None:
    async with chromium(str(client.make_url("/")), width=1280, dark=True) as tab:
        await log_in(tab, phones, cast.arta, nothing, PASSWORD)
        await transfer(tab, phones, cast.arta, cast.besnik, nothing)
        await tab.page.emulate_media(media="print")
        for gone in (".menu", ".utility", ".actions", ".footer-call", ".skip"):
            assert not await shown(tab, gone), gone
        for kept in (".masthead .brand", ".receipt-amount", ".summary", ".footer-note .print-only"):
            assert await shown(tab, kept), kept
        ink = "getComputedStyle(document.querySelector('.summary dd')).color"
        assert await tab.run(ink) == "rgb(0, 0, 0)"  # also of who reads in the dark
        paper = await tab.page.pdf(format="A4")
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1


@pytest.mark.requirement("R44")
async def test_in_forced_colours_buttons_have_edges_and_the_menu_shows_the_place(
    client: TestClient, cast: Cast, phones: Phones
) -> None:
    async with chromium(str(client.make_url("/")), width=1280) as tab:
        await log_in(tab, phones, cast.arta, nothing, PASSWORD)
        await tab.page.emulate_media(forced_colors="active")
        await tab.open("/payments/in-bank")
        style = "getComputedStyle(document.querySelector('{}'))"
        for edged in ("#main input.button-primary", "#main .button-quiet", "#amount"):
            sides = ("borderTopColor", "backgroundColor")
            edge, behind = [await tab.run(f"{style.format(edged)}.{side}") for side in sides]
            assert edge != behind, edged
        links = (".menu a.active", ".menu a:not(.active)")
        here, elsewhere = [await tab.run(f"{style.format(link)}.borderBottomColor") for link in links]
        assert here != elsewhere
        await tab.page.focus("#amount")
        assert await tab.run(f"{style.format('#amount')}.outlineStyle") == "solid"


async def test_a_button_says_that_it_works_where_the_answer_takes_longer_than_a_second(client: TestClient) -> None:
    async with chromium(str(client.make_url("/"))) as tab:
        await tab.open("/register")
        button = tab.page.locator(MAIN_BUTTON)
        words = await button.input_value()
        # As long as the bank takes: the form is pressed, and no other page comes.
        await tab.run(
            "document.querySelector('#main form').addEventListener('submit', event => event.preventDefault())"
        )
        await button.click()
        assert await button.input_value() == words
        await asyncio.sleep(1.3)
        assert await button.input_value() == "Prisni …"
        assert await tab.page.locator("p.vh[role=status]").inner_text() == "Prisni …"
        await asyncio.sleep(3)
        assert await button.input_value() == words  # and may be pressed again
