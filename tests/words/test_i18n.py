"""Sentences in both languages: whole in each, and in the form that a number asks for."""

import pytest
from markupsafe import Markup

from dega.errors import ResendTooSoon
from dega.i18n import LANGUAGES, Language, catalogue, ngettext, sentence_of
from dega.web.environment import make

ONE, MANY = "You can sign it for another %(seconds)s second.", "You can sign it for another %(seconds)s seconds."


@pytest.mark.parametrize(
    ("language", "number", "sentence"),
    [
        ("sq", 1, "Mund ta nënshkruani edhe për 1 sekondë."),
        ("sq", 2, "Mund ta nënshkruani edhe për 2 sekonda."),
        ("sq", 0, "Mund ta nënshkruani edhe për 0 sekonda."),
        ("sq", 21, "Mund ta nënshkruani edhe për 21 sekonda."),
        ("en", 1, "You can sign it for another 1 second."),
        ("en", 11, "You can sign it for another 11 seconds."),
    ],
)
def test_a_sentence_about_a_number_has_the_form_of_that_number(language: Language, number: int, sentence: str) -> None:
    assert ngettext(language, ONE, MANY, number, seconds=number) == sentence
    template = make(language).from_string(f"{{{{ ngettext('{ONE}', '{MANY}', n, seconds=n) }}}}")
    assert template.render(n=number) == sentence


def test_both_forms_are_folded_into_the_template_and_escape_their_values() -> None:
    environment = make("sq")
    source = f"{{{{ ngettext('{ONE}', '{MANY}', n, seconds=shown) }}}}"
    assert "edhe për %(seconds)s sekondë" in environment.compile(source, raw=True)
    assert "<b>" not in environment.from_string(source).render(n=2, shown="<b>")
    assert "<b>2</b>" in environment.from_string(source).render(n=2, shown=Markup("<b>2</b>"))


def test_texts_that_nobody_could_translate_are_no_template() -> None:
    with pytest.raises(ValueError, match="two texts and a number"):
        make("sq").from_string("{{ ngettext(one, many, 2) }}")


@pytest.mark.refusal("resend_too_soon")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_that_counts_has_both_forms(language: Language) -> None:
    words = {"sq": ("1 sekonde.", "30 sekondash."), "en": ("1 second.", "30 seconds.")}[language]
    sentences = [sentence_of(language, ResendTooSoon(seconds=seconds)) for seconds in (1, 30)]
    assert [word in sentence for word, sentence in zip(words, sentences, strict=True)] == [True, True]


def test_english_is_its_own_catalogue() -> None:
    assert catalogue("en") == {}
