"""The chain of seals, as bytes. Pure: what a seal is made of, and what of a row it remembers.

A seal covers a range of rows and ends with an HMAC-SHA256 over all that stands in it, among it the HMAC that the seal
before it ends with. So a seal can't be changed, left out or put in without the key, and the last one (the head) stands
for everything before it. Rows are covered twice: all their bytes by one SHA-256 in the seal, which is the proof; and
each by a mark of its own, eight bytes of its HMAC beside what it is called, so that a guilty row is named without
anybody having kept a copy of it.
"""

import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from dega.keyring import Keyring
from dega.store.seals import TABLES, Reach, Row, SealRow

Name = tuple[str, int, int]
"""What a row is called: its table, and its id and 0, or for an entry its account and number."""

_MARK = struct.Struct(">sqq8s")
MARK_BYTES = _MARK.size
_LETTERS = {table: table[0].encode() for table in TABLES}
_TABLES = {letter: table for table, letter in _LETTERS.items()}
_HEAD = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """The number of the last seal and what it ends with: kept elsewhere, it says how far the books had come."""

    number: int
    mac: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """A head as `str` wrote it. Raises ValueError."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise ValueError("a head is the number of a seal, a colon and 64 hexadecimal digits")
        return cls(int(found[1]), bytes.fromhex(found[2]))

    def __str__(self) -> str:
        return f"{self.number}:{self.mac.hex()}"


class SealKey:
    """One key of the purpose `seals`: what it makes of a row and of a seal."""

    def __init__(self, key: bytes) -> None:
        self._rows = _derived(key, "row")
        self._seals = _derived(key, "seal")

    def tag(self, table: str, row: Row) -> bytes:
        """Eight bytes that fit this row as it is."""
        return hmac.digest(self._rows, _LETTERS[table] + row.bytes, "sha256")[:8]

    def mac(self, seal: SealRow) -> bytes:
        """What the seal must end with: 32 bytes over everything else in it."""
        after, upto = seal.after, seal.upto
        parts = (
            b"dega-seal-v1",
            seal.kid.encode(),
            seal.sealed_at.encode(),
            struct.pack(">7q", seal.number, *_places(after), *_places(upto)),
            seal.previous or b"",
            seal.digest,
            seal.marks,
        )
        return hmac.digest(self._seals, b"".join(map(_framed, parts)), "sha256")

    def ended(self, seal: SealRow) -> SealRow:
        """The seal with the mac that belongs to it."""
        return replace(seal, mac=self.mac(seal))

    def fits(self, seal: SealRow) -> bool:
        """Whether the seal is as it was made."""
        return hmac.compare_digest(self.mac(seal), seal.mac)


def seal_keys(ring: Keyring) -> dict[str, SealKey]:
    """What seals were made with, by the ids of the keys."""
    return {kid: SealKey(key) for kid, key in ring.by_kid.items()}


class Digest:
    """The bytes of all rows that a seal covers, in their order."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, table: str, row: Row) -> None:
        """The next row."""
        self._sha256.update(_LETTERS[table] + _framed(row.bytes))

    def finish(self) -> bytes:
        """32 bytes that no other rows have."""
        return self._sha256.digest()


def mark(table: str, row: Row, tag: bytes) -> bytes:
    """25 bytes: what the row is called, and its tag."""
    return _MARK.pack(_LETTERS[table], row.first, row.second, tag)


def read_marks(marks: bytes) -> dict[Name, bytes]:
    """The tag of each row by what it is called; only of a seal that fits its mac."""
    return {(_TABLES[letter], first, second): tag for letter, first, second, tag in _MARK.iter_unpack(marks)}


def _places(reach: Reach) -> Iterable[int]:
    return reach.movement, reach.transfer, reach.audit


def _framed(data: bytes) -> bytes:
    """With its length before it: two parts can't be taken for others."""
    return len(data).to_bytes(4, "big") + data


def _derived(key: bytes, use: str) -> bytes:
    """Rows and seals must not share a key."""
    return hmac.digest(key, f"dega-seals|{use}".encode(), "sha256")
