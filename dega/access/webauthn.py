"""What browsers are asked about passkeys, and what of their answers is believed (W3C Web Authentication, level 3).

A passkey is a key that only the customer's device has. It signs a challenge of ours together with the address that the
browser was really on: a page that imitates ours gets signatures that are worth nothing here.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from dega.config import Config

if TYPE_CHECKING:
    from fido2.cose import CoseKey
    from fido2.server import Fido2Server

ES256, EDDSA, RS256 = -7, -8, -257
ALGORITHMS = (ES256, EDDSA, RS256)
"""Signatures that are taken, best first: what telephones and security keys make, and what older Windows makes."""

LONGEST_ANSWER = 8192
LONGEST_ID = 1023
_DEFAULT_PORTS = {"http": 80, "https": 443}


class NotProven(Exception):
    """The answer of a browser proves nothing. `why` is for the audit trail; no page ever says it."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The bank as devices know it: the host that passkeys belong to, and the one address whose pages may use them."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a device made: `public_key` is a COSE key as it came."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a device signed, byte for byte as the browser sent it; `user_handle` where the device said whose it is."""

    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    user_handle: bytes | None


def relying_party(config: Config) -> RelyingParty:
    """The bank at its public address, spelled as browsers spell an origin."""
    public = urlsplit(config.web.public_url)
    host = public.hostname or ""
    port = "" if public.port in (None, _DEFAULT_PORTS[public.scheme]) else f":{public.port}"
    return RelyingParty(host, f"{public.scheme}://{host}{port}", config.bank.name)


def challenge_for(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 of the purpose and its parts: what a signature is good for, and for nothing else.

    The parts must have lengths that are fixed for the purpose, or one could be read as another.
    """
    return hashlib.sha256(purpose.encode() + b"".join(parts)).digest()


def creation_options(
    party: RelyingParty, challenge: bytes, *, user_handle: bytes, user_name: str, known: list[bytes]
) -> str:
    """What a browser is asked in order to make a passkey, as JSON. A device that has one of the `known` makes none."""
    return _json(
        {
            "rp": {"id": party.id, "name": party.name},
            "user": {"id": _encode(user_handle), "name": user_name, "displayName": user_name},
            "challenge": _encode(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
            "excludeCredentials": _descriptors(known),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }
    )


def request_options(party: RelyingParty, challenge: bytes, allowed: list[bytes]) -> str:
    """What a browser is asked in order to sign with a passkey, as JSON. None `allowed`: any that the device has."""
    return _json(
        {
            "challenge": _encode(challenge),
            "rpId": party.id,
            "allowCredentials": _descriptors(allowed),
            "userVerification": "required",
        }
    )


def read_assertion(answer: str) -> Assertion:
    """The signature in a browser's answer, taken apart and not yet believed. Raises NotProven."""
    from fido2.webauthn import AuthenticationResponse

    read = _read(AuthenticationResponse, _object(answer))
    response = read.response
    if not 0 < len(read.raw_id) <= LONGEST_ID:
        raise NotProven("malformed")
    return Assertion(
        bytes(read.raw_id),
        bytes(response.authenticator_data),
        bytes(response.client_data),
        bytes(response.signature),
        response.user_handle,
    )


def verify_creation(party: RelyingParty, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey that a device made for this challenge, on a page of ours, its owner verified. Raises NotProven."""
    from fido2 import cbor
    from fido2.webauthn import RegistrationResponse

    read = _read(RegistrationResponse, _object(answer))
    data = _checked(lambda: _server(party).register_complete(_state(challenge), read), read)
    made = data.credential_data
    if not 0 < len(made.credential_id) <= LONGEST_ID:
        raise NotProven("malformed")
    if made.public_key.get(3) not in ALGORITHMS:
        raise NotProven("algorithm")
    _refuse_no_key(made.public_key)
    return NewPasskey(bytes(made.credential_id), cbor.encode(made.public_key), data.counter)


def _refuse_no_key(public_key: "CoseKey") -> None:
    """Raises NotProven where no signature could ever be right: the library keeps a key without looking at it."""
    from cryptography.exceptions import InvalidSignature

    try:
        public_key.verify(b"", b"")
    except InvalidSignature:
        return
    except Exception as error:
        raise NotProven("malformed") from error


def verify(party: RelyingParty, challenge: bytes, public_key: bytes, assertion: Assertion) -> int:
    """How often the passkey has signed by its own count, if it signed this challenge on a page of ours, its owner
    verified; 0 where it doesn't count. Raises NotProven."""
    from fido2 import cbor
    from fido2.cose import CoseKey
    from fido2.webauthn import Aaguid, AttestedCredentialData, AuthenticationResponse

    response = {
        "rawId": _encode(assertion.credential_id),
        "response": {
            "clientDataJSON": _encode(assertion.client_data),
            "authenticatorData": _encode(assertion.authenticator_data),
            "signature": _encode(assertion.signature),
        },
    }
    read = _read(AuthenticationResponse, response)
    key = CoseKey.parse(cast(dict[int, Any], cbor.decode(public_key)))
    known = AttestedCredentialData.create(Aaguid.NONE, assertion.credential_id, key)
    _checked(lambda: _server(party).authenticate_complete(_state(challenge), [known], read), read)
    return int(read.response.authenticator_data.counter)


def _server(party: RelyingParty) -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestationConveyancePreference, PublicKeyCredentialRpEntity

    entity = PublicKeyCredentialRpEntity(id=party.id, name=party.name)
    return Fido2Server(entity, AttestationConveyancePreference.NONE, lambda origin: bool(origin == party.origin))


def _state(challenge: bytes) -> dict[str, str]:
    return {"challenge": _encode(challenge), "user_verification": "required"}


def _read(kind: Any, answer: dict[str, Any]) -> Any:
    try:
        return kind.from_dict(answer)
    except Exception as error:  # what strangers send makes decoders raise whatever they like: all of it is a no
        raise NotProven("malformed") from error


def _checked(check: Callable[[], Any], read: Any) -> Any:
    """What `check` gives; a ValueError of it is one of a few fixed sentences of fido2, which the audit trail may keep.

    A page of somebody else's that shows ours inside it may not use passkeys: that isn't among its checks.
    """
    try:
        checked = check()
    except ValueError as error:
        raise NotProven(str(error)) from error
    except Exception as error:
        raise NotProven("malformed") from error
    if read.response.client_data.cross_origin is not False:
        raise NotProven("cross origin")
    return checked


def _object(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError) as error:
        raise NotProven("malformed") from error
    if not isinstance(read, dict):
        raise NotProven("malformed")
    return read


def _descriptors(credential_ids: list[bytes]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _encode(each)} for each in credential_ids]


def _json(options: dict[str, Any]) -> str:
    return json.dumps(options, separators=(",", ":"), ensure_ascii=False)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
