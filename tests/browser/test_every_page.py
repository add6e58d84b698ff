"""Every page, looked at in Chromium as its readers may want it: none breaks WCAG 2.2, none is too wide."""

from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestClient
from browser.chromium import CHROMIUM, ChromiumTab, chromium
from browser.installed import marks
from browser.tab import violations
from browser.tour import HELP, INSIDE, OUTSIDE, Tour
from cast import Cast
from conftest import Phones

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine

pytestmark = marks(Chromium=CHROMIUM)
WINDOW = {"width": 1280, "height": 800}

SIDEWAYS = """(root => {
  if (root.scrollWidth <= root.clientWidth) return [];
  const isOut = each => each.getBoundingClientRect().right > root.clientWidth + 1;
  const out = [...document.querySelectorAll('body *')].filter(isOut).map(each => each.outerHTML.slice(0, 90));
  return out.length ? out.slice(0, 3) : ['something'];
})(document.documentElement)"""
"""What makes a page scroll sideways."""


@dataclass
class Critic:
    """Looks at each page, and notes what is wrong with it."""

    tab: ChromiumTab
    wrong: dict[str, list[str]] = field(default_factory=dict)

    async def look(self, name: str) -> None:
        """By WCAG, in light and dark; for its width, on the narrowest telephone and with text as large again."""
        found = await violations(self.tab)
        await self.tab.page.emulate_media(color_scheme="dark")
        found += [f"dark: {each}" for each in await violations(self.tab, colours_only=True)]
        await self.tab.page.emulate_media(color_scheme="light")
        await self._note(name, found + await self.sideways(320) + await self.sideways(640, "200%"))

    async def glance(self, name: str) -> None:
        """The same of one of many pages that differ only in what they say: colours and large letters they share."""
        await self._note(name, await violations(self.tab) + await self.sideways(320))

    async def sideways(self, width: int, letters: str = "100%") -> list[str]:
        """What makes the page scroll sideways at this width in points, with letters of this size."""
        await self.tab.page.set_viewport_size({"width": width, "height": 640})
        await self.tab.run(f"document.documentElement.style.fontSize = '{letters}'")
        culprits = await self.tab.run(SIDEWAYS)
        await self.tab.run("document.documentElement.style.fontSize = ''")
        return [f"{width} wide, letters of {letters}: {each}" for each in culprits]

    async def _note(self, name: str, found: list[str]) -> None:
        await self.tab.page.set_viewport_size(WINDOW)
        if found:
            self.wrong[name] = found


@pytest.mark.requirement("R2", "R44")
@pytest.mark.parametrize("part", ["outside", "inside", "help"])
async def test_no_page_breaks_wcag_or_scrolls_sideways_in_light_or_dark(
    client: TestClient, bank: Bank, machine: TimeMachine, cast: Cast, phones: Phones, part: str
) -> None:
    async with chromium(str(client.make_url("/")), **WINDOW) as tab:
        critic = Critic(tab)
        look = critic.glance if part == "help" else critic.look
        tour = Tour(tab, look, bank, cast, phones, machine)
        if part == "help":
            for path in HELP:
                await tour.open(path)
        else:
            await (tour.outside() if part == "outside" else tour.inside())
    assert critic.wrong == {}
    assert {"outside": OUTSIDE, "inside": INSIDE, "help": set()}[part] - tour.opened <= {"/help/{page}"}
