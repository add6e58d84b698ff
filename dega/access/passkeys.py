"""Passkeys in the place of codes: at login, for a payment, for a change of the password or of factors.

Each signature is for exactly one of them.

What a device is asked to sign is a hash over the challenge at hand and a nonce that only the database knows, so that a
signature for one attempt or payment is worth nothing for another. It is checked first, without using anything up; the
transaction that it lets through keeps the device's own count and, of a payment, what was signed.
"""

from dataclasses import dataclass
from uuid import UUID

from dega import audit
from dega.access import webauthn
from dega.access.webauthn import Assertion, NotProven, RelyingParty
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import CodeSpent, PasskeyMissing
from dega.store import passkeys as store
from dega.store.database import Connection
from dega.store.passkeys import Challenge, Evidence, Passkey

_SIGNED_FOR = {
    "login": "dega-login-v1",
    "payment": "dega-pay-v1",
    "password": "dega-password-v1",
    "factor": "dega-factor-v1",
    "order": "dega-order-v1",
}
"""What stands first in what is signed, for each purpose of a challenge. The schema knows the one of payments too."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a customer's passkey signed, as it should. `count` is how often the device says that it has signed."""

    challenge_id: UUID
    purpose: str
    factor_id: UUID
    count: int
    assertion: Assertion


async def options(bank: Bank, challenge_id: UUID) -> str:
    """What the browser is asked to have signed for a challenge, as JSON; "" where it can't be answered any more.

    At login it names no passkey, so that the page is the same for everyone: the device knows which are ours.
    """
    async with bank.database.connection() as connection:
        challenge = await store.challenge(connection, challenge_id)
        customer_id = challenge.customer_id if challenge and challenge.purpose != "login" else None
        allowed = await store.known(connection, customer_id)
    if challenge is None or challenge.is_answered or challenge.nonce is None or challenge.purpose not in _SIGNED_FOR:
        return ""
    return webauthn.request_options(webauthn.relying_party(bank.config), _to_sign(challenge_id, challenge), allowed)


async def check(
    bank: Bank, challenge_id: UUID, customer_id: int | None, answer: str, *, digest: bytes, actor: Actor
) -> Signed | None:
    """What a browser's answer proves of this customer, for this challenge and this operation; None: nothing.

    Raises PasskeyMissing where there is no answer, CodeSpent where the challenge has been answered rightly before:
    neither counts as a try. What is refused of a customer's own passkey goes into the audit trail.
    """
    if not answer:
        raise PasskeyMissing()
    passkey = None
    try:
        assertion = webauthn.read_assertion(answer)
        async with bank.database.connection() as connection:
            # In this order: where the same signature was taken in between, the challenge says so, and it is no failure.
            passkey = await store.find(connection, customer_id, assertion.credential_id)
            challenge = await store.challenge(connection, challenge_id)
        if challenge is not None and challenge.is_answered:
            raise CodeSpent()
        if challenge is None or (challenge.customer_id, challenge.digest) != (customer_id, digest):
            raise NotProven("another operation")
        if passkey is None:
            raise NotProven("unknown passkey")
        count = _count(bank, _to_sign(challenge_id, challenge), passkey, assertion)
    except NotProven as refused:
        if passkey is not None:
            await _record(bank, actor, customer_id, passkey, refused.why)
        return None
    return Signed(challenge_id, challenge.purpose, passkey.id, count, assertion)


async def use(connection: Connection, bank: Bank, signed: Signed) -> bool:
    """Keep the passkey's count, and of a payment or order what was signed, in this transaction; True for one caller."""
    if not await store.use(connection, signed.factor_id, signed.count):
        return False
    if signed.purpose not in ("payment", "order"):
        return True
    party = webauthn.relying_party(bank.config)
    return await store.keep_evidence(
        connection,
        signed.purpose,
        signed.challenge_id,
        signed.factor_id,
        relying_party=party.id,
        origin=party.origin,
        authenticator_data=signed.assertion.authenticator_data,
        client_data=signed.assertion.client_data,
        signature=signed.assertion.signature,
    )


async def evidence_of(connection: Connection, movement_id: int) -> Evidence | None:
    """What a passkey signed for the payment of a movement, or None where it was confirmed by a code."""
    return await store.evidence(connection, movement_id)


def still_proves(evidence: Evidence, digest: bytes) -> bool:
    """Whether what is kept proves, by itself, that the passkey signed for the payment of this digest."""
    if evidence.digest != digest:
        return False
    party = RelyingParty(evidence.relying_party, evidence.origin, "")
    challenge = webauthn.challenge_for(_SIGNED_FOR["payment"], evidence.digest, evidence.nonce)
    assertion = Assertion(
        evidence.credential_id, evidence.authenticator_data, evidence.client_data, evidence.signature, None
    )
    try:
        webauthn.verify(party, challenge, evidence.public_key, assertion)
    except NotProven:
        return False
    return True


def _count(bank: Bank, to_sign: bytes, passkey: Passkey, assertion: Assertion) -> int:
    """The device's own count, which must have gone forward: that of a copied key stands still. 0: it doesn't count."""
    if assertion.user_handle not in (None, passkey.handle):
        raise NotProven("user handle")
    count = webauthn.verify(webauthn.relying_party(bank.config), to_sign, passkey.public_key, assertion)
    if count <= passkey.sign_count and (count, passkey.sign_count) != (0, 0):
        raise NotProven("count went back")
    return count


def _to_sign(challenge_id: UUID, challenge: Challenge) -> bytes:
    purpose = _SIGNED_FOR.get(challenge.purpose)
    if purpose is None or challenge.nonce is None:
        raise NotProven("nothing to sign")
    about = challenge_id.bytes if challenge.purpose == "login" else challenge.digest
    return webauthn.challenge_for(purpose, about, challenge.nonce)


async def _record(bank: Bank, actor: Actor, customer_id: int | None, passkey: Passkey, why: str) -> None:
    async with bank.database.transaction() as connection:
        subject = f"customer:{customer_id}"
        await audit.record(connection, actor, "passkey", subject, "refused", why=why, factor=str(passkey.id))
