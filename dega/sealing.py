"""Single fields of the database are sealed: unreadable without a key that isn't in it, and bound to where they stand.

AES-256-GCM. As text: `v1|kid|nonce|ct`, the last two in base64url. Sealed along with it are version, kid and place, so
that a value opens nowhere but in the row and column that it was sealed for. Nonces are random: a key is good for 2^32
values, and is to be replaced long before (`dega keys rotate fields`).
"""

import hashlib
import hmac
import os
from binascii import a2b_base64, b2a_base64
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dega.keyring import Keyring

VERSION = "v1"
_NONCE_BYTES = 12
_TO_URLSAFE, _FROM_URLSAFE = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


class NotSealedHere(Exception):
    """What stands in this place wasn't sealed for it, was changed since, or needs a key that isn't there.

    Its words name the place and the key, and nothing of the value.
    """


class Fields(Protocol):
    """Seals single fields. A place is `table|column|row`, for example `customer|mobile|17`."""

    def seal(self, plain: str, place: str) -> str:
        """The text that may be kept in this place; another one each time."""
        ...

    def reveal(self, sealed: str, place: str) -> str:
        """What was sealed for this place. Raises NotSealedHere."""
        ...

    def index(self, plain: str, what: str) -> bytes:
        """A blind index: 32 bytes by which equal values of `what` (`customer|mobile`) are found, and no others."""
        ...

    def indexes(self, plain: str, what: str) -> list[bytes]:
        """The blind index under each key, the current one first: for looking up what an older key may have indexed."""
        ...

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the current key."""
        ...


class SealedFields:
    """Fields under the keys of a ring: the current one seals, all of them reveal."""

    def __init__(self, ring: Keyring) -> None:
        self._kid = ring.kid
        self._ciphers = {kid: AESGCM(_derived(key, "seal")) for kid, key in ring.by_kid.items()}
        self._index_keys = [_derived(key, "index") for key in ring.by_kid.values()]

    def seal(self, plain: str, place: str) -> str:
        """The text that may be kept in this place; another one each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._kid].encrypt(nonce, plain.encode(), _bound(self._kid, place))
        return "|".join((VERSION, self._kid, _text(nonce), _text(sealed)))

    def reveal(self, sealed: str, place: str) -> str:
        """What was sealed for this place. Raises NotSealedHere."""
        kid = kid_of_sealed(sealed)
        if kid is None:
            raise NotSealedHere(f"{place} isn't sealed")
        if kid not in self._ciphers:
            raise NotSealedHere(f"{place} needs the key {kid}, which isn't there")
        try:
            nonce, ciphertext = map(_data, sealed.split("|")[2:])
            return self._ciphers[kid].decrypt(nonce, ciphertext, _bound(kid, place)).decode()
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere(f"{place} doesn't hold what was sealed there") from error

    def index(self, plain: str, what: str) -> bytes:
        """A blind index: 32 bytes by which equal values of `what` (`customer|mobile`) are found, and no others."""
        return self.indexes(plain, what)[0]

    def indexes(self, plain: str, what: str) -> list[bytes]:
        """The blind index under each key, the current one first: for looking up what an older key may have indexed."""
        text = f"{what}|{plain}".encode()
        return [hmac.new(key, text, hashlib.sha256).digest() for key in self._index_keys]

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the current key."""
        return kid_of_sealed(sealed) == self._kid


def kid_of_sealed(text: str) -> str | None:
    """Which key opens a sealed text; None where it doesn't look like one."""
    parts = text.split("|")
    return parts[1] if len(parts) == 4 and parts[0] == VERSION else None


def _derived(key: bytes, use: str) -> bytes:
    """Sealing and indexing must not share a key."""
    return hmac.new(key, f"dega-fields|{use}".encode(), hashlib.sha256).digest()


def _bound(kid: str, place: str) -> bytes:
    return f"{VERSION}|{kid}|{place}".encode()


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).translate(_TO_URLSAFE, b"=").decode()


def _data(text: str) -> bytes:
    """Raises ValueError for anything but what `_text` writes: no two texts mean the same."""
    data = a2b_base64(text.encode().translate(_FROM_URLSAFE) + b"==")
    if _text(data) != text:
        raise ValueError("not what was written")
    return data
