"""Templates, one environment for each language: `_('…')` becomes its translation when a template is compiled.

Looking texts up at every rendering costs more than the rest of the page; folded, it costs nothing.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from dega.config import HOUSE
from dega.i18n import Language, translate
from dega.ids import compact, format_iban, mask_iban
from dega.money import Money, format_money
from dega.web import static


@cache
def make(language: Language) -> jinja2.Environment:
    """The environment of one language, with every template compiled: now rather than at its first visitor."""
    environment = _Environment(language)
    for name in environment.list_templates(extensions=["html", "txt"]):
        template = environment.get_template(name)
        template.globals = dict(template.globals)  # a chain of them is searched anew for every page
    return environment


def fill(template: jinja2.Template, values: dict[str, Any]) -> str:
    """The template with these values, among which the globals are: they aren't copied once more for every page."""
    try:
        return "".join(template.root_render_func(template.new_context(values, shared=True)))
    except Exception:  # noqa: BLE001  # it is raised again, with the template's own lines in its trace
        template.environment.handle_exception()


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{name}?v={static.files()[name].version}"


def _fill(text: str, **values: object) -> Markup:
    return Markup(escape(text)) % values  # noqa: S704  # both the text and its values are escaped


def _counted(number: int, one: str, many: str, **values: object) -> Markup:
    return _fill(one if number == 1 else many, **values)


special = re.compile("[&<>\"']").search
"""Finds what has to be escaped in a text."""


def _shown(value: object) -> str:
    """The value as HTML. Most texts have nothing to escape, and needn't become another object to say so; nor need what
    a macro has made, which may be most of a page."""
    if type(value) is str and not special(value):
        return value
    return value if type(value) is Markup else escape(value)


def _macro(written: Callable[..., str], names: tuple[str, ...], has_caller: bool) -> Callable[..., Markup]:
    """The macro, as templates call it; what it isn't given it takes its own defaults for."""
    parameters: list[tuple[str, object]] = [(name, missing) for name in names]
    if has_caller:
        parameters.append(("caller", jinja2.Undefined(name="caller")))

    def call(*given: object, **named: object) -> Markup:
        rest = [named.pop(name, default) for name, default in parameters[len(given) :]]
        if named:
            raise TypeError(f"a macro of {', '.join(names)} takes no {', '.join(named)}")
        return Markup(written(*given, *rest))  # noqa: S704

    return call


class _Code(CodeGenerator):
    """Compiles templates as ever, but for what writes a value out, and what calls a macro."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Call macros and functions themselves: ours are all called by name, and none asks for the context."""
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Make a macro a function: the engine's own object costs more to call than most of ours do."""
        names = tuple(argument.name for argument in macro_ref.node.args)
        self.write(f"environment.macro(macro, {names!r}, {macro_ref.accesses_caller!r})")


class _Environment(jinja2.Environment):
    code_generator_class = _Code
    shown = staticmethod(_shown)
    macro = staticmethod(_macro)

    def __init__(self, language: Language) -> None:
        super().__init__(
            loader=jinja2.FileSystemLoader(HOUSE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.language = language

        def runtime(text: str, **values: object) -> str:
            sentence = translate(language, text)
            return _fill(sentence, **values) if values else sentence

        self.globals.update(_=runtime, fill=_fill, counted=_counted, asset=asset)
        self.filters.update(iban=format_iban, mask_iban=mask_iban, money=_money, compact=compact, groups=_groups)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        folded: nodes.Template = _Fold(self.language).visit(template)
        return folded


@lru_cache(maxsize=4096)
def _groups(iban: str) -> str:
    """Groups of four, between which a line may break."""
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def _money(amount: Money) -> str:
    return format_money(amount)


class _Fold(NodeTransformer):
    """`_('text')` becomes its translation; `_('text', name=x)` becomes `fill('translation', name=x)`; and
    `ngettext('one', 'many', number, name=x)` `counted(number, 'translation of one', 'of many', name=x)`. The address
    of a static file is a constant too."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def visit_Call(self, node: nodes.Call) -> Any:
        """Fold one call whose text is a literal."""
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and node.node.name == "ngettext":
            return self._counted(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name in ("_", "asset") and node.args):
            return node
        text = node.args[0]
        if not (isinstance(text, nodes.Const) and isinstance(text.value, str)):
            return node
        if node.node.name == "asset":
            return nodes.Const(asset(text.value), lineno=node.lineno)
        translated = nodes.Const(translate(self._language, text.value), lineno=node.lineno)
        if not node.kwargs:
            return translated
        node.node = nodes.Name("fill", "load", lineno=node.lineno)
        node.args = [translated]
        return node

    def _counted(self, node: nodes.Call) -> nodes.Call:
        """Raises ValueError where the two texts aren't literals: nobody could have translated them."""
        one, many, number = node.args
        if not (isinstance(one, nodes.Const) and isinstance(many, nodes.Const)):
            raise ValueError(f"line {node.lineno}: ngettext takes two texts and a number")
        forms = [nodes.Const(translate(self._language, form.value), lineno=node.lineno) for form in (one, many)]
        node.node = nodes.Name("counted", "load", lineno=node.lineno)
        node.args = [number, *forms]
        return node
