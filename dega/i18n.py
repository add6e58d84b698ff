"""The words of the bank in Albanian and English. The keys of the catalogue are the English sentences themselves."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

from dega.errors import Refusal

Language = Literal["sq", "en"]
LANGUAGES: tuple[Language, ...] = ("sq", "en")
CATALOGUES = Path(__file__).resolve().parent / "locale"


def N_(text: str) -> str:
    """Marks a text for the catalogue where it can't be translated yet."""
    return text


@cache
def catalogue(language: Language) -> dict[str, str]:
    """English sentence → sentence in `language`; empty for English, which is its own.

    A sentence about a number stands in it twice, for one and for any other: Albanian has the same two forms (CLDR).
    """
    path = CATALOGUES / language / "LC_MESSAGES" / "dega.po"
    if language == "en":
        return {}
    found: dict[str, str] = {}
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id and message.string:
                found.update(zip(_forms(message.id), _forms(message.string), strict=True))
    return found


def _forms(texts: str | Sequence[str]) -> Sequence[str]:
    return (texts,) if isinstance(texts, str) else texts


def translate(language: Language, text: str, **values: object) -> str:
    """`text` in `language`, its `%(name)s` filled with `values`."""
    sentence = catalogue(language).get(text, text)
    return sentence % values if values else sentence


def ngettext(language: Language, one: str, many: str, number: object, **values: object) -> str:
    """The sentence for that number in `language`: `one` where it is 1, else `many`."""
    return translate(language, one if number == 1 else many, **values)


def sentence_of(language: Language, refusal: Refusal) -> str:
    """What a person is told, in their language."""
    if refusal.one:
        number = refusal.values[refusal.counted]
        return ngettext(language, refusal.one, refusal.sentence(), number, **refusal.values)
    return translate(language, refusal.sentence(), **refusal.values)


def remedy_of(language: Language, refusal: type[Refusal]) -> str:
    """What a person can do about it, in their language."""
    return translate(language, refusal.remedy)
