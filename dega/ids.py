"""The numbers and names that people type and read out: customers, accounts, phones, payees, references.

Each is read forgivingly, kept in one form, and guarded by check digits where typing it wrong could cost money.
"""

import random
import re
import secrets
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import phonenumbers

from dega.money import NO_BREAK_SPACE


def compact(text: str) -> str:
    """The text without spaces or the invisible marks that come with pasting, in capitals if it is all ASCII."""
    if text.isascii() and text.isalnum():
        return text.upper()
    joined = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    # A strange letter may have an ASCII capital (dotless i becomes I), which would hide that it was strange.
    return joined.upper() if joined.isascii() else joined


def _hybrid_check(values: Iterable[int], modulus: int) -> int:
    """ISO 7064's hybrid system MOD (M+1, M): one check character that catches every single wrong character and
    nearly all swapped neighbours."""
    product = modulus
    for value in values:
        product = ((product + value) % modulus or modulus) * 2 % (modulus + 1)
    return (1 - product) % modulus


# Customers


def is_customer_number_shape(text: str) -> bool:
    """Nine ASCII digits: all that login asks for, since numbers given before dega carry no check digit."""
    return re.fullmatch(r"[0-9]{9}", text) is not None


def customer_number_checks(text: str) -> bool:
    """Nine digits whose last is the ISO 7064 MOD 11,10 check digit of the others: a typing error is unlikely."""
    return is_customer_number_shape(text) and _hybrid_check(map(int, text[:8]), 10) == int(text[8])


def new_customer_number(source: random.Random) -> str:
    """A customer number with its check digit, random so that no number tells the next; uniqueness is the database's."""
    digits = str(source.randrange(10_000_000, 100_000_000))
    return f"{digits}{_hybrid_check(map(int, digits), 10)}"


def is_personal_number_shape(text: str) -> bool:
    """An identity card's number such as `J61023045K`, in capitals: decade, year, month, day, serial, check letter."""
    return re.fullmatch(r"[A-T][0-9]{8}[A-Z]", text) is not None


# Bank accounts


class IbanProblem(StrEnum):
    """Which part of an IBAN is wrong, in the order they are looked at."""

    CHARACTERS = "characters"
    COUNTRY = "country"
    LENGTH = "length"
    CHECK_DIGITS = "check_digits"
    NATIONAL_DIGIT = "national_digit"


class IbanError(ValueError):
    """The text is no IBAN; `reason` says which part is wrong."""

    def __init__(self, reason: IbanProblem) -> None:
        super().__init__(reason)
        self.reason = reason


# Country and length of the whole, from the SWIFT IBAN registry.
_IBAN_REGISTRY = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_REGISTRY.split()}
_ALBANIAN_WEIGHTS = (9, 7, 3, 1, 9, 7, 3, 1)


def parse_iban(text: str) -> str:
    """The IBAN in electronic form, from any spacing and case. Raises IbanError.

    Of an Albanian one the national digit is checked as well: right mod 97 digits alone don't make it exist.
    """
    iban = compact(text)
    if re.fullmatch(r"[A-Z0-9]*", iban) is None:
        raise IbanError(IbanProblem.CHARACTERS)
    length = IBAN_LENGTHS.get(iban[:2])
    if length is None:
        raise IbanError(IbanProblem.COUNTRY)
    if len(iban) != length:
        raise IbanError(IbanProblem.LENGTH)
    albanian = iban.startswith("AL")
    if not iban[2:4].isdecimal() or (albanian and not iban[4:12].isdecimal()):
        raise IbanError(IbanProblem.CHARACTERS)
    if iban[2:4] != _iban_check_digits(iban[:2], iban[4:]):
        raise IbanError(IbanProblem.CHECK_DIGITS)
    if albanian and _albanian_sum(iban[4:12]) % 10 != 0:
        raise IbanError(IbanProblem.NATIONAL_DIGIT)
    return iban


def make_albanian_iban(bank: str, branch: str, account: str) -> str:
    """The IBAN of an account of ours: three digits of bank, four of branch, at most 16 letters and digits."""
    bban = account.upper().rjust(16, "0")
    if not re.fullmatch(r"[0-9]{7}", bank + branch) or len(bank) != 3 or not re.fullmatch(r"[A-Z0-9]{16}", bban):
        raise ValueError("an Albanian IBAN is made of three digits, four digits, at most 16 letters and digits")
    bban = f"{bank}{branch}{-_albanian_sum(bank + branch) % 10}{bban}"
    return f"AL{_iban_check_digits('AL', bban)}{bban}"


def format_iban(iban: str) -> str:
    """Groups of four with no-break spaces, as IBANs are printed."""
    return NO_BREAK_SPACE.join(iban[i : i + 4] for i in range(0, len(iban), 4))


def mask_iban(iban: str) -> str:
    """`AL47 … 8741`: enough to recognise one's own account."""
    return f"{iban[:4]} … {iban[-4:]}"


