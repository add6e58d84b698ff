"""Which fields the forms of an address have: by its handlers, the templates that they name, and the forms of those."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType

import jinja2
from jinja2 import nodes

from dega.config import HOUSE
from dega.web.routes import Page, Route

TEMPLATES = HOUSE / "templates"
PAGES = "dega.web.pages."
FIELDS = {"text", "password", "code", "amount", "select", "textarea", "radios", "checkbox"}
"""The macros of parts/forms.html that make a field; what people read beside it is their second argument."""
KINDS = "payments/kinds/"
"""A kind of payment has its form here, and its help under `pay-` and its name: the handlers don't name it."""

_jinja = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701  # it only reads, and renders nothing


def labels_of(route: Route) -> set[str]:
    """What the fields of this address are called, in English."""
    named = {name for handler in (route.get, route.post) if handler for name in templates_of(handler)}
    of_a_kind = f"{KINDS}{route.help.removeprefix('pay-').replace('-', '_')}.html"
    if route.help.startswith("pay-") and (TEMPLATES / of_a_kind).is_file():
        named.add(of_a_kind)
    return {label for name in named for label in labels_in(name)}


def templates_of(handler: Page) -> set[str]:
    """The templates that this handler, and what it calls in the pages, may show."""
    while isinstance(handler, partial):
        handler = handler.func
    assert isinstance(handler, FunctionType)
    return _named_in(handler.__module__, handler.__name__)


def _named_in(module_name: str, name: str) -> set[str]:
    found: set[str] = set()
    waiting, seen = [(module_name, name)], set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        module = importlib.import_module(here[0])
        for node in _meaning(module).get(here[1], ()):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html"):
                found.add(node.value)
            elif isinstance(node, ast.Name):
                waiting.append(_home(module, node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                other = getattr(module, node.value.id, None)
                if isinstance(other, ModuleType):
                    waiting.append((other.__name__, node.attr))
    return {name for name in found if (TEMPLATES / name).is_file()}


def _home(module: ModuleType, name: str) -> tuple[str, str]:
    """Where a name of a module was made: there, or in the page it was imported from."""
    value = getattr(module, name, None)
    made_in = getattr(value, "__module__", "") if isinstance(value, FunctionType) else ""
    return (made_in if made_in.startswith(PAGES) else module.__name__), name


@cache
def _meaning(module: ModuleType) -> dict[str, list[ast.AST]]:
    """What a page module's functions and constants are made of, by their names. Other modules have none for us."""
    if not module.__name__.startswith(PAGES):
        return {}
    made: dict[str, list[ast.AST]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            made[node.name] = list(ast.walk(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets[0] if isinstance(node, ast.Assign) else node.target
            pairs = [(targets, node.value)]
            if isinstance(targets, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(targets.elts, node.value.elts, strict=True))
            made |= {target.id: list(ast.walk(value)) for target, value in pairs if isinstance(target, ast.Name)}
    return made


@cache
def labels_in(name: str) -> frozenset[str]:
    """The labels of the fields in a template and in those that it extends, includes or imports, the house's own parts
    apart."""
    template = _jinja.parse((TEMPLATES / name).read_text(encoding="utf-8"), name)
    labels = set(_labels(template))
    for node in template.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        other = node.template
        if isinstance(other, nodes.Const) and not str(other.value).startswith(("layout.html", "parts/")):
            labels |= labels_in(str(other.value))
    return frozenset(labels)


def _labels(template: nodes.Template) -> Iterator[str]:
    own = {macro.name for macro in template.find_all(nodes.Macro) if _has_a_field(macro)}
    for call in template.find_all(nodes.Call):
        made = call.node
        of_the_house = (
            isinstance(made, nodes.Getattr)
            and isinstance(made.node, nodes.Name)
            and made.node.name == "forms"
            and made.attr in FIELDS
        )
        if of_the_house or (isinstance(made, nodes.Name) and made.name in own):
            yield from _said(call.args[1]) if len(call.args) > 1 else ()


def _has_a_field(macro: nodes.Macro) -> bool:
    """Whether a template's own macro makes a field (and isn't a row of buttons)."""
    shown = "".join(part.data for part in macro.find_all(nodes.TemplateData))
    return any(f'type="{kind}"' in shown for kind in ("checkbox", "radio", "text")) or "<select" in shown


def _said(label: nodes.Expr) -> Iterator[str]:
    """The text of `_('…')`; of a label that is worked out, nothing."""
    if isinstance(label, nodes.Call) and isinstance(label.node, nodes.Name) and label.node.name == "_":
        text = label.args[0]
        if isinstance(text, nodes.Const):
            yield str(text.value)


def every_form() -> set[str]:
    """The templates of pages that have fields."""
    return {name for path in sorted(TEMPLATES.rglob("*.html")) if labels_in(name := _name(path)) and _is_page(path)}


def _name(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def _is_page(path: Path) -> bool:
    return "{% extends" in path.read_text(encoding="utf-8")
