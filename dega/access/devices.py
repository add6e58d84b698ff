"""Browsers that customers came in with: known by a cookie that outlives the session, until they are removed.

A known browser proves nothing by itself: number, password and code are asked for as ever. But failures count for each
by itself, a login from a new one is told to the owner, and a session lives only in the browser it began in.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from dega import audit
from dega.access import notices, sessions
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.errors import NotFound, SignInNeeded
from dega.macs import mac_of
from dega.store import access
from dega.store import devices as store
from dega.store.access import Customer
from dega.store.database import Connection
from dega.store.devices import Device


@dataclass(frozen=True, slots=True)
class Known:
    """A browser that has come in: the token it proves itself by, the HMAC that is kept of it, and its counter."""

    token: str
    mac: bytes
    counter: bytes


async def find(connection: Connection, bank: Bank, customer_id: int | None, client: Client) -> UUID | None:
    """The device of the client's browser, where this customer knows it; the same work where there is no customer."""
    return await store.find(connection, customer_id, _mac(bank, client.device), bank.config.access.device_days)


def counter(bank: Bank, device: UUID) -> bytes:
    """Under which failures of this browser are counted."""
    return hmac.new(bank.keys.subjects, b"device|" + device.bytes, hashlib.sha256).digest()


async def remember(connection: Connection, bank: Bank, customer: Customer, client: Client) -> Known:
    """The customer came in with the client's browser. Where it is new to them and not their first, they are told."""
    is_ours = await store.is_ours(connection, _mac(bank, client.device), customer.id, bank.config.access.device_days)
    # A token that we never gave out may have been planted, one that isn't known any more copied: it is replaced.
    token = client.device if client.device and is_ours else secrets.token_urlsafe(32)
    mac = _mac(bank, token)
    device = await store.remember(connection, customer.id, mac, client.browser, client.address_prefix)
    if device.is_new:
        actor = client.acting_for(customer.id)
        await audit.record(connection, actor, "device.add", f"customer:{customer.id}", device=str(device.id))
        if device.others:
            await notices.tell(connection, bank, customer, "new_device")
    return Known(token, mac, counter(bank, device.id))


def is_at_home(bank: Bank, session: Session, client: Client) -> bool:
    """Whether the session is used in the browser it began in: a stolen cookie alone is worth nothing elsewhere."""
    return not session.device or hmac.compare_digest(session.device, mac_of(bank.keys.devices, client.device))


async def end_stray(bank: Bank, session: Session, client: Client) -> None:
    """End a session that turned up elsewhere; the trail keeps where. Whoever has a cookie of it logs in again."""
    await sessions.end(bank, session)
    if session.customer_id is None:
        return
    async with bank.database.transaction() as connection:
        await audit.record(
            connection, client.acting_for(None), "session.stray", f"customer:{session.customer_id}", "refused"
        )


async def mine(bank: Bank, session: Session) -> list[Device]:
    """The customer's known browsers, the one used last first."""
    return await of(bank, _owner(session))


async def of(bank: Bank, customer_id: int) -> list[Device]:
    """The same of any customer, for staff."""
    async with bank.database.connection() as connection:
        return await store.known(connection, customer_id, bank.config.access.device_days)


async def remove(bank: Bank, session: Session, device_id: UUID, client: Client) -> bool:
    """Know a browser no longer; a session in it ends. True where it was this one. Raises NotFound, SignInNeeded."""
    customer_id = _owner(session)
    async with bank.database.transaction() as connection:
        mac = await store.remove(connection, customer_id, device_id)
        if mac is None:
            raise NotFound()
        actor = client.acting_for(customer_id)
        await audit.record(connection, actor, "device.remove", f"customer:{customer_id}", device=str(device_id))
    if mac.hex() != session.device:
        return False
    await sessions.end(bank, session)
    return True


async def end_all(bank: Bank, session: Session, client: Client) -> None:
    """Log out everywhere, logins under way included, and know no other browser than this one.

    Raises SignInNeeded.
    """
    customer_id = _owner(session)
    async with bank.database.transaction() as connection:
        gone = await store.remove_others(connection, customer_id, bytes.fromhex(session.device))
        actor = client.acting_for(customer_id)
        await access.advance_epoch(connection, customer_id)
        await audit.record(connection, actor, "sessions.end_all", f"customer:{customer_id}", devices=gone)
    await sessions.forget(bank, customer_id)


def settled(session: Session, known: Known, *, one_counter: bool) -> Session:
    """The session as one of a known browser: bound to it, and its failures counted there."""
    counted = session.counter if one_counter else known.counter.hex()
    return replace(session, device=known.mac.hex(), device_token=known.token, counter=counted)


def _owner(session: Session) -> int:
    sessions.require(session, Level.FULL)
    if session.customer_id is None:
        raise SignInNeeded()
    return session.customer_id


def _mac(bank: Bank, token: str) -> bytes:
    return bytes.fromhex(mac_of(bank.keys.devices, token))
