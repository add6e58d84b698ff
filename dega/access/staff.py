"""What branch and Call Center do about a customer's access (R43), each with operator and reason in the audit trail.

The customer is told of each. Staff never see or set a password or a code.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dega import audit
from dega.access import factors, lockout, notices, otp, sessions
from dega.access.lockout import Subject
from dega.access.password import days_left
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import PartAway
from dega.ids import PhoneError, PhoneProblem, compact, mask_phone, parse_mobile
from dega.store import access as store
from dega.store.access import Customer, Lockout
from dega.store.database import Connection


class NotDone(Exception):
    """Why an action wasn't done: a sentence for the operator."""


class UserState(StrEnum):
    """How a customer stands with the internet branch (R46)."""

    NOT_REGISTERED = "not registered"
    ACTIVE = "active"
    EXPIRED_PASSWORD = "expired password"  # noqa: S105
    BLOCKED = "blocked"
    RESET = "reset"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer, their state, and the failures and block that stand against their number."""

    customer: Customer
    state: UserState
    lockout: Lockout | None


@dataclass(frozen=True, slots=True)
class _Deed:
    """An action under way: its transaction, whom it concerns, and what the trail is to say besides the reason."""

    connection: Connection
    customer: Customer
    subject: Subject
    actor: Actor
    reason: str
    data: dict[str, str] = field(default_factory=dict)


def state_of(bank: Bank, customer: Customer, against: Lockout | None) -> UserState:
    """The first of these that holds: closed, blocked, not registered, reset, expired password, active."""
    if customer.state == "closed":
        return UserState.CLOSED
    if against is not None and against.blocked_at is not None:
        return UserState.BLOCKED
    if customer.state is None or customer.password_changed_at is None:
        return UserState.NOT_REGISTERED
    if customer.state == "reset":
        return UserState.RESET
    return UserState.ACTIVE if days_left(bank, customer.password_changed_at) > 0 else UserState.EXPIRED_PASSWORD


async def find(bank: Bank, text: str, most: int = 20) -> list[Standing]:
    """Customers by number, personal number, mobile (`+355…`) or a part of the name."""
    async with bank.database.connection() as connection:
        customers = await store.search_customers(connection, text.strip(), most)
        subjects = {customer.id: lockout.subject_id(bank, customer.number) for customer in customers}
        against = await store.lockouts(connection, list(subjects.values()))
    found = [(customer, against.get(subjects[customer.id])) for customer in customers]
    return [Standing(customer, state_of(bank, customer, row), row) for customer, row in found]


async def show(bank: Bank, number: str) -> Standing:
    """The customer of a customer number or personal number. Raises NotDone."""
    async with bank.database.connection() as connection:
        customer = await _customer(connection, number)
        row = await store.lockout(connection, lockout.subject_id(bank, customer.number))
    return Standing(customer, state_of(bank, customer, row), row)


async def block(bank: Bank, number: str, *, operator: str, reason: str) -> bool:
    """Block the access, for a lost phone or an unasked code (R26, R27). True where open sessions are known to be gone.

    False says that Valkey was away: the block holds and no money moves, but a page open now may live on until the
    session's absolute limit. The other actions that end sessions answer the same.
    """
    async with _deed(bank, number, operator, reason, None) as deed:
        if not await store.block(deed.connection, deed.subject.id, deed.customer.id, f"operator:{operator}"):
            raise NotDone(f"{deed.customer.number} is blocked already.")
        await lockout.record_block(
            deed.connection, bank, deed.subject, deed.actor, blocked_by=f"operator:{operator}", reason=deed.reason
        )
    return await _forget(bank, deed.customer)


async def unblock(bank: Bank, number: str, *, operator: str, reason: str) -> None:
    """End a block and forget the failures and wrong codes before it (R20). Raises NotDone where there is none of it.

    With Valkey away the block ends all the same; wrong codes of before then count for an hour at most.
    """
    async with _deed(bank, number, operator, reason, "access.unblock") as deed:
        had_wrong_codes = await _forget_wrong(bank, deed.subject)
        if not await store.unblock(deed.connection, deed.subject.id) and not had_wrong_codes:
            raise NotDone(f"Nothing stands against {deed.customer.number}: no block and no failure.")
        await notices.tell(deed.connection, bank, deed.customer, "access_unblocked")


async def reset(bank: Bank, number: str, *, operator: str, reason: str) -> bool:
    """A forgotten password (R21): it no longer logs in; the customer registers anew by a code to their phone.

    A block stays: it may have another reason. A closed access may be opened again this way.
    """
    async with _deed(bank, number, operator, reason, "access.reset") as deed:
        await _to_state(deed, "reset", ["active", "closed"])
        await _forget_wrong(bank, deed.subject)
        await notices.tell(deed.connection, bank, deed.customer, "access_reset")
    return await _forget(bank, deed.customer)


async def close(bank: Bank, number: str, *, operator: str, reason: str) -> bool:
    """The customer leaves the internet branch; the accounts live on."""
    async with _deed(bank, number, operator, reason, "access.close") as deed:
        await _to_state(deed, "closed", ["active", "reset"])
        await notices.tell(deed.connection, bank, deed.customer, "access_closed")
    return await _forget(bank, deed.customer)


async def end_sessions(bank: Bank, number: str, *, operator: str, reason: str) -> bool:
    """Log the customer out wherever they are, logins under way included."""
    async with _deed(bank, number, operator, reason, "access.end_sessions") as deed:
        if await store.advance_epoch(deed.connection, deed.customer.id) is None:
            raise NotDone(f"{deed.customer.number} isn't registered.")
        await notices.tell(deed.connection, bank, deed.customer, "sessions_ended")
    return await _forget(bank, deed.customer)


async def set_mobile(bank: Bank, number: str, mobile: str, *, operator: str, reason: str) -> bool:
    """The mobile number declared at the branch (R4, R8, R47); both the old and the new one are told. Sessions end."""
    declared = _read_mobile(mobile)
    async with _deed(bank, number, operator, reason, "customer.set_mobile") as deed:
        customer = deed.customer
        if customer.mobile == declared:
            raise NotDone(f"{customer.number} has this mobile number already.")
        await store.set_mobile(deed.connection, customer.id, declared)
        await store.advance_epoch(deed.connection, customer.id)
        deed.data.update(before=mask_phone(customer.mobile) if customer.mobile else "", after=mask_phone(declared))
        await notices.tell_of_mobile(deed.connection, bank, customer, declared)
    return await _forget(bank, deed.customer)


async def set_kshbi(bank: Bank, number: str, version: int, *, operator: str, reason: str) -> None:
    """The version of the retail banking terms that the customer signed (R7, R47)."""
    if version < 1:
        raise NotDone("Versions of the retail banking terms are numbered from 1.")
    async with _deed(bank, number, operator, reason, "customer.set_kshbi") as deed:
        await store.set_kshbi(deed.connection, deed.customer.id, version)
        deed.data.update(before=str(deed.customer.kshbi_version or ""), after=str(version))
        await notices.tell(deed.connection, bank, deed.customer, "contract_changed")


async def remove_factor(bank: Bank, number: str, factor_id: UUID, *, operator: str, reason: str) -> datetime:
    """A lost app or passkey goes, after the same cooling hours as for its owner; when (UTC). Raises NotDone."""
    async with _deed(bank, number, operator, reason, None) as deed:
        leaves_at = await factors.let_leave(
            deed.connection, bank, deed.customer, deed.actor, factor_id, reason=deed.reason
        )
        if leaves_at is None:
            raise NotDone(f"{deed.customer.number} has no such factor, or it leaves already.")
    return leaves_at


@asynccontextmanager
async def _deed(bank: Bank, number: str, operator: str, reason: str, action: str | None) -> AsyncIterator[_Deed]:
    """One action in its transaction; the trail is written at its end, unless what it calls writes it (no `action`)."""
    if not operator.strip() or not reason.strip():
        raise NotDone("Say who you are and give a reason: both are kept in the audit trail.")
    async with bank.database.transaction() as connection:
        customer = await _customer(connection, number)
        subject = lockout.subject_of(bank, customer.number, customer)
        deed = _Deed(connection, customer, subject, Actor(f"operator:{operator}"), reason.strip())
        yield deed
        if action is not None:
            await audit.record(connection, deed.actor, action, subject.trail, reason=deed.reason, **deed.data)


async def _customer(connection: Connection, number: str) -> Customer:
    customer = await store.customer_by_number(connection, compact(number))
    if customer is None:
        raise NotDone(f"There is no customer {compact(number)}.")
    return customer


async def _to_state(deed: _Deed, state: str, out_of: list[str]) -> None:
    if not await store.set_state(deed.connection, deed.customer.id, state, out_of):
        standing = deed.customer.state or "not registered"
        raise NotDone(f"{deed.customer.number} is {standing}; this needs {' or '.join(out_of)}.")


async def _forget(bank: Bank, customer: Customer) -> bool:
    try:
        await sessions.forget(bank, customer.id)
    except PartAway:
        return False
    return True


async def _forget_wrong(bank: Bank, subject: Subject) -> bool:
    """End the row of wrong codes; whether there was one, as far as Valkey answers."""
    try:
        return await otp.forget_wrong(bank, subject.id)
    except PartAway:
        return False


def _read_mobile(text: str) -> str:
    """An Albanian mobile number however it is written; a foreign one with its country code."""
    try:
        return parse_mobile(text)
    except PhoneError as error:
        foreign = compact(text)
        if error.reason is not PhoneProblem.COUNTRY or not (foreign[:1] == "+" and 8 <= len(foreign[1:]) <= 15):
            raise NotDone(f"{text} isn't a mobile number ({error.reason}).") from None
        return foreign
