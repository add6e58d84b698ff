"""A telephone with passkeys, in software: it answers what browsers are asked, honestly or not, as a test wants it."""

import base64
import hashlib
import json
import re
import secrets
import struct
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://127.0.0.1"
"""Where the bank of the tests stands."""

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class HasForm(Protocol):
    """A page with a form for passkeys."""

    html: str


def asked(page: HasForm) -> str:
    """What the page asks the device."""
    (found,) = re.findall(r'data-asked="([^"]*)"', page.html)
    return unescape(found)


@dataclass
class Key:
    """A passkey on the device."""

    id: bytes
    private: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: bytes
    count: int = 0


@dataclass
class Device:
    """Holds passkeys and signs with them. `step` is how far its counter moves at each use; 0: it doesn't count.

    `copied_id`: what it calls the next passkey that it makes, instead of a name of its own.
    """

    origin: str = ORIGIN
    rp_id: str | None = None
    verifies: bool = True
    step: int = 1
    extra: dict[str, Any] = field(default_factory=dict)
    algorithm: int = -7
    copied_id: bytes | None = None
    keys: list[Key] = field(default_factory=list)

    def create(self, options: str) -> str:
        """Make a passkey, as `navigator.credentials.create` does."""
        asked = json.loads(options)
        private = ec.generate_private_key(ec.SECP256R1())
        rp_id = self.rp_id or asked["rp"]["id"]
        key = Key(self.copied_id or secrets.token_bytes(32), private, rp_id, decode(asked["user"]["id"]))
        self.keys.append(key)
        numbers = private.public_key().public_numbers()
        cose = {1: 2, 3: self.algorithm, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        made = bytes(16) + struct.pack(">H", len(key.id)) + key.id + cbor(cose)
        data = self._data(key, ATTESTED) + made
        response = {
            "clientDataJSON": encode(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": encode(cbor({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(key, response)

    def get(self, options: str, key: Key | None = None) -> str:
        """Sign with a passkey, as `navigator.credentials.get` does; with the last one made, unless told with which."""
        asked = json.loads(options)
        key = key or self.keys[-1]
        key.count += self.step
        data = self._data(key)
        client_data = self._client_data("webauthn.get", asked["challenge"])
        signature = key.private.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": encode(key.user_handle),
        }
        return self._answer(key, response)

    def _data(self, key: Key, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256((self.rp_id or key.rp_id).encode()).digest() + struct.pack(">BI", flags, key.count)

    def _client_data(self, deed: str, challenge: str) -> bytes:
        said = {"type": deed, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **self.extra}
        return json.dumps(said).encode()

    def _answer(self, key: Key, response: dict[str, str]) -> str:
        whole = {"id": encode(key.id), "rawId": encode(key.id), "type": "public-key", "response": response}
        return json.dumps({**whole, "clientExtensionResults": {}, "authenticatorAttachment": "platform"})


def cbor(value: object) -> bytes:
    """The few shapes of CBOR (RFC 8949) that a passkey is told in."""
    match value:
        case int() if value >= 0:
            return _head(0, value)
        case int():
            return _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case dict():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
        case _:
            raise TypeError(value)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    if number < 256:
        return bytes([kind << 5 | 24, number])
    return bytes([kind << 5 | 25]) + number.to_bytes(2)


def encode(data: bytes) -> str:
    """Base64 as browsers write it: for addresses, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The bytes of it."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
