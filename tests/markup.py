"""What is wrong with a page as HTML, as WCAG wants its bones, and as our rules want it; an empty list where nothing is.

html5lib reads as browsers do and reports each error of the standard's parser; HTML Tidy (Debian's package) knows which
elements and attributes there are and which may stand in which. Neither needs Java, as the checker of the W3C does.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib

TIDY = shutil.which("tidy")
YOUNGER_THAN_TIDY = ('"autocapitalize"', '"aria-current"', '"inputmode"', '"loading"')
"""Attributes of the standard that Debian's Tidy doesn't know yet. Nor does it know of rows of a dl in a div."""

_DL, _DIV = re.compile(r"<dl\b.*?</dl>", re.DOTALL), re.compile(r"</?div\b[^>]*>")

UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
POINTERS = ("for", "aria-describedby", "aria-labelledby", "headers")
LOADED = {"link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src", "object": "data"}


class Markup:
    """A page as browsers find it."""

    def __init__(self, html: str) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)
        self.errors = [f"HTML: {code} {values} at {place}" for place, code, values in parser.errors]

    def all(self, *tags: str) -> Iterator[Element]:
        """The elements with these names, or all of them, in the page's order."""
        return (each for each in self.root.iter() if (each.tag in tags if tags else isinstance(each.tag, str)))

    @property
    def ids(self) -> list[str]:
        """Its anchors."""
        return [element.attrib["id"] for element in self.all() if "id" in element.attrib]

    @property
    def title(self) -> str:
        """The title of the window."""
        return " ".join(" ".join(text(element) for element in self.all("title")).split())

    @property
    def lang(self) -> str:
        """The language that it says it is in."""
        return self.root.attrib.get("lang", "")

    @property
    def links(self) -> list[str]:
        """Where it leads."""
        return [element.attrib["href"] for element in self.all("a") if "href" in element.attrib]

    @property
    def loads(self) -> list[str]:
        """What it makes a browser load."""
        return [
            element.attrib[LOADED[element.tag]]
            for element in self.all(*LOADED)
            if LOADED[element.tag] in element.attrib
        ]

    def header_links(self) -> dict[str, str]:
        """The links of the page's top: what they say, and where they lead."""
        tops = [each for each in self.all() if each.attrib.get("role") == "banner"]
        return {text(link): link.attrib["href"] for top in tops for link in top.iter("a") if "href" in link.attrib}


def text(element: Element) -> str:
    """What is read of an element, in one line."""
    return " ".join("".join(element.itertext()).split())


def faults(html: str) -> list[str]:
    """All that is wrong with the page."""
    page = Markup(html)
    return [*page.errors, *_bones(page), *_pointers(page), *_labels(page), *_strangers(page), *_tidy(html)]


def _bones(page: Markup) -> list[str]:
    wrong = []
    if len(list(page.all("h1"))) != 1:
        wrong.append(f"h1: {len(list(page.all('h1')))}")
    if not page.title.removesuffix(" · Dega Internet"):
        wrong.append("no title of its own")
    if page.lang not in ("sq", "en"):
        wrong.append(f"lang: {page.lang!r}")
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5")]
    wrong += [f"h{upper} is followed by h{lower}" for upper, lower in pairwise(levels) if lower > upper + 1]
    wrong += [
        f"a link that says nothing: {each.attrib}"
        for each in page.all("a")
        if "href" in each.attrib and not _spoken(each)
    ]
    return wrong + [f"no alt: {image.attrib}" for image in page.all("img") if "alt" not in image.attrib]


def _spoken(element: Element) -> str:
    pictures = " ".join(image.attrib.get("alt", "") for image in element.iter("img"))
    return (text(element) + pictures + element.attrib.get("aria-label", "")).strip()


def _pointers(page: Markup) -> list[str]:
    ids = page.ids
    wrong = [f"id twice: {each}" for each in {each for each in ids if ids.count(each) > 1}]
    for element in page.all():
        for name in POINTERS:
            for target in element.attrib.get(name, "").split():
                if target not in ids:
                    wrong.append(f"{name} leads nowhere: {target}")
    return wrong + [f"dead anchor: {link}" for link in page.links if link[:1] == "#" and link[1:] not in ids]


def _labels(page: Markup) -> list[str]:
    labelled = {label.attrib.get("for") for label in page.all("label") if text(label)}
    inside = {id(field) for label in page.all("label") if text(label) for field in label.iter()}
    wrong = []
    for field in page.all("input", "select", "textarea"):
        named = field.attrib.get("aria-label") or field.attrib.get("aria-labelledby") or field.attrib.get("title")
        said = field.attrib.get("type") in UNLABELLED or field.attrib.get("aria-hidden") == "true"
        if not (said or named or field.attrib.get("id") in labelled or id(field) in inside):
            wrong.append(f"no label: {field.attrib}")
    buttons = [each for each in page.all("input") if each.attrib.get("type") == "submit"]
    return wrong + [f"a button that says nothing: {each.attrib}" for each in buttons if not each.attrib.get("value")]


def _strangers(page: Markup) -> list[str]:
    """What the content security policy would refuse, and what would be asked of somebody else's server."""
    wrong = [f"loads from elsewhere: {each}" for each in page.loads if not re.match(r"/(?!/)|data:image/", each)]
    wrong += [f"script inside: {text(each)[:40]}" for each in page.all("script") if text(each)]
    wrong += [f"style inside: {text(each)[:40]}" for each in page.all("style")]
    for element in page.all():
        wrong += [f"{name} on {element.tag}" for name in element.attrib if name == "style" or name.startswith("on")]
    return wrong


def _tidy(html: str) -> list[str]:
    if TIDY is None:
        return []
    how = ["-quiet", "-errors", "-utf8", "--show-info", "no", "--gnu-emacs", "yes", "--drop-empty-elements", "no"]
    older = _DL.sub(lambda rows: _DIV.sub("", rows[0]), html)
    done = subprocess.run([TIDY, *how], input=older, capture_output=True, text=True, check=False)
    return [
        f"tidy: {line}" for line in done.stderr.splitlines() if not any(known in line for known in YOUNGER_THAN_TIDY)
    ]
