"""What others would try first, and how soon they would come to a password: our own rules, then zxcvbn's estimate.

zxcvbn knows no Albanian and forgives a word with a year and a sign, so `words_sq.txt` and the rules before it stay.
Nothing that was typed is kept or logged.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from zxcvbn import zxcvbn
from zxcvbn.matching import RANKED_DICTIONARIES

from dega.access.reading import bare, canon, cores, digits, letters, plain
from dega.errors import (
    PasswordAlbanianWord,
    PasswordCommon,
    PasswordDate,
    PasswordForeignWord,
    PasswordGuessable,
    PasswordRepeated,
    PasswordRow,
    Refusal,
)

JUDGED = 32
"""Characters that are looked at. zxcvbn's work grows with the square of the length and beyond: 72 took it 90 ms, these
take 20 ms at worst and 2 ms as a rule, so that it may run where pages do."""
ENDINGS = frozenset(re.findall(r"\w+", "a e i u t s n es se en in it is un ut ja je ve ne te et ave ash ish"))
"""Of Albanian nouns: a word of four letters or more is the same word with any of them."""

_ROWS = ("0123456789" * 2, "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_INFLECTED = 4
_SIGNS = str.maketrans("@$([{<+%!|", "ascccctxii")
"""Signs as the letters they stand for. Left as signs zxcvbn would try all their meanings, which took it 4.7 seconds."""


def first_tried(password: str, least_score: int) -> type[Refusal] | None:
    """Why this password would be guessed soon, or None. `least_score` is zxcvbn's: 0 worst, 4 best.

    The kinds are looked for in the order in which their reasons help most.
    """
    if len(set(bare(password))) <= 2:
        return PasswordRepeated
    if _is_row(password):
        return PasswordRow
    if _is_date(password):
        return PasswordDate
    readings = set(cores(password))
    if any(_is_albanian(reading) for reading in readings):
        return PasswordAlbanianWord
    if bare(password) in RANKED_DICTIONARIES["passwords"] or not _common().isdisjoint(readings):
        return PasswordCommon
    return _judged(password, least_score)


def dates(text: str) -> Iterator[date]:
    """The dates that eight or six digits of a password spell, day first or year first, of people alive and of plans."""
    found = digits(text)
    for size, shapes in ((8, ("dmY", "Ymd", "mdY")), (6, ("dmy", "ymd"))):
        for start in range(len(found) - size + 1):
            for shape in shapes:
                if day := _read_date(found[start : start + size], shape):
                    yield day


def _read_date(eight_or_six: str, shape: str) -> date | None:
    sizes = {"d": 2, "m": 2, "y": 2, "Y": 4}
    parts, place = {}, 0
    for part in shape:
        parts[part] = int(eight_or_six[place : place + sizes[part]])
        place += sizes[part]
    year = parts.get("Y", 1900 + parts.get("y", 0) + (100 if parts.get("y", 0) < 30 else 0))
    if not 1900 <= year < 2050:
        return None
    try:
        return date(year, parts["m"], parts["d"])
    except ValueError:
        return None


def _is_row(password: str) -> bool:
    """Hardly more than keys, letters or digits that stand in a row, forwards or backwards: `qwert12345`, `cba`."""
    alphabetic, numeric = letters(password), digits(password)
    if len(alphabetic) <= 2:
        return len(numeric) > 3 and _stands_in_a_row(numeric)
    return _stands_in_a_row(alphabetic)


def _stands_in_a_row(characters: str) -> bool:
    return any(characters in row or characters[::-1] in row for row in _ROWS)


def _is_date(password: str) -> bool:
    """A date and hardly more: `a23.11.1990!`."""
    return len(letters(password)) <= 2 and len(digits(password)) <= 9 and any(dates(password))


def _is_albanian(reading: str) -> bool:
    """One word of ours; from four letters upwards with any of the endings."""
    splits = ((reading[:at], reading[at:]) for at in range(min(len(reading), _INFLECTED), len(reading)))
    return reading in _albanian() or any(stem in _albanian() and ending in ENDINGS for stem, ending in splits)


def _judged(password: str, least_score: int) -> type[Refusal] | None:
    """What zxcvbn says, in our words: the longest of the parts that it recognised is the reason."""
    found = zxcvbn(plain(password).translate(_SIGNS)[:JUDGED], user_inputs=words())
    if found["score"] >= least_score:
        return None
    known = [part for part in found["sequence"] if part["pattern"] != "bruteforce"]
    if not known and _is_mixed(password):
        return None
    longest = max(known, key=lambda part: len(part["token"]), default=None)
    if longest is None or len(longest["token"]) < min(len(password), JUDGED) / 2:
        return PasswordGuessable
    return _reason(longest)


def _is_mixed(password: str) -> bool:
    """Letters and digits in turns, as nobody writes words. zxcvbn counts an unknown character as ten guesses, so that
    eight of them, which the rules allow, would lie a hair below its score of 3."""
    return len(re.findall(r"\d+|[^\W\d_]+", password)) >= 4


def _reason(part: dict[str, str]) -> type[Refusal]:
    if part["pattern"] == "dictionary":
        lists = {"passwords": PasswordCommon, "user_inputs": PasswordAlbanianWord}
        return lists.get(part["dictionary_name"], PasswordForeignWord)
    return {
        "spatial": PasswordRow,
        "sequence": PasswordRow,
        "repeat": PasswordRepeated,
        "date": PasswordDate,
        "regex": PasswordDate,
    }.get(part["pattern"], PasswordGuessable)


@cache
def words() -> tuple[str, ...]:
    """The Albanian words, bare, the likeliest first."""
    lines = Path(__file__).with_name("words_sq.txt").read_text(encoding="utf-8").splitlines()
    return tuple(bare(word) for line in lines if not line.startswith("#") for word in line.split())


@cache
def _albanian() -> frozenset[str]:
    return frozenset(canon(word) for word in words())


@cache
def _common() -> frozenset[str]:
    """The words among the passwords that most people of the world choose, in canon."""
    return frozenset(
        canon(word) for word in RANKED_DICTIONARIES["passwords"] if word.isalpha() and len(word) >= _INFLECTED
    )
