"""What a password must be like: letters and digits both, long enough, and nothing that others would try first."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from dega.access import guessing
from dega.access.reading import bare, canon, cores, digits, letters
from dega.config import Config
from dega.errors import (
    PasswordLong,
    PasswordMissing,
    PasswordShort,
    PasswordWithBankName,
    PasswordWithoutDigit,
    PasswordWithoutLetter,
    PasswordWithOwnData,
    Refusal,
)
from dega.store.access import Customer

_CORE = 3
"""Letters that two passwords must share to be called alike; the digits of `1492149a` may be others altogether."""
_TELLING_DIGITS = 6
"""So many last digits of a phone number are as good as the number."""
_TELLING_LETTERS = 4
"""Shorter names may well be parts of other words; they are only refused where they are all there is."""


def problems(config: Config, password: str, customer: Customer, *, field: str) -> list[Refusal]:
    """All that is wrong with a new password of this customer, for the form's `field`; nothing where it may be taken.

    Length is counted in characters after NFKC normalisation, as the password is kept. At most one of them says how it
    would be guessed.
    """
    if not password:
        return [PasswordMissing(field)]
    access, normal = config.access, unicodedata.normalize("NFKC", password)
    found: list[Refusal] = []
    if len(normal) < access.password_least:
        found.append(PasswordShort(field, least=access.password_least))
    if len(normal) > access.password_most:
        found.append(PasswordLong(field, most=access.password_most))
    if not any(character.isdecimal() for character in normal):
        found.append(PasswordWithoutDigit(field))
    if not any(character.isalpha() for character in normal):
        found.append(PasswordWithoutLetter(field))
    if _tells_of(customer, normal):
        found.append(PasswordWithOwnData(field))
    elif _holds(config.bank.name, normal):
        found.append(PasswordWithBankName(field))
    elif not found and (reason := guessing.first_tried(normal, access.password_score)):
        found.append(reason(field))
    return found


def same(old: str, new: str) -> bool:
    """The same password, however it is typed."""
    return unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new)


def alike(old: str, new: str) -> bool:
    """Whether the new one is guessed from the old one: by other digits or signs, capitals or look-alikes, by turning it
    round or adding to it. `Shkodra1492` gives `5HKODRA1493!`, `Shk2odra`, `2941ardokhS`, `Shkodra1492ab`."""
    first, second = canon(old), canon(new)
    for turned in (second, second[::-1]):
        if first in turned or turned in first or _differ_in_digits(first, turned, bare(old), bare(new)):
            return True
    return any(len(core) >= _CORE and core in cores(new) for core in cores(old))


def _differ_in_digits(first: str, second: str, old: str, new: str) -> bool:
    """In two places at most, none of which is a letter in both."""
    if len(first) != len(second) or len(first) != len(old) or len(second) != len(new):
        return False
    changed = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    return len(changed) <= 2 and not any(old[place].isalpha() and new[place].isalpha() for place in changed)


def _tells_of(customer: Customer, password: str) -> bool:
    small, numeric = bare(password), digits(password)
    numbers = [customer.number, (customer.personal_number or "").lower()]
    if any(number in small for number in numbers if number):
        return True
    if customer.mobile and customer.mobile[-_TELLING_DIGITS:] in numeric:
        return True
    if (born := _birthday(customer.personal_number)) and born in guessing.dates(password):
        return True
    return any(_holds(name, password) for name in _names(customer))


def _names(customer: Customer) -> Iterator[str]:
    yield from re.findall(r"\w+", customer.name)
    if customer.email:
        mailbox = customer.email.partition("@")[0]
        yield from (part for part in (mailbox, *re.split(r"[\W\d_]+", mailbox)) if len(part) >= _TELLING_LETTERS)


def _holds(name: str, password: str) -> bool:
    """Whether the name is in it, also disguised; a short one, or one turned round, only where it is all there is."""
    small = canon("".join(re.findall(r"\w+", name)))
    if len(small) >= _TELLING_LETTERS and small in canon(password):
        return True
    return small in {canon(letters(password)), *cores(password)}


def _birthday(personal_number: str | None) -> date | None:
    """What the number of an identity card says: `J61023041K` is of 23.10.1996. Women's months are 50 higher."""
    if not personal_number or not re.fullmatch(r"[A-T][0-9]{8}[A-Z]", personal_number):
        return None
    decade, year = ord(personal_number[0]) - ord("A"), int(personal_number[1])
    month, day = int(personal_number[2:4]) % 50, int(personal_number[4:6])
    try:
        return date(1900 + 10 * decade + year, month, day)
    except ValueError:
        return None
