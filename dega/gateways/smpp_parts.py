"""An SMS in the parts that a phone puts together: GSM-7 while every character is in it, otherwise UCS-2."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aiosmpplib.codec import GSM7BitCodec

ROOM = {"gsm0338": (160, 153), "ucs2": (140, 134)}
"""What one message holds, and each of several: septets (SMPP sends each in an octet of its own), or octets."""

MOST_PARTS = 255


@dataclass(frozen=True, slots=True)
class Part:
    """What travels in one submit_sm; of several each begins with the header that says which it is."""

    octets: bytes
    encoding: Literal["gsm0338", "ucs2"]
    is_one_of_many: bool


def parts(text: str, reference: int) -> list[Part]:
    """The text cut between characters; the parts of one text share a `reference` of 0 to 255. Raises ValueError."""
    encoding: Literal["gsm0338", "ucs2"] = "gsm0338" if GSM7BitCodec.is_gsm_text(text) else "ucs2"
    alone, together = ROOM[encoding]
    characters = [_encoded(character, encoding) for character in text]
    if sum(map(len, characters)) <= alone:
        return [Part(b"".join(characters), encoding, False)]
    cut = list(_filled(characters, together))
    if len(cut) > MOST_PARTS:
        raise ValueError("a text of more than 255 parts")
    header = bytes([5, 0, 3, reference, len(cut)])
    return [Part(header + bytes([number]) + octets, encoding, True) for number, octets in enumerate(cut, start=1)]


def _filled(characters: list[bytes], room: int) -> Iterator[bytes]:
    filled = bytearray()
    for character in characters:
        if len(filled) + len(character) > room:
            yield bytes(filled)
            filled.clear()
        filled += character
    yield bytes(filled)


def _encoded(character: str, encoding: str) -> bytes:
    if encoding == "ucs2":
        return character.encode("utf-16-be")
    return bytes(GSM7BitCodec().encode(character)[0])
