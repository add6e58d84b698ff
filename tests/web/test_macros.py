"""Macros of templates are functions: what they aren't given has its default, and what they write is HTML already."""

import pytest
from markupsafe import Markup

from dega.web.environment import make

FIELD = "{% macro field(name, label='none', wide=false) %}<{{ name }}|{{ label }}|{{ wide }}>{% endmacro %}"
BOX = "{% macro box(kind='info') %}[{{ kind }}{% if caller is defined %}: {{ caller() }}{% endif %}]{% endmacro %}"


def written(source: str, **values: object) -> str:
    return make("sq").from_string(FIELD + BOX + source).render(**values)


def test_a_macro_takes_what_it_is_given_by_place_or_name_and_its_defaults_for_the_rest() -> None:
    assert written("{{ field('a') }}") == "<a|none|False>"
    assert written("{{ field('a', 'b', true) }}") == "<a|b|True>"
    assert written("{{ field('a', wide=true) }}") == "<a|none|True>"


def test_what_a_macro_is_given_is_escaped_once_and_what_it_writes_is_not() -> None:
    assert written("{{ field(text) }}", text="<b>") == "<&lt;b&gt;|none|False>"
    assert written("{{ field(field(text)) }}", text="&") == "<<&amp;|none|False>|none|False>"
    assert written("{{ field(text) }}", text=Markup("<b>")) == "<<b>|none|False>"


def test_a_macro_shows_what_its_caller_says_if_there_is_one() -> None:
    assert written("{{ box() }}") == "[info]"
    assert written("{% call box('bad') %}{{ text }}{% endcall %}", text="<b>") == "[bad: &lt;b&gt;]"


@pytest.mark.parametrize("call", ["field('a', size=3)", "field('a', 'b', true, 4)", "field('a', name='b')"])
def test_what_a_macro_does_not_know_fails(call: str) -> None:
    with pytest.raises(TypeError):
        written(f"{{{{ {call} }}}}")
    with pytest.raises(TypeError):
        written("{% call field('a') %}{% endcall %}")
