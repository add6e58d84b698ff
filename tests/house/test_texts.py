"""Every text exists in both languages, and both say the same: the keys of the catalogue are the English sentences."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from house.texts import PAGES, TEMPLATES, WRITTEN_TWICE, everything_said, placeholders, untranslated_words

from dega.i18n import CATALOGUES, LANGUAGES

SAID = everything_said()
Text = str | tuple[str, str]
PROPER_NAMES = {"Dega Internet", "WhatsApp", "IBAN", "FNP", "SMS", "Shqip", "English", "DEMO"}


def forms(text: str | Sequence[str]) -> Sequence[str]:
    """A text about a number has two forms, any other one."""
    return (text,) if isinstance(text, str) else text


@pytest.fixture(scope="module")
def albanian() -> dict[Text, Message]:
    """The entries of the Albanian catalogue, by their keys."""
    with (CATALOGUES / "sq" / "LC_MESSAGES" / "dega.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def test_every_text_has_its_albanian(albanian: dict[Text, Message]) -> None:
    missing = {
        said.text: said.where
        for said in SAID
        if said.text not in albanian or not all(forms(albanian[said.text].string))
    }
    assert missing == {}


def test_the_catalogue_has_nothing_that_nobody_says_and_nothing_half_done(albanian: dict[Text, Message]) -> None:
    said = {each.text for each in SAID}
    assert [text for text in albanian if text not in said] == []
    assert [
        text for text, message in albanian.items() if message.fuzzy or len(forms(message.string)) != len(forms(text))
    ] == []


def test_both_languages_have_room_for_the_same_values(albanian: dict[Text, Message]) -> None:
    differ = [text for text, found in albanian.items() if placeholders(text) != placeholders(found.string)]
    assert differ == []


def test_every_value_of_a_text_is_given_where_it_is_said() -> None:
    wrong = {said.where: said.text for said in SAID if said.given is not None and said.given != placeholders(said.text)}
    assert wrong == {}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_page_says_nothing_that_could_not_be_translated(path: Path) -> None:
    words = [
        words
        for words in untranslated_words(path)
        if not {*re.findall(r"[^\W\d_]{2,}(?: Internet)?", words)} <= PROPER_NAMES
    ]
    assert words == []


@pytest.mark.parametrize("folder", WRITTEN_TWICE)
def test_what_is_written_once_for_each_language_is_written_in_each(folder: str) -> None:
    written = {language: {path.name for path in (TEMPLATES / folder / language).iterdir()} for language in LANGUAGES}
    assert written["sq"] == written["en"] != set()


def test_keys_and_translations_are_clean_text(albanian: dict[Text, Message]) -> None:
    both = [text for key, message in albanian.items() for text in (*forms(key), *forms(message.string))]
    assert [text for text in both if text != text.strip() or "  " in text or "<" in text or "\n" in text] == []
