"""A help file as its readers meet it: what it opens with, its sections, the terms it explains, the numbers it gives."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser

import jinja2

from dega.config import HOUSE, read
from dega.i18n import Language
from dega.web.facts import facts_of
from dega.web.render import contacts_view

FOLDER = HOUSE / "templates"
CONFIG = read(environment={})
NAMED = {"contacts": contacts_view(CONFIG), "facts": facts_of(CONFIG)}
"""What a text may ask for, wherever it is shown."""

WITHIN = {
    "p": {""},
    "h2": {""},
    "ul": {""},
    "ol": {""},
    "dl": {""},
    "li": {"ul", "ol"},
    "dt": {"dl"},
    "dd": {"dl"},
    "strong": {"p", "li", "dt", "dd"},
    "a": {"p", "li", "dt", "dd"},
    "span": {"p", "li", "dt", "dd"},
}
"""What a help file is made of, and what may stand in what: a page, the manual and its PDF can all show that."""
ATTRIBUTES = {"h2": {"id"}, "a": {"href"}, "span": {"lang"}, "strong": {"lang"}}

_jinja = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)


@dataclass
class HelpFile:
    """What a parser found, in the order of the text. A section's key is its heading's id, "" before the first one."""

    title: str = ""
    ids: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    tags: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    terms: list[str] = field(default_factory=list)
    stressed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it, in one line."""
        return " ".join(" ".join(self.words.values()).split())

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        """Its sections with their elements, without what only stresses words."""
        return [(key, [tag for tag in tags if tag not in ("strong", "span")]) for key, tags in self.tags.items()]

    @property
    def numbers(self) -> list[str]:
        """Every number it gives, sorted: languages order their sentences differently."""
        return sorted(re.findall(r"\d[\d\u00a0.,:]*\d|\d", self.text))


def read_help(language: Language, key: str, folder: str = "help") -> HelpFile:
    """The help file of this page in this language, as it is shown; of another folder, a text made of the same."""
    name = f"{folder}/{language}/{key}.html"
    source = (FOLDER / name).read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(_jinja.get_template(name).render(NAMED))
    reader.close()
    first = re.match(r"\{# title: ([^#{}\n]+) #\}\n", source)
    reader.found.title = first[1] if first else ""
    reader.found.faults += [f"<{tag}> isn't closed" for tag in reader.open]
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = HelpFile()
        self.open: list[str] = []
        self.section = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, parent = dict(attrs), self.open[-1] if self.open else ""
        if parent not in WITHIN.get(tag, set()):
            self.found.faults.append(f"<{tag}> may not stand {f'in <{parent}>' if parent else 'here'}")
        self.found.faults += [f"<{tag}> has {name}" for name in given if name not in ATTRIBUTES.get(tag, set())]
        if tag == "h2":
            self.section = given.get("id") or "a heading without id"
            self.found.ids.append(self.section)
        self.found.tags[self.section].append(tag)
        if tag == "a":
            self.found.links[self.section].append(given.get("href") or "")
        if tag in ("dt", "strong"):
            self._gathered(tag).append("")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.found.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.found.words[self.section] += data
        for tag in {"dt", "strong"} & set(self.open):
            self._gathered(tag)[-1] = " ".join((self._gathered(tag)[-1] + " " + data).split())
        if data.strip() and not self.open:
            self.found.faults.append(f"“{data.strip()}” stands in no paragraph")

    def _gathered(self, tag: str) -> list[str]:
        return self.found.terms if tag == "dt" else self.found.stressed
