"""Chromium (Blink), driven by Playwright: the only engine here whose tabs can be told what their reader prefers."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from browser.tab import PATIENCE_S, Tab

if TYPE_CHECKING:
    from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-quic"]


class ChromiumTab(Tab):
    """A tab of Chromium. What its pages complain of is gathered in `complaints`."""

    def __init__(self, base: str, page: "Page") -> None:
        super().__init__(base)
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)

    async def visit(self, address: str) -> None:
        await self.page.goto(address)

    async def run(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def click(self, selector: str) -> None:
        await self.page.locator(selector).first.click()

    async def type_in(self, selector: str, text: str) -> None:
        await self.page.fill(selector, text)

    async def choose(self, name: str, value: str) -> None:
        await self.page.select_option(f"#main select[name={name}]", value)

    async def press(self, selector: str = "#main input.button-primary") -> None:
        async with self.page.expect_navigation():
            await self.click(selector)


@asynccontextmanager
async def chromium(
    base: str, *, dark: bool = False, width: int = 360, height: int = 740, scripts: bool = True
) -> AsyncIterator[ChromiumTab]:
    """A Chromium that ends with the block, of a traveller: its language and its time zone aren't Albania's."""
    from playwright.async_api import async_playwright

    async with async_playwright() as machinery:
        browser = await machinery.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",  # or colours are judged while they change
            locale="en-US",
            timezone_id="America/New_York",
            viewport={"width": width, "height": height},
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        tab = ChromiumTab(base, await context.new_page())
        yield tab
        await browser.close()
        assert tab.complaints == []