def _iban_check_digits(country: str, bban: str) -> str:
    """ISO 7064 mod 97-10 over the whole, letters counting as 10 to 35."""
    digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{98 - int(digits) % 97:02d}"


def _albanian_sum(digits: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, _ALBANIAN_WEIGHTS, strict=False))


# Mobile phones


class PhoneProblem(StrEnum):
    """Why a text isn't an Albanian mobile number."""

    EMPTY = "empty"
    CHARACTERS = "characters"
    COUNTRY = "country"
    LENGTH = "length"
    PREFIX = "prefix"
    THIRD_DIGIT = "third_digit"


class PhoneError(ValueError):
    """The text is no Albanian mobile number; `reason` says why."""

    def __init__(self, reason: PhoneProblem) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_mobile(text: str) -> str:
    """`+3556XXXXXXXX` from `069 123 4567`, `00355…`, `+355…`. Raises PhoneError.

    Mobile numbers begin with 67, 68 or 69; after 67 and 68 the third digit is 2 to 9. A prefix tells no operator.
    """
    text = compact(text)
    if not text:
        raise PhoneError(PhoneProblem.EMPTY)
    if re.fullmatch(r"\+?[0-9()/.-]{1,32}", text) is None or re.search(r"[0-9]", text) is None:
        raise PhoneError(PhoneProblem.CHARACTERS)
    try:
        number = phonenumbers.parse(text, "AL")
    except phonenumbers.NumberParseException as problem:
        foreign = problem.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        raise PhoneError(PhoneProblem.COUNTRY if foreign else PhoneProblem.LENGTH) from None
    if number.country_code != 355:
        raise PhoneError(PhoneProblem.COUNTRY)
    national = phonenumbers.national_significant_number(number)
    if not national.startswith(("67", "68", "69")):
        raise PhoneError(PhoneProblem.PREFIX)
    if len(national) != 9:
        raise PhoneError(PhoneProblem.LENGTH)
    # Nine digits after a mobile prefix that aren't a number yet: the block of the third digit isn't given out.
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise PhoneError(PhoneProblem.THIRD_DIGIT)
    return f"+355{national}"


def country_prefix(mobile: str) -> str:
    """`355` of `+355691234567`; nothing of a number that no country has."""
    try:
        return str(phonenumbers.parse(mobile, None).country_code)
    except phonenumbers.NumberParseException:
        return ""


def mask_phone(phone: str) -> str:
    """`+355 69 *** **67` of `+355691234567`: enough to see whether it's one's own."""
    return f"{phone[:4]} {phone[4:6]} *** **{phone[-2:]}"


def mask_email(email: str) -> str:
    """`a***@example.org` of `arta.kola@example.org`: enough to see whether it's one's own."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"


# References that are read out over the phone


class CodeProblem(StrEnum):
    """Why a text isn't one of our references."""

    SHAPE = "shape"
    CHECK = "check"


class CodeError(ValueError):
    """The text is no reference of this kind (SHAPE), or one typed wrong (CHECK)."""

    def __init__(self, reason: CodeProblem) -> None:
        super().__init__(reason)
        self.reason = reason


_CHECKS = tuple(f"-{98 - rest * 100 % 97:02d}" for rest in range(97))


def reference(movement_id: int) -> str:
    """`D0000012345-20` of movement 12345: ten digits or more, then two by ISO 7064 mod 97-10."""
    if movement_id <= 0:
        raise ValueError("movements are numbered from one")
    return f"D{str(movement_id).zfill(10)}{_CHECKS[movement_id % 97]}"


def parse_reference(text: str) -> int:
    """The movement's id; the hyphen may be missing. Raises CodeError."""
    match = re.fullmatch(r"D([0-9]{10,19})-?([0-9]{2})", compact(text))
    if match is None:
        raise CodeError(CodeProblem.SHAPE)
    movement_id = int(match[1])
    if movement_id <= 0 or reference(movement_id)[-2:] != match[2]:
        raise CodeError(CodeProblem.CHECK)
    return movement_id


# Crockford's base 32: no I, L, O, U.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_MISREADINGS = str.maketrans("OIL", "011")


def new_case_number() -> str:
    """`C-7K3M-9Q2X`, for a fault: 35 random bits and a check character, so the table's unique key may ask again."""
    return _new_code("C")


def parse_case_number(text: str) -> str:
    """The case number as it was given, whatever its case, spaces, hyphens, O for 0, I or L for 1. Raises CodeError."""
    return _parse_code("C", text)


def new_message_reference() -> str:
    """`M-7K3M-9Q2X`, for a message or complaint; made like a case number."""
    return _new_code("M")


def parse_message_reference(text: str) -> str:
    """The message's reference as it was given, read as forgivingly as a case number. Raises CodeError."""
    return _parse_code("M", text)


