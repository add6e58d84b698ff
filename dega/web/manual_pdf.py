"""The manual as a PDF: the same pages of help as on the web, typeset by typst, which only `dega[pdf]` brings along."""

import asyncio
import importlib.util
import json
import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from dega.config import HOUSE, Config
from dega.contact.help import HelpPage, chapters
from dega.i18n import LANGUAGES, N_, Language, translate
from dega.web import environment
from dega.web.facts import Facts, facts_of
from dega.web.pictures import picture_of
from dega.web.render import ContactsView, contacts_view

LAYOUT = HOUSE / "templates" / "pdf" / "manual.typ"

_SPACES = re.compile(r"[ \n]+")
"""The no-break spaces of amounts stay."""

Node = str | dict[str, Any]


class NotInstalledError(Exception):
    """What makes PDFs isn't there: `dega[pdf]` brings it."""

    def __init__(self) -> None:
        super().__init__("PDFs need the extra `pdf`, which isn't installed: pip install 'dega[pdf]'.")


def is_possible() -> bool:
    """Whether this installation can make PDFs."""
    return importlib.util.find_spec("typst") is not None


async def manual_pdf(language: Language, config: Config) -> bytes:
    """The manual in this language, made in a thread. Raises NotInstalledError."""
    return await asyncio.to_thread(make, language, config)


def make(language: Language, config: Config) -> bytes:
    """The manual in this language: up to a second of work, for the first who asks. Raises NotInstalledError."""
    return _typeset(language, contacts_view(config), facts_of(config), config.web.public_url)


@lru_cache(maxsize=len(LANGUAGES))
def _typeset(language: Language, contacts: ContactsView, facts: Facts, public_url: str) -> bytes:
    if not is_possible():
        raise NotInstalledError()
    import typst

    pdf: bytes = typst.compile(
        LAYOUT,
        root=HOUSE,
        ignore_system_fonts=True,
        sys_inputs={"manual": json.dumps(content(language, contacts, facts, public_url))},
        pdf_standards=["ua-1"],
    )
    return pdf


def content(language: Language, contacts: ContactsView, facts: Facts, public_url: str) -> dict[str, Any]:
    """All that the PDF says: its titles, and the text of each part as a tree of elements."""
    return {
        "lang": language,
        "author": "Dega Internet",
        "title": translate(language, N_("User manual")),
        "contents": translate(language, N_("Contents")),
        "about": translate(language, N_("What each page is for, what to type, what can go wrong, and whom to call.")),
        "call_center": contacts.call_center,
        "chapters": [
            {
                "title": translate(language, chapter.title),
                "parts": [_part(page, language, public_url, contacts=contacts, facts=facts) for page in parts],
            }
            for chapter, parts in chapters()
        ],
    }


def _part(page: HelpPage, language: Language, public_url: str, **named: object) -> dict[str, Any]:
    template = environment.make(language).get_template(f"help/{language}/{page.key}.html")
    reader = _Tree(public_url)
    reader.feed(template.render(named))
    reader.close()
    picture = picture_of(page, language)
    return {
        "key": page.key,
        "title": translate(language, page.title),
        "picture": picture and picture.href.partition("?")[0],
        "words": translate(language, page.picture) if page.picture else "",
        "content": reader.top,
    }


class _Tree(HTMLParser):
    """A page of help as nested elements. Links become whole addresses: paper has no page that they could start from."""

    def __init__(self, public_url: str) -> None:
        super().__init__()
        self.top: list[Node] = []
        self._open = [self.top]
        self._public_url = public_url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        attributes = {name: value or "" for name, value in attrs}
        if "href" in attributes:
            attributes["href"] = urljoin(self._public_url, attributes["href"])
        inside: list[Node] = []
        self._open[-1].append({"tag": tag, "attributes": attributes, "content": inside})
        self._open.append(inside)

    def handle_endtag(self, tag: str) -> None:
        """The element that is open ends."""
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Text: where lines break in the file means nothing, and neither does what stands between blocks."""
        text = _SPACES.sub(" ", data)
        if text != " " or not self._is_between_blocks():
            self._open[-1].append(text)

    def _is_between_blocks(self) -> bool:
        """Whether nothing, or a block, stands before."""
        before = self._open[-1][-1] if self._open[-1] else {"tag": ""}
        return isinstance(before, dict) and before["tag"] not in ("strong", "a", "span")
