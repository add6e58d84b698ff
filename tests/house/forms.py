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
            elif isinstance(node, ast.JoinedStr):
                found |= _one_of(node, module)
            elif isinstance(node, ast.Name):
                waiting.append(_home(module, node.id))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                other = getattr(module, node.value.id, None)
                if isinstance(other, ModuleType):
                    waiting.append((other.__name__, node.attr))
    return {name for name in found if (TEMPLATES / name).is_file()}


def _one_of(text: ast.JoinedStr, module: ModuleType) -> set[str]:
    """The templates of a name that is put together, as `f"orders/{NAME_OF_KIND[kind]}.html"`. Kinds of payments have a
    help of their own, each its own form (`KINDS`)."""
    match text.values:
        case [
            ast.Constant(value=str(before)),
            ast.FormattedValue(value=ast.Subscript(value=ast.Name(id=known))),
            ast.Constant(value=str(after)),
        ] if before != KINDS:
            return {f"{before}{name}{after}" for name in getattr(module, known).values()}
    return set()


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
    """The labels of the fields in a template, in those that it extends or includes, and in the macros of others that it
    calls; the house's own parts apart."""
    labels = set(_labels(_parsed(name), name, {}))
    for other in _bases(name):
        labels |= labels_in(other)
    return frozenset(labels)


@cache
def with_bases(name: str) -> frozenset[str]:
    """The template and all that it extends or includes: what an address shows by it."""
    return frozenset({name}.union(*(with_bases(other) for other in _bases(name))))


@cache
def _parsed(name: str) -> nodes.Template:
    return _jinja.parse((TEMPLATES / name).read_text(encoding="utf-8"), name)


def _bases(name: str) -> list[str]:
    found = _parsed(name).find_all((nodes.Extends, nodes.Include))
    return [other for node in found if (other := _page_named(node.template))]


@cache
def _imported(name: str) -> dict[str, str]:
    """The templates whose macros this one calls, by the names that it has for them."""
    found = _parsed(name).find_all(nodes.Import)
    return {node.target: other for node in found if (other := _page_named(node.template))}


def _page_named(template: nodes.Expr) -> str:
    """The name of a template, where it is no part of every page."""
    name = str(template.value) if isinstance(template, nodes.Const) else ""
    return "" if name.startswith(("layout.html", "parts/")) else name


@cache
def _macros(name: str) -> dict[str, nodes.Macro]:
    return {macro.name: macro for macro in _parsed(name).find_all(nodes.Macro)}


def _labels(node: nodes.Node, name: str, given: dict[str, nodes.Expr]) -> Iterator[str]:
    """The labels of the fields under a node of a template; `given` is what a macro was called with."""
    for call in node.find_all(nodes.Call):
        match call.node:
            case nodes.Getattr(node=nodes.Name(name="forms"), attr=kind) if kind in FIELDS and len(call.args) > 1:
                label = call.args[1]
                yield from _said(given.get(label.name, label) if isinstance(label, nodes.Name) else label)
            case nodes.Getattr(node=nodes.Name(name=alias), attr=macro) if alias in _imported(name):
                yield from _labels_made(_imported(name)[alias], macro, call, given)
            case nodes.Name(name=macro) if macro in _macros(name):
                if _has_a_field(_macros(name)[macro]) and len(call.args) > 1:
                    yield from _said(call.args[1])
                yield from _labels_made(name, macro, call, given)


def _labels_made(name: str, macro: str, call: nodes.Call, given: dict[str, nodes.Expr]) -> Iterator[str]:
    made = _macros(name)[macro]
    passed = [given.get(each.name, each) if isinstance(each, nodes.Name) else each for each in call.args]
    yield from _labels(made, name, dict(zip((argument.name for argument in made.args), passed, strict=False)))


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