def _new_code(prefix: str) -> str:
    body = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(7))
    body += _CODE_ALPHABET[_hybrid_check(map(_CODE_ALPHABET.index, body), 32)]
    return f"{prefix}-{body[:4]}-{body[4:]}"


def _parse_code(prefix: str, text: str) -> str:
    typed = compact(text).replace("-", "")
    body = typed[1:].translate(_CODE_MISREADINGS)
    if typed[:1] != prefix or re.fullmatch(f"[{_CODE_ALPHABET}]{{8}}", body) is None:
        raise CodeError(CodeProblem.SHAPE)
    values = [_CODE_ALPHABET.index(character) for character in body]
    if _hybrid_check(values[:7], 32) != values[7]:
        raise CodeError(CodeProblem.CHECK)
    return f"{prefix}-{body[:4]}-{body[4:]}"


# Names and texts


class TextProblem(StrEnum):
    """Why a name or a text isn't taken."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"


class TextError(ValueError):
    """The name or text isn't taken; `reason` says why."""

    def __init__(self, reason: TextProblem) -> None:
        super().__init__(reason)
        self.reason = reason


# Letters by the alphabet they belong to; a name may use one of these.
_ALPHABETS = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u024f\u1e00-\u1eff",
    r"\u0386\u0388-\u03f5\u03f7-\u03ff\u1f00-\u1fff",
    r"\u0400-\u0481\u048a-\u052f",
)
_IN_NAMES = r"0-9 .,'’&()/:+\-\"“”„"
_NAME = re.compile("|".join(f"[{letters}{_IN_NAMES}]+" for letters in _ALPHABETS))


def clean_text(text: str, max_length: int, *, lines: bool = False) -> str:
    """The text in NFKC without control, direction or zero-width characters, its spaces single. Raises TextError.

    With `lines` its line ends stay, as `\\n`, with at most one empty line between two paragraphs.
    """
    if len(text) > 4 * max_length + 100:
        raise TextError(TextProblem.TOO_LONG)
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    normal = unicodedata.normalize("NFKC", kept)
    if lines:
        cleaned = "\n".join(" ".join(line.split()) for line in normal.splitlines())
        cleaned = re.sub(r"\n{3,}", "\n\n", cleaned).strip("\n")
    else:
        cleaned = " ".join(normal.split())
    if not cleaned:
        raise TextError(TextProblem.EMPTY)
    if len(cleaned) > max_length:
        raise TextError(TextProblem.TOO_LONG)
    if any(unicodedata.category(c) in ("Cs", "Co", "Cn") for c in cleaned):
        raise TextError(TextProblem.CHARACTERS)
    return cleaned


def clean_name(text: str, max_length: int = 70) -> str:
    """A person's or company's name, cleaned, in Latin, Greek or Cyrillic letters but not in a mixture of them, which
    is how one name is dressed up as another. 70 characters is what SEPA carries. Raises TextError."""
    name = clean_text(text, max_length)
    if _NAME.fullmatch(name) is None or not any(c.isalpha() for c in name):
        raise TextError(TextProblem.CHARACTERS)
    return name


# Letters whose mark is part of them, so that no decomposition takes it off.
_STROKES = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}
# Cyrillic and Greek letters by the Latin ones they look like, and whatever may be read as i or o.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁһ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυ" + "".join(_STROKES),
    "ABESIJKMHOPCTYXabesijkmhopctyxdh" + "ABEZHIKMNOPTYXaikvoptu" + "".join(_STROKES.values()),
)
_LOOKALIKES_IN_SMALL = str.maketrans("l10", "iio")


def name_skeleton(name: str) -> str:
    """Equal for names that are easily taken for one another (`Aglm` and `Agim`): for a warning, never for routing."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if c.isalnum() or c == " ")
    small = bare.translate(_LOOKALIKES).casefold().translate(_LOOKALIKES_IN_SMALL)
    return small.replace("rn", "m").replace("vv", "w")


def mask_name(name: str) -> str:
    """`Agim H***` of Agim Hoxha: the first name whole, of the others only the initial."""
    first, *others = name.split()
    return " ".join([first, *(f"{other[0]}***" for other in others)])


# GSM 03.38's basic alphabet, one septet each; a single character outside makes a message UCS-2, 70 to a part.
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_FOR_SMS = str.maketrans(
    _STROKES | {"Ç": "C", "€": "EUR", "−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"'}
)


def is_gsm7(text: str) -> bool:
    """Does an SMS carry it in the basic alphabet, 160 characters a part?"""
    return _GSM7.issuperset(text)


def gsm_text(text: str) -> str:
    """The text as an SMS can carry it: ë and ç lose their marks, whatever has no likeness in GSM-7 is left out."""
    if text.isascii() and is_gsm7(text):
        return text
    return "".join(
        c if c in _GSM7 else "".join(part for part in unicodedata.normalize("NFKD", c) if part in _GSM7)
        for c in unicodedata.normalize("NFC", text).translate(_FOR_SMS)
    )
