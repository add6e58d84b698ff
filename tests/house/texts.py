"""Every text that a customer may read, and where it stands: in templates, in Python, as the sentence of a refusal."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import jinja2
from jinja2 import nodes

from dega.config import HOUSE
from dega.errors import every_refusal

TEMPLATES = HOUSE / "templates"
WRITTEN_TWICE = ("help", "legal", "mail", "sms")
"""Folders that have a text for each language, instead of one with its words in the catalogue."""
PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if path.relative_to(TEMPLATES).parts[:2] not in {(of, in_) for of in WRITTEN_TWICE for in_ in ("sq", "en")}
]
MARKERS = {"_", "N_"}
COUNTED = "ngettext"
STYLE = "main_class"
READ_ALOUD = {"alt", "aria-label", "placeholder", "title"}

_jinja = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701  # it only reads, and renders nothing


@dataclass(frozen=True, slots=True)
class Said:
    """A text to be translated: where it is said, and the names of the values that are given to it (None: not known).

    Of a number there are two, for one and for many, as gettext's catalogues have them."""

    text: str | tuple[str, str]
    where: str
    given: frozenset[str] | None


def everything_said() -> list[Said]:
    """All texts to be translated."""
    said = [text for path in PAGES for text in in_template(path)]
    said += [text for path in sorted((HOUSE / "dega").rglob("*.py")) for text in in_python(path)]
    for refusal in every_refusal():
        where = f"errors.{refusal.__name__}"
        sentence = (refusal.one, refusal.sentence()) if refusal.one else refusal.sentence()
        said += [Said(sentence, where, None), Said(refusal.remedy, where, frozenset())]
    return said


def in_template(path: Path) -> Iterator[Said]:
    """What a template says in `_('…')` or `ngettext('…', '…', number)`."""
    for call in _parse(path).find_all(nodes.Call):
        given = frozenset(keyword.key for keyword in call.kwargs)
        where = f"{path.relative_to(HOUSE)}:{call.lineno}"
        texts = [each.value for each in call.args[:2] if isinstance(each, nodes.Const)]
        if isinstance(call.node, nodes.Name) and call.node.name in MARKERS and texts:
            yield Said(texts[0], where, given)
        elif isinstance(call.node, nodes.Name) and call.node.name == COUNTED:
            yield Said((texts[0], texts[1]), where, given)


def in_python(path: Path) -> Iterator[Said]:
    """What a module marks with `_("…")` or `N_("…")`, or gives to `translate`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        marked = node.args[:1] if node.func.id in MARKERS else node.args[1:2] if node.func.id == "translate" else []
        for text in marked:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield Said(text.value, f"{path.relative_to(HOUSE)}:{node.lineno}", None)


def placeholders(text: str | Sequence[str]) -> set[str]:
    """The names of the values that a text has room for; of one about a number, that both of its forms have room for."""
    forms = [text] if isinstance(text, str) else text
    return set.intersection(*(set(re.findall(r"%\((\w+)\)s", form)) for form in forms))


def untranslated_words(path: Path) -> list[str]:
    """What a template says to people outside of `_('…')`."""
    reader = _Reader()
    template = _parse(path)
    of_the_style = {part for block in template.find_all(nodes.Block) if block.name == STYLE for part in _data(block)}
    for part in _data(template):
        if part not in of_the_style:
            reader.feed(part.data)
    reader.close()
    return reader.words


def _data(node: nodes.Node) -> list[nodes.TemplateData]:
    return list(node.find_all(nodes.TemplateData))


class _Reader(HTMLParser):
    """Gathers what is read on a page or read aloud of it, piece by piece as the template has it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        submit = tag == "input" and ("type", "submit") in attrs
        for name, value in attrs:
            if value and (name in READ_ALOUD or (submit and name == "value")):
                self.handle_data(value)

    def handle_data(self, data: str) -> None:
        inside_a_tag = '"' in data  # a macro that makes attributes has no tag around them
        if re.search(r"(^|\s)[^\W\d_]{2}", data) and not inside_a_tag:
            self.words.append(data.strip())


def _parse(path: Path) -> nodes.Template:
    return _jinja.parse(path.read_text(encoding="utf-8"), path.name)
