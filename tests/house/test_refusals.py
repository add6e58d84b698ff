"""The list of refusals is closed: each has its code, its sentences, and a test that reaches it (R37)."""

import ast
import re
from pathlib import Path

import pytest

from dega.errors import Refusal, every_refusal
from dega.i18n import LANGUAGES, remedy_of, sentence_of

TESTS = Path(__file__).resolve().parents[1]
EVERY = every_refusal()


def codes_in_tests() -> set[str]:
    """Every word that tests of the bank name: in `@pytest.mark.refusal("…")`, or as a code that they expect."""
    words = set()
    for path in TESTS.rglob("*.py"):
        if path.parent != Path(__file__).parent:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            words |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return words


@pytest.mark.requirement("R37")
def test_every_refusal_is_reached_by_a_test_that_names_its_code() -> None:
    named = codes_in_tests()
    assert [refusal.code for refusal in EVERY if refusal.code not in named] == []


def test_every_code_is_stable_plain_and_belongs_to_one_refusal() -> None:
    codes = [refusal.code for refusal in EVERY]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


def test_a_code_is_the_name_of_its_refusal() -> None:
    spelled = {refusal: re.sub(r"(?<!^)(?=[A-Z])", "_", refusal.__name__).lower() for refusal in EVERY}
    assert [refusal.code for refusal, name in spelled.items() if name != refusal.code] == []


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", EVERY, ids=lambda refusal: refusal.code)
def test_every_refusal_is_a_sentence_in_both_languages(refusal: type[Refusal], language: str) -> None:
    raised = refusal(**dict.fromkeys(re.findall(r"%\((\w+)\)s", refusal.sentence()), "7"))
    sentence = sentence_of(language, raised)
    assert re.fullmatch(r"[A-ZÇË].*[.?]", sentence)
    assert "%(" not in sentence
    assert language == "en" or sentence != sentence_of("en", raised)


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", EVERY, ids=lambda refusal: refusal.code)
def test_every_refusal_says_what_to_do_in_both_languages(refusal: type[Refusal], language: str) -> None:
    remedy = remedy_of(language, refusal)
    assert re.fullmatch(r"[A-ZÇË].*\.", remedy)
    assert remedy not in sentence_of(language, refusal(**dict.fromkeys(re.findall(r"\w+(?=\)s)", refusal.sentence()))))
    assert language == "en" or remedy != refusal.remedy


def test_every_marker_names_a_refusal_that_there_is() -> None:
    known = {refusal.code for refusal in EVERY}
    marked = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refusal":
                marked |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    assert marked - known == set()


def test_refusals_have_no_other_status_than_the_ones_that_pages_know() -> None:
    assert {refusal.status for refusal in EVERY} <= {202, 400, 401, 403, 404, 405, 413, 415, 421, 422, 429, 431, 503}
