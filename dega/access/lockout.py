"""Failures in a row and the block they end in, for whatever number was typed, so that strangers can't tell which exist.

A failure is counted before anything is evaluated and taken back only by a full success: a crash counts as a failure.
All of it is in PostgreSQL: losing Valkey forgives nobody. A browser that the customer came in with before counts for
itself: strangers can't lock the owner out of it (`access.one_counter` takes that back). Blocks end by themselves at
first; after the last of `access.block_minutes` they stand until staff end them. Bars (`block.py`) are somebody's will.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from dega import audit
from dega.access import devices, notices, sessions
from dega.access.sessions import Client
from dega.audit import Actor
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import BlockedForNow, UserBlocked
from dega.store import access as store
from dega.store.access import Block, Customer, Fallen
from dega.store.database import Connection

TOLD_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom failures count against: a counter's HMAC, and the customer where the number is one's."""

    id: bytes
    customer: Customer | None
    in_known_browser: bool = False

    @property
    def customer_id(self) -> int | None:
        """The customer's id, if there is a customer."""
        return self.customer.id if self.customer else None

    @property
    def trail(self) -> str:
        """How the audit trail names it: strangers' numbers aren't kept in the clear."""
        return _trail(self.customer_id, self.id)


def subject_id(bank: Bank, number: str) -> bytes:
    """The counter of strangers at a customer number, or at what was typed in its place."""
    return hmac.new(bank.keys.subjects, number.encode(), hashlib.sha256).digest()


def subject_of(bank: Bank, typed: str, customer: Customer | None) -> Subject:
    """Strangers count under the customer number, also if the personal number was typed."""
    return Subject(subject_id(bank, customer.number if customer else typed), customer)


async def find(bank: Bank, typed: str, client: Client | None = None, *, counter: bytes | None = None) -> Subject:
    """Whom a customer number or personal number stands for, known or not, and which counter holds.

    It is the `counter` of a session that has one, or that of the `client`'s browser where it is known, or strangers'.
    The work is the same for everyone.
    """
    async with bank.database.connection() as connection:
        customer = await store.customer_by_number(connection, bank.fields, typed)
        strangers = subject_of(bank, typed, customer)
        if counter is not None or client is None:
            return Subject(counter or strangers.id, customer)
        device = await devices.find(connection, bank, strangers.customer_id, client)
    if device is None:
        return strangers
    own = strangers.id if bank.config.access.one_counter else devices.counter(bank, device)
    return Subject(own, customer, in_known_browser=True)


async def is_blocked(bank: Bank, subject: Subject) -> bool:
    """Whether a block or a bar stands against the subject."""
    async with bank.database.connection() as connection:
        against = await store.lockout(connection, subject.id, subject.customer_id)
    return against.is_blocked or against.barred_at is not None


async def begin(bank: Bank, subject: Subject) -> bool:
    """Count the attempt that begins as a failure; whether it may be evaluated at all.

    It may not where the subject is blocked or barred, or as many attempts have gone without a success as may fail: then
    it is blocked now.
    """
    async with bank.database.transaction() as connection:
        count = await store.count_failures(connection, subject.id, subject.customer_id, 1)
        used_up = count.failures > bank.config.access.tries
        await settle(connection, bank, subject, failed=used_up)
    return not (count.is_blocked or count.is_barred or used_up)


async def settle(connection: Connection, bank: Bank, subject: Subject, *, failed: bool) -> Block | None:
    """Block the subject if a failure is known and the tries are used up; the block, where it fell now.

    Does its one statement also where nothing failed, and nothing more where a block falls: right and wrong, known and
    unknown take the same. What follows from a block is done a moment later, by `tell_owners`.
    """
    access = bank.config.access
    lengths = [60 * minutes for minutes in access.block_minutes]
    return await store.block_after_failures(connection, subject.id, access.tries, failed, lengths)


def refuse(until: datetime | None) -> UserBlocked:
    """What a block is answered with: until when it stands, or that only the Call Center ends it."""
    return UserBlocked() if until is None else BlockedForNow(until=format_instant(until))


async def tell_owners(bank: Bank) -> int:
    """See to what follows from blocks that fell: the trail keeps it, owners are told, sessions end. How many.

    A block of strangers ends no session of the owner's. Who dies in the middle leaves the rest to be told by the next.
    """
    ended = []
    async with bank.database.transaction() as connection:
        fallen = await store.take_untold(connection, TOLD_AT_ONCE)
        for block in fallen:
            customer = await store.customer_by_id(connection, bank.fields, block.customer_id)
            trail = _trail(block.customer_id, block.subject)
            await audit.record(connection, Actor("bank"), "access.block", trail, blocks=block.blocks)
            if customer is None:
                continue
            await _tell(connection, bank, customer, block)
            if bank.config.access.one_counter or block.subject != subject_id(bank, customer.number):
                await store.advance_epoch(connection, customer.id)
                ended.append(customer.id)
    for customer_id in ended:
        await sessions.forget(bank, customer_id)
    return len(fallen)


async def _tell(connection: Connection, bank: Bank, customer: Customer, block: Fallen) -> None:
    """The law wants a warning before a block is for good: it stands in the notice of the last one that ends."""
    if block.blocked_until is None:
        await notices.tell(connection, bank, customer, "access_blocked")
        return
    is_last = block.blocks >= len(bank.config.access.block_minutes)
    about: notices.About = "access_paused_last" if is_last else "access_paused"
    await notices.tell(connection, bank, customer, about, until=format_instant(block.blocked_until))


def _trail(customer_id: int | None, subject: bytes) -> str:
    return f"customer:{customer_id}" if customer_id is not None else f"number:{subject.hex()[:16]}"
