"""The list of everything that the bank refuses, for customers: each code with its sentence and with what to do (R37).

It is made of the refusals themselves, so that none can be missing.
"""

import re
from dataclasses import dataclass
from functools import cache

from dega.errors import Refusal, every_refusal
from dega.i18n import N_, Language, remedy_of, translate

PARTS = {
    "login": N_("Registering and logging in"),
    "codes": N_("Codes, apps and passkeys"),
    "passwords": N_("Choosing a password"),
    "orders": N_("Filling in a payment"),
    "payments": N_("Making a payment"),
    "messages": N_("Writing to the bank"),
    "door": N_("On any page"),
}
"""The files of `dega/errors`, under the titles that customers read."""

_VALUE = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True, slots=True)
class Entry:
    """One refusal: its code, what it says (… stands for a value that only the moment gives), and what to do."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Part:
    """The refusals of one part of the bank; the title is English."""

    key: str
    title: str
    entries: tuple[Entry, ...]


@cache
def catalogue(language: Language) -> tuple[Part, ...]:
    """Every refusal in `language`, part by part."""
    found: dict[str, list[Entry]] = {key: [] for key in PARTS}
    for refusal in every_refusal():
        found[_part(refusal)].append(_entry(language, refusal))
    return tuple(Part(key, PARTS[key], tuple(entries)) for key, entries in found.items())


def _part(refusal: type[Refusal]) -> str:
    return refusal.__module__.rpartition(".")[2]


def _entry(language: Language, refusal: type[Refusal]) -> Entry:
    sentence = _VALUE.sub("…", translate(language, refusal.sentence()))
    return Entry(refusal.code, sentence, remedy_of(language, refusal))
