"""Rows of the browsers that customers came in with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("devices")


@dataclass(frozen=True, slots=True)
class Device:
    """A known browser: what it says of itself, the network it last came from, and its moments (UTC)."""

    id: UUID
    token_mac: bytes
    browser: str
    address_prefix: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """A browser that a customer came in with just now; `others`: how many they came in with before it, ever."""

    id: UUID
    is_new: bool
    others: int


async def find(connection: Connection, customer_id: int | None, token_mac: bytes, days: int) -> UUID | None:
    """The device of a token, where it is this customer's and was used in the last `days`; for nobody there is none."""
    found: UUID | None = await connection.fetchval(_sql.find, customer_id, token_mac, days)
    return found


async def is_ours(connection: Connection, token_mac: bytes, customer_id: int, days: int) -> bool:
    """Whether the token was given out by us to anyone, and this customer neither removed a browser of it nor stayed
    away from it for so many `days`."""
    return bool(await connection.fetchval(_sql.is_ours, token_mac, customer_id, days))


async def remember(
    connection: Connection, customer_id: int, token_mac: bytes, browser: str, address_prefix: str
) -> Remembered:
    """Keep that the customer came in with the browser of this token."""
    row = await connection.fetchrow(_sql.remember, uuid4(), customer_id, token_mac, browser, address_prefix)
    assert row is not None, "an upsert answers"  # noqa: S101
    return Remembered(**row)


async def known(connection: Connection, customer_id: int, days: int) -> list[Device]:
    """The customer's browsers of the last `days`, the one used last first."""
    return [Device(**row) for row in await connection.fetch(_sql.known, customer_id, days)]


async def remove(connection: Connection, customer_id: int, device_id: UUID) -> bytes | None:
    """Know a browser no longer; the HMAC of its token, or None where it isn't the customer's."""
    mac: bytes | None = await connection.fetchval(_sql.remove, customer_id, device_id)
    return mac


async def remove_others(connection: Connection, customer_id: int, token_mac: bytes) -> int:
    """Know none but the browser of this token; how many there were."""
    count: int = await connection.fetchval(_sql.remove_others, customer_id, token_mac)
    return count


async def forget(connection: Connection) -> int:
    """Forget the browsers that nobody came in with for a year; how many."""
    forgotten: int = await connection.fetchval(_sql.forget)
    return forgotten
