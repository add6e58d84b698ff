"""What is believed of a device's answer: this challenge, this bank, this address, its owner verified. Nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from access.device import Device, decode, encode

from dega.access import webauthn
from dega.access.webauthn import NotProven, RelyingParty
from dega.config import read

PARTY = RelyingParty("127.0.0.1", "http://127.0.0.1", "Dega Internet")
CHALLENGE = webauthn.challenge_for("test", b"1" * 32)
HANDLE = b"h" * 32


def make(device: Device, challenge: bytes = CHALLENGE) -> webauthn.NewPasskey:
    """A passkey on the device, as the bank keeps it."""
    options = webauthn.creation_options(PARTY, challenge, user_handle=HANDLE, user_name="Arta", known=[])
    return webauthn.verify_creation(PARTY, CHALLENGE, device.create(options))


def sign(device: Device, public_key: bytes, challenge: bytes = CHALLENGE) -> int:
    """A signature of the device, as the bank checks it."""
    answer = device.get(webauthn.request_options(PARTY, challenge, []))
    return webauthn.verify(PARTY, CHALLENGE, public_key, webauthn.read_assertion(answer))


def test_a_passkey_signs_what_it_was_asked_and_counts() -> None:
    device = Device()
    made = make(device)
    assert made.credential_id == device.keys[0].id
    assert (made.sign_count, sign(device, made.public_key), sign(device, made.public_key)) == (0, 1, 2)


WRONG: dict[str, Callable[[Device], None]] = {
    "Invalid origin in CollectedClientData.": lambda device: setattr(device, "origin", "http://127.0.0.2"),
    "Wrong RP ID hash in response.": lambda device: setattr(device, "rp_id", "evil.example"),
    "User verification required, but user verified flag not set.": lambda device: setattr(device, "verifies", False),
    "cross origin": lambda device: device.extra.update(crossOrigin=True),
    "Incorrect type in CollectedClientData.": lambda device: device.extra.update(type="payment.get"),
    "Wrong challenge in response.": lambda device: device.extra.update(challenge=7),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_signature_that_is_wrong_in_one_thing_proves_nothing(why: str) -> None:
    device = Device()
    made = make(device)
    WRONG[why](device)
    with pytest.raises(NotProven) as caught:
        sign(device, made.public_key)
    assert caught.value.why == why


@pytest.mark.parametrize("why", WRONG)
def test_a_passkey_made_in_a_wrong_way_is_not_taken(why: str) -> None:
    device = Device()
    WRONG[why](device)
    with pytest.raises(NotProven) as caught:
        make(device)
    assert caught.value.why.lower() == why.lower()


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "https://127.0.0.1", "http://127.0.0.1.evil.example", ""])
def test_an_address_that_only_resembles_ours_is_another_one(origin: str) -> None:
    device = Device()
    made = make(device)
    device.origin = origin
    with pytest.raises(NotProven, match="origin"):
        sign(device, made.public_key)


def test_another_challenge_another_key_and_a_changed_signature_prove_nothing() -> None:
    device, other = Device(), Device()
    made, others = make(device), make(other)
    with pytest.raises(NotProven, match="Wrong challenge"):
        sign(device, made.public_key, webauthn.challenge_for("test", b"2" * 32))
    with pytest.raises(NotProven, match="Wrong challenge"):
        make(Device(), webauthn.challenge_for("tset", b"1" * 32))
    with pytest.raises(NotProven, match="Invalid signature"):
        sign(device, others.public_key)
    answer = json.loads(device.get(webauthn.request_options(PARTY, CHALLENGE, [])))
    data = bytearray(decode(answer["response"]["authenticatorData"]))
    data[-1] += 1  # the counter is signed too
    answer["response"]["authenticatorData"] = encode(bytes(data))
    with pytest.raises(NotProven, match="Invalid signature"):
        webauthn.verify(PARTY, CHALLENGE, made.public_key, webauthn.read_assertion(json.dumps(answer)))


def test_a_kind_of_key_that_was_not_asked_for_is_not_taken() -> None:
    with pytest.raises(NotProven, match="algorithm"):
        make(Device(algorithm=-35))


GARBAGE = [
    "", "null", "[]", "7", '"x"', "{}", "[" * 5000, "{" * 4000, '{"rawId": "AA"}', '{"rawId": 7, "response": {}}',
    '{"rawId":"AA","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}', "\x00", "é" * 9000,
]  # fmt: skip


@pytest.mark.parametrize("answer", GARBAGE, ids=lambda answer: answer[:12])
def test_what_no_browser_sends_proves_nothing(answer: str) -> None:
    with pytest.raises(NotProven):
        webauthn.read_assertion(answer)
    with pytest.raises(NotProven):
        webauthn.verify_creation(PARTY, CHALLENGE, answer)


@pytest.mark.parametrize("place", range(0, 150, 7))
def test_a_damaged_answer_proves_nothing_and_breaks_nothing(place: int) -> None:
    options = webauthn.creation_options(PARTY, CHALLENGE, user_handle=HANDLE, user_name="Arta", known=[])
    answer = json.loads(Device(copied_id=b"a" * 32).create(options))
    damaged = bytearray(decode(answer["response"]["attestationObject"]))
    del damaged[place]
    answer["response"]["attestationObject"] = encode(bytes(damaged))
    with pytest.raises(NotProven):
        webauthn.verify_creation(PARTY, CHALLENGE, json.dumps(answer))


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://dega.example", ("dega.example", "https://dega.example")),
        ("https://Dega.Example:443", ("dega.example", "https://dega.example")),
        ("https://dega.example:8443", ("dega.example", "https://dega.example:8443")),
        ("http://localhost:8080", ("localhost", "http://localhost:8080")),
    ],
)
def test_the_bank_is_known_by_its_public_address(public_url: str, party: tuple[str, str]) -> None:
    config = read(environment={})
    config = replace(config, web=replace(config.web, public_url=public_url))
    found = webauthn.relying_party(config)
    assert (found.id, found.origin, found.name) == (*party, "Dega Internet")


def test_browsers_are_asked_for_the_owner_and_tell_nothing_of_the_device() -> None:
    made = json.loads(webauthn.creation_options(PARTY, CHALLENGE, user_handle=HANDLE, user_name="A", known=[b"x"]))
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["attestation"] == "none"
    assert [decode(each["id"]) for each in made["excludeCredentials"]] == [b"x"]
    asked = json.loads(webauthn.request_options(PARTY, CHALLENGE, []))
    assert asked == {
        "challenge": encode(CHALLENGE), "rpId": "127.0.0.1", "allowCredentials": [], "userVerification": "required",
    }  # fmt: skip
