"""The pictures of the help: pages as the tests have seen them, in both languages. `make pictures` takes them."""

from dataclasses import dataclass
from functools import cache

from dega.config import HOUSE
from dega.contact.help import HelpPage
from dega.i18n import Language
from dega.web.environment import asset

PIXELS = 1.25
"""Of a picture, for each point that it is wide on a page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is, and how large it is shown, in points."""

    href: str
    width: int
    height: int


@cache
def picture_of(page: HelpPage, language: Language) -> Picture | None:
    """The picture of the page that this help is about, if there is one."""
    if not page.picture:
        return None
    name = f"manual/{language}/{page.key}.png"
    head = (HOUSE / "static" / name).read_bytes()[:24]
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")  # where every PNG says it
    return Picture(asset(name), round(width / PIXELS), round(height / PIXELS))
