"""What a password must be like: letters and digits both, long enough, and nothing that others would try first."""

import re
import unicodedata

from dega.config import Access
from dega.errors import (
    PasswordCommon,
    PasswordLong,
    PasswordMissing,
    PasswordShort,
    PasswordWithoutDigit,
    PasswordWithoutLetter,
    PasswordWithOwnData,
    Refusal,
)
from dega.store.access import Customer

_FIRST_TRIED = """
password passwort passw pass fjalekalim fjalekalimi sekret secret admin administrator root test testtest user
login welcome miresevini mireseerdhe letmein changeme default master hello pershendetje iloveyou tedua loveyou
love zemra zemer shpirt nena babi mami familja monkey dragon football futboll soccer baseball superman batman
pokemon sunshine princess princesha shadow killer hunter michael jordan ronaldo messi juventus milan inter
barcelona realmadrid albania albanian shqip shqiperi shqiperia shqipe shqiptar kosova kosove tirana tirane
skenderbeu skenderbej flamuri google facebook instagram samsung iphone internet internetbanking ebanking banking
banka bank dega deganet degainternet bkt llogaria llogari leke para euro dollar computer kompjuter summer winter
vera dimri
"""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_LEET = str.maketrans("0134579@$!", "oieastgasi")


def problems(access: Access, password: str, customer: Customer, *, field: str) -> list[Refusal]:
    """All that is wrong with a new password of this customer, for the form's `field`; nothing where it may be taken.

    Length is counted in characters after NFKC normalisation, as the password is kept.
    """
    if not password:
        return [PasswordMissing(field)]
    normal = unicodedata.normalize("NFKC", password)
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
    elif not found and _is_first_tried(normal):
        found.append(PasswordCommon(field))
    return found


def same(old: str, new: str) -> bool:
    """The same password, however it is typed."""
    return unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new)


def alike(old: str, new: str) -> bool:
    """The same but for what stands around it: `Shkodra1492` and `Shkodra1493!`."""
    return _core(old) == _core(new)


def _tells_of(customer: Customer, password: str) -> bool:
    bare = _bare(password)
    numbers = [customer.number, (customer.personal_number or "").lower(), (customer.mobile or "")[-8:]]
    if any(number in bare for number in numbers if number):
        return True
    letters = "".join(character for character in bare if character.isalpha())
    # A short name may well be a part of another word; it is only refused where it is all there is.
    return any(name == letters or (len(name) > 3 and name in bare) for name in re.findall(r"\w+", _bare(customer.name)))


def _is_first_tried(password: str) -> bool:
    bare, core = _bare(password), _core(password)
    letters = "".join(character for character in bare if character.isalpha())
    digits = "".join(character for character in bare if character.isdecimal())
    if len(set(bare)) <= 2 or not {core, core.translate(_LEET), letters}.isdisjoint(_FIRST_TRIED.split()):
        return True
    if len(letters) <= 2:
        return _runs_in(digits, ("0123456789" * 2,)) and len(digits) + len(letters) == len(bare)
    return _runs_in(letters, _ROWS)


def _runs_in(characters: str, rows: tuple[str, ...]) -> bool:
    """Whether they stand in a row, forwards or backwards: `qwert`, `cba`, `12345678`."""
    return any(characters in row or characters[::-1] in row for row in rows)


def _core(password: str) -> str:
    """From its first letter to its last one, bare."""
    found = re.search(r"[^\W\d_](?:.*[^\W\d_])?", _bare(password), re.DOTALL)
    return found[0] if found else ""


def _bare(text: str) -> str:
    """Small letters without accents: `Çela` is `cela`."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))
