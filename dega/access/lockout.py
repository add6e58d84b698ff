"""Failures in a row and the block they end in, for whatever number was typed, so that strangers can't tell which exist.

A failure is counted before anything is evaluated and taken back only by a full success: a crash counts as a failure.
All of it is in PostgreSQL: losing Valkey forgives nobody.
"""

import hashlib
import hmac
from dataclasses import dataclass

from dega import audit
from dega.access import notices, sessions
from dega.access.sessions import Client
from dega.audit import Actor
from dega.bank import Bank
from dega.store import access as store
from dega.store.access import Customer
from dega.store.database import Connection


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom failures count against: a number's HMAC, and the customer where the number is one's."""

    id: bytes
    customer: Customer | None

    @property
    def customer_id(self) -> int | None:
        """The customer's id, if there is a customer."""
        return self.customer.id if self.customer else None

    @property
    def trail(self) -> str:
        """How the audit trail names it: strangers' numbers aren't kept in the clear."""
        return f"customer:{self.customer.id}" if self.customer else f"number:{self.id.hex()[:16]}"


def subject_id(bank: Bank, number: str) -> bytes:
    """The HMAC under which the failures of a customer number (or of what was typed in its place) are kept."""
    return hmac.new(bank.keys.subjects, number.encode(), hashlib.sha256).digest()


def subject_of(bank: Bank, typed: str, customer: Customer | None) -> Subject:
    """A customer counts under the customer number, also if the personal number was typed."""
    return Subject(subject_id(bank, customer.number if customer else typed), customer)


async def find(bank: Bank, typed: str) -> Subject:
    """Whom a customer number or personal number stands for, known or not."""
    async with bank.database.connection() as connection:
        return subject_of(bank, typed, await store.customer_by_number(connection, bank.fields, typed))


async def is_blocked(bank: Bank, subject: Subject) -> bool:
    """Whether a block stands against the subject."""
    async with bank.database.connection() as connection:
        against = await store.lockout(connection, subject.id)
    return against is not None and against.blocked_at is not None


async def begin(bank: Bank, subject: Subject, client: Client) -> bool:
    """Count the attempt that begins as a failure; whether it may be evaluated at all.

    It may not where the number is blocked, or as many attempts have gone without a success as may fail: then it is
    blocked now.
    """
    tries = bank.config.access.tries
    async with bank.database.transaction() as connection:
        count = await store.count_failures(connection, subject.id, subject.customer_id, 1)
        used_up = count.failures > tries
        fell = await settle(connection, bank, subject, client, failed=used_up)
    await after_block(bank, subject, fell)
    return not count.is_blocked and not used_up


async def settle(connection: Connection, bank: Bank, subject: Subject, client: Client, *, failed: bool) -> bool:
    """Block the subject if a failure is known and the tries are used up; whether the block fell now.

    Does its one statement also where nothing failed: right and wrong take the same. After the transaction `after_block`
    has its part to do.
    """
    fell = await store.block_after_failures(connection, subject.id, bank.config.access.tries, failed)
    if fell:
        actor = Actor("bank", client.request_id, client.address_prefix)
        await record_block(connection, bank, subject, actor, blocked_by="failures")
    return fell


async def record_block(connection: Connection, bank: Bank, subject: Subject, actor: Actor, **data: str) -> None:
    """What goes with every block: sessions end, the trail keeps it, the owner is told."""
    if subject.customer:
        await store.advance_epoch(connection, subject.customer.id)
        await notices.tell(connection, bank, subject.customer, "access_blocked")
    await audit.record(connection, actor, "access.block", subject.trail, **data)


async def after_block(bank: Bank, subject: Subject, fell: bool) -> None:
    """Take the sessions of someone just blocked out of Valkey as well."""
    if fell and subject.customer:
        await sessions.forget(bank, subject.customer.id)
