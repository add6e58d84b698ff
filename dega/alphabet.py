"""The Albanian alphabet: 36 letters, nine of them written with two signs. Lists of names follow it, not code points.

`ç` comes after `c`, `dh` after `d`, `ë` after `e`, `gj` after `g` and so on: Dhimitri stands below Durim. The database
knows no such order (and it would change under us with its next version), so what is listed is sorted here.
"""

import re
import unicodedata
from typing import Literal

LETTERS = (
    *("a", "b", "c", "ç", "d", "dh", "e", "ë", "f", "g", "gj", "h", "i", "j", "k", "l", "ll", "m", "n", "nj", "o", "p"),
    *("q", "r", "rr", "s", "sh", "t", "th", "u", "v", "x", "xh", "y", "z", "zh"),
)
_PLACE = {letter: place for place, letter in enumerate(LETTERS)} | {"w": LETTERS.index("v")}
_LETTER = re.compile("|".join(sorted(_PLACE, key=len, reverse=True)) + "|.", re.DOTALL)

_OTHER_SIGNS = -1
"""Spaces, digits and signs come before all letters, in the order of their code points."""

Key = tuple[tuple[tuple[int, str], ...], str]


def sort_key(text: str, language: Literal["sq", "en"] = "sq") -> Key:
    """What to sort `text` by, whatever its case; marks that aren't Albanian (é, ü) count only where all else is equal.

    In English every letter stands alone: Short comes before Sugar.
    """
    plain = _without_foreign_marks(text.casefold())
    letters = _LETTER.findall(plain) if language == "sq" else list(plain)
    return tuple((_PLACE.get(letter, _OTHER_SIGNS), letter) for letter in letters), text


def _without_foreign_marks(text: str) -> str:
    kept = (
        sign if sign in _PLACE else unicodedata.normalize("NFKD", sign)[0]
        for sign in unicodedata.normalize("NFC", text)
    )
    return "".join(kept)
