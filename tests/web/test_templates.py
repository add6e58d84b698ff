"""Templates are compiled our own way: what comes out is what they say, and nothing in it is HTML that isn't ours."""

import jinja2
import pytest

from dega.web.environment import fill, make

MACRO = "{% macro told(one='nothing', other='') %}<i>{{ one }}{{ other }}</i>{% endmacro %}"


def filled(text: str, **values: object) -> str:
    environment = make("en")
    return fill(environment.from_string(MACRO + text), {**environment.globals, **values})


@pytest.mark.parametrize(
    "call", ["told(a, b)", "told(one=a, other=b)", "told(a, other=b)", "told(*both)", "told(**named)", "told(a, *[b])"]
)
def test_a_macro_is_given_all_that_it_is_called_with(call: str) -> None:
    values = {"a": "1", "b": "2", "both": ["1", "2"], "named": {"one": "1", "other": "2"}}
    assert filled("{{ " + call + " }}", **values) == "<i>12</i>"


def test_what_is_given_to_a_macro_is_escaped_once() -> None:
    assert filled("{{ told(a) }}", a="<b>") == "<i>&lt;b&gt;</i>"
    assert filled("{{ told(told(a)) }}", a="&") == "<i><i>&amp;</i></i>"


def test_a_caller_is_handed_on() -> None:
    text = "{% macro around() %}[{{ caller() }}]{% endmacro %}{% call around() %}{{ a }}{% endcall %}"
    assert filled(text, a="<") == "[&lt;]"


def test_a_name_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(jinja2.UndefinedError):
        filled("{{ nobody(a) }}", a="1")
