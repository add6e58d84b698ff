"""A tab of a browser, whatever its engine: what a customer's journey needs of it, and axe-core to judge its pages."""

import asyncio
import importlib.util
import json
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from typing import Any

PATIENCE_S = 60
"""How long a page may take in a test, on a machine that does much else."""

LOOKS_UNTIL_AGAIN = 500
"""After so many looks without another page, ten seconds and more, somebody presses again: on a busy machine a browser
without a screen loses a press now and then. Forms are taken once, however often they are sent."""

MAIN_BUTTON = "#main input.button-primary"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""Axe-core's names for the levels A and AA of WCAG 2.0, 2.1 and 2.2."""


class Tab(ABC):
    """One tab at the bank. Each engine brings `visit`, `run`, `click` and `type_in`."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    @abstractmethod
    async def visit(self, address: str) -> None:
        """Open an absolute address."""

    @abstractmethod
    async def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, awaited where it is a promise."""

    @abstractmethod
    async def click(self, selector: str) -> None:
        """Press on the first element that the selector finds, as a mouse does."""

    @abstractmethod
    async def type_in(self, selector: str, text: str) -> None:
        """Type into a field that is empty, key by key."""

    async def open(self, path: str) -> None:
        """Open an address of the bank."""
        await self.visit(self.base + path)

    async def fill(self, name: str, text: str) -> None:
        """Type into the field with this name."""
        await self.type_in(f"#main [name={name}]", text)

    async def choose(self, name: str, value: str) -> None:
        """Choose an option of a list."""
        await self.run(f"document.querySelector('#main select[name={name}]').value = {json.dumps(value)}")

    async def press(self, selector: str = MAIN_BUTTON) -> None:
        """Press on what leads to another page, and wait for that; without a selector the page's one main button."""
        await self.run("document.documentElement.id = 'the-page-before'")
        looks = 0
        async with asyncio.timeout(PATIENCE_S):
            while not await self._has_arrived():
                if looks % LOOKS_UNTIL_AGAIN == 0 and await self._is_still_there():
                    await self.click(selector)
                looks += 1
                await asyncio.sleep(0.02)

    async def _has_arrived(self) -> bool:
        try:
            arrived = await self.run(
                "document.readyState === 'complete' && !document.getElementById('the-page-before')"
            )
        except LookupError:  # between two pages there is none
            return False
        return bool(arrived)

    async def _is_still_there(self) -> bool:
        """Whether the page of before stands there, whole."""
        try:
            return bool(
                await self.run("document.readyState === 'complete' && !!document.getElementById('the-page-before')")
            )
        except LookupError:
            return False

    async def follow(self, href: str) -> None:
        """Press on the first link to this address."""
        await self.press(f'a[href="{href}"]')

    async def text(self, selector: str = "#main") -> str:
        """What a person reads there."""
        return str(await self.run(f"document.querySelector('{selector}').innerText"))

    async def path(self) -> str:
        """Where the tab is."""
        return str(await self.run("location.pathname"))


@cache
def axe_core() -> str:
    """The script of axe-core, from the wheel that carries it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations, "a package has a folder"
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


async def violations(tab: Tab, *, colours_only: bool = False) -> list[str]:
    """What of WCAG 2.2 A and AA the page breaks, as axe-core finds it: one sentence for each rule and element.

    `colours_only`: only the rules that can differ between the light and the dark page, which else are the same.
    """
    if not await tab.run("typeof axe === 'object'"):
        await tab.run(f"void function () {{ {axe_core()} \n}}.call(window)")
    rules = ["color-contrast", "link-in-text-block"]
    only = {"type": "rule", "values": rules} if colours_only else {"type": "tag", "values": list(WCAG)}
    options = json.dumps({"runOnly": only, "resultTypes": ["violations"]})
    found = await tab.run(
        f"axe.run(document, {options}).then(({{violations}}) => violations.flatMap(rule => rule.nodes.map("
        " node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))"
    )
    return [str(sentence) for sentence in found]
