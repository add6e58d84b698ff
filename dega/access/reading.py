"""How a password reads to a person who guesses: capitals and accents fall away, and `5hk0dr@` is shkodra."""

import re
import unicodedata
from collections.abc import Iterator

_LOOK_ALIKE = str.maketrans(
    {mark: letter for letter, marks in {
        "a": "4@", "b": "8", "c": "([{<", "e": "3", "g": "69", "i": "1!|l", "o": "0", "s": "5$", "t": "7+", "x": "%",
        "z": "2",
    }.items() for mark in marks}
)  # fmt: skip
_READ = 128
"""Characters that are looked at: what is posted may be longer than any password, and looking takes its square."""
_STANDING_FOR_LETTERS = 2
"""How many digits before the first letter, and after the last one, may be letters in disguise."""


def plain(text: str) -> str:
    """Without accents: `Çelës` is `Celes`."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(character for character in split if not unicodedata.combining(character))


def bare(text: str) -> str:
    """Small letters without accents."""
    return plain(text.casefold())


def canon(text: str) -> str:
    """Bare, and what looks alike is alike: `1`, `l` and `!` are all `i`. Texts of one canon differ in looks only."""
    return bare(text).translate(_LOOK_ALIKE)


def letters(text: str) -> str:
    """The letters alone, bare."""
    return "".join(character for character in bare(text) if character.isalpha())


def digits(text: str) -> str:
    """The digits alone."""
    return "".join(character for character in unicodedata.normalize("NFKC", text) if character.isdecimal())


def cores(text: str) -> Iterator[str]:
    """What may be meant once the digits and signs around it are taken off, in canon, forwards and backwards; then the
    letters alone, if they are more than a few. What only repeats itself is given once."""
    small = bare(text)[:_READ]
    at = [position for position, character in enumerate(small) if character.isalpha()]
    if not at:
        return
    first, end = at[0], at[-1] + 1
    whole = canon(small)
    readings = [
        whole[start:stop]
        for start in range(first, max(0, first - _STANDING_FOR_LETTERS) - 1, -1)
        for stop in range(end, min(len(whole), end + _STANDING_FOR_LETTERS) + 1)
    ]
    if len(at) > 4:
        readings.append(canon(letters(small)))
    for reading in readings:
        once = re.sub(r"^(.+?)\1+$", r"\1", reading, flags=re.DOTALL)
        yield once
        yield once[::-1]
