"""A visitor who opens every address, follows every link, and looks at each page with the eyes of a teacher."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from browser_session import Browser, Page
from markup import Markup, faults

from dega.i18n import Language, catalogue, translate
from dega.web.routes import ROUTES, Route

READ_ALOUD = ("alt", "aria-label", "placeholder", "title")
NAMES = {"Call Center", "E-mail", "IBAN", "English", "Shqip"}
"""Texts that are the same in both languages, or the name of a language in itself."""

NO_PAGES = re.compile(r"/static/.*|/manual\.pdf|.*/export")
"""Addresses that answer with a file."""

MOST_BYTES = 50_000


@dataclass
class Walk:
    """What a visitor has seen: pages by address, with where each link was found, and what each file weighs."""

    browser: Browser
    language: Language
    pages: dict[str, Page] = field(default_factory=dict)
    found_on: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    async def everywhere(self, *starts: str) -> None:
        """Open these, and whatever they lead to."""
        waiting = list(starts)
        while waiting:
            address = waiting.pop()
            if address in self.pages or NO_PAGES.fullmatch(address.partition("?")[0]):
                continue
            page = self.pages[address] = await self.browser.get(address)
            for link in Markup(page.html).links:
                target = link.partition("#")[0]
                if target.startswith("/"):
                    self.found_on.setdefault(link, address)
                    waiting.append(target)
        await self._weigh()

    async def _weigh(self) -> None:
        for page in self.pages.values():
            for name in Markup(page.html).loads:
                if name not in self.files:
                    async with self.browser.client.get(name) as answer:
                        self.files[name] = int(answer.headers["Content-Length"])

    def dead_links(self) -> list[str]:
        """Links to what isn't there, or to an anchor that its page hasn't."""
        anchors = {address: set(Markup(page.html).ids) for address, page in self.pages.items()}
        dead = []
        for link, where in self.found_on.items():
            address, _, anchor = link.partition("#")
            page = self.pages.get(address)
            if page is not None and (page.status != 200 or (anchor and anchor not in anchors[address])):
                dead.append(f"{where} leads to {link} ({page.status})")
        return dead

    def same_titles(self) -> dict[str, set[str]]:
        """Titles that more than one address has; an address that leads on counts as where it leads to."""
        addresses: dict[str, set[str]] = {}
        for page in self.pages.values():
            addresses.setdefault(page.title, set()).add(place_of(page.path))
        return {title: places for title, places in addresses.items() if len(places) > 1}

    def heavy(self) -> dict[str, int]:
        """Addresses whose page weighs too much, with everything that it makes a browser load, as it is sent.

        The manual's pictures are loaded one by one as somebody reads on; each page of help has one of them.
        """
        weights = {
            address: int(page.headers["Content-Length"])
            + sum(
                self.files[name]
                for name in set(Markup(page.html).loads)
                if address != "/manual" or not name.startswith("/static/manual/")
            )
            for address, page in self.pages.items()
        }
        return {address: bytes_ for address, bytes_ in weights.items() if bytes_ > MOST_BYTES}


def place_of(path: str) -> str:
    """The address without what only filters it or says what was done; `/help` is the index of the help."""
    place = path.partition("?")[0]
    return "/help" if place == "/help/index" else place


def route_of(path: str) -> Route | None:
    """The route that answers at an address."""
    place = path.partition("?")[0]
    for route in ROUTES:
        if re.fullmatch(re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(route.path)), place):
            return route
    return None


def wrong_with(page: Page, language: Language) -> list[str]:
    """All that is wrong with a page of ours in this language."""
    markup = Markup(page.html)
    top, route = markup.header_links(), route_of(page.path)
    wrong = faults(page.html)
    if markup.lang != language:
        wrong.append(f"lang: {markup.lang}")
    if top.get(translate(language, "Contacts")) != "/contact":
        wrong.append("no contacts at the top")
    if route is not None and page.status == 200 and top.get(translate(language, "Help")) != f"/help/{route.help}":
        wrong.append(f"help at the top: {top}")
    return wrong + [f"not in this language: {text}" for text in spoken(markup) if text in others(language)]


def spoken(markup: Markup) -> Iterator[str]:
    """Each piece of text that a page shows or has read aloud."""
    for element in markup.all():
        if element.attrib.get("lang") not in (None, markup.lang):
            continue
        pieces = [element.text, *(child.tail for child in element), *(element.attrib.get(name) for name in READ_ALOUD)]
        pieces += [value for name, value in element.attrib.items() if name.startswith("data-")]
        if element.attrib.get("type") == "submit":
            pieces.append(element.attrib.get("value"))
        yield from (" ".join(piece.split()) for piece in pieces if piece and piece.strip())


@cache
def others(language: Language) -> frozenset[str]:
    """What our texts say in the other language and not in this one."""
    albanian, english = set(catalogue("sq").values()), set(catalogue("sq"))
    foreign = english - albanian if language == "sq" else albanian - english
    return frozenset(foreign - NAMES)
