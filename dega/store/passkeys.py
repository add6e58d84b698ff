"""The rows of passkeys: the names that devices know customers by, their public keys, and what they signed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("passkeys")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey that its customer can use now. `sign_count` is its own count of uses as it was told last."""

    id: UUID
    public_key: bytes
    sign_count: int
    handle: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a passkey is asked to sign for; `nonce` is None for challenges older than passkeys.

    `is_answered`: a right code or a right signature came for it already.
    """

    purpose: str
    customer_id: int | None
    digest: bytes
    nonce: bytes | None
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was signed for a payment, when (UTC), and all that is needed to check it again."""

    challenge_id: UUID
    payment_id: UUID
    customer_id: int
    signed_at: datetime
    digest: bytes
    nonce: bytes
    relying_party: str
    origin: str
    credential_id: bytes
    public_key: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


async def handle(connection: Connection, customer_id: int) -> bytes:
    """The name by which devices know a customer, made when it is first asked for."""
    await connection.execute(_sql.hold, customer_id)
    found: bytes = await connection.fetchval(_sql.handle, customer_id)
    return found


async def known(connection: Connection, customer_id: int | None) -> list[bytes]:
    """The credential ids of the passkeys that a customer has; nobody has any, by the same statement."""
    return [row["credential_id"] for row in await connection.fetch(_sql.known, customer_id)]


async def add(
    connection: Connection,
    factor_id: UUID,
    customer_id: int,
    name: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
) -> bool:
    """Keep a passkey, which counts at once; False where it was added before, by whomever."""
    return bool(
        await connection.fetchval(_sql.add, factor_id, customer_id, name, credential_id, public_key, sign_count)
    )


async def find(connection: Connection, customer_id: int | None, credential_id: bytes) -> Passkey | None:
    """The customer's passkey, if it can be used now; of None there is none, by the same statement."""
    row = await connection.fetchrow(_sql.find, customer_id, credential_id)
    return Passkey(**row) if row else None


async def challenge(connection: Connection, challenge_id: UUID) -> Challenge | None:
    """What a passkey is asked to sign for."""
    row = await connection.fetchrow(_sql.challenge, challenge_id)
    return Challenge(**row) if row else None


async def use(connection: Connection, factor_id: UUID, sign_count: int) -> bool:
    """Keep that a passkey was used; False where its own count didn't go forward, or it can't be used any more."""
    return bool(await connection.fetchval(_sql.use, factor_id, sign_count))


async def keep_evidence(
    connection: Connection,
    purpose: str,
    challenge_id: UUID,
    factor_id: UUID,
    *,
    relying_party: str,
    origin: str,
    authenticator_data: bytes,
    client_data: bytes,
    signature: bytes,
) -> bool:
    """Keep what was signed for the payment or the `order` that the challenge stands for; True for one caller only."""
    return bool(
        await connection.fetchval(
            _sql.keep_order_evidence if purpose == "order" else _sql.keep_evidence,
            challenge_id,
            relying_party,
            origin,
            factor_id,
            authenticator_data,
            client_data,
            signature,
        )
    )


async def evidence(connection: Connection, movement_id: int) -> Evidence | None:
    """What was signed for the payment of a movement."""
    row = await connection.fetchrow(_sql.evidence, movement_id)
    return Evidence(**row) if row else None
