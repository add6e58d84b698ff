"""What branch and Call Center do about a customer's access (R43), each with operator and reason in the audit trail.

The customer is told of each. Staff never see or set a password or a code. Which of them two operators must agree on is
`branch/counter.py`'s to say; then each is done with its `approval`, settled in the same transaction.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dega import audit
from dega.access import approvals, factors, lockout, notices, otp, sessions
from dega.access.approvals import NotDone
from dega.access.block import bar
from dega.access.lockout import Subject
from dega.access.password import days_left
from dega.alphabet import sort_key
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import PartAway
from dega.i18n import LANGUAGES
from dega.ids import PhoneError, PhoneProblem, compact, mask_email, mask_phone, parse_mobile
from dega.store import access as store
from dega.store import language
from dega.store.access import Customer, Lockout
from dega.store.database import Connection

_EMAIL = re.compile(r"[^@\s\x00-\x1f<>(),;:\"\\\[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,24}")
RESETS = ("active", "closed")
CLOSES = ("active", "reset")
"""The states of a user out of which a reset and a closing lead."""


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
    lockout: Lockout


@dataclass(frozen=True, slots=True)
class Deed:
    """An action under way: its transaction, whom it concerns, and what the trail is to say besides the reason."""

    connection: Connection
    customer: Customer
    subject: Subject
    actor: Actor
    reason: str
    data: dict[str, str] = field(default_factory=dict)


def state_of(bank: Bank, customer: Customer, against: Lockout) -> UserState:
    """The first of these that holds: closed, blocked, not registered, reset, expired password, active."""
    if customer.state == "closed":
        return UserState.CLOSED
    if against.is_blocked or against.barred_at is not None:
        return UserState.BLOCKED
    if customer.state is None or customer.password_changed_at is None:
        return UserState.NOT_REGISTERED
    if customer.state == "reset":
        return UserState.RESET
    return UserState.ACTIVE if days_left(bank, customer.password_changed_at) > 0 else UserState.EXPIRED_PASSWORD


async def find(bank: Bank, text: str, most: int = 20) -> list[Standing]:
    """Customers by number, personal number, mobile (`+355…`) or a part of the name, as the alphabet has them."""
    async with bank.database.connection() as connection:
        customers = await store.search_customers(connection, bank.fields, text.strip(), most)
        customers.sort(key=lambda customer: sort_key(customer.name))
        subjects = [lockout.subject_id(bank, customer.number) for customer in customers]
        rows = await store.lockouts(connection, subjects, [customer.id for customer in customers])
    found = zip(customers, rows, strict=True)
    return [Standing(customer, state_of(bank, customer, row), row) for customer, row in found]


async def show(bank: Bank, number: str) -> Standing:
    """The customer of a customer number or personal number. Raises NotDone."""
    async with bank.database.connection() as connection:
        customer = await _customer(connection, bank, number)
        (row,) = await store.lockouts(connection, [lockout.subject_id(bank, customer.number)], [customer.id])
    return Standing(customer, state_of(bank, customer, row), row)


async def block(bank: Bank, number: str, *, operator: str, reason: str, approval: int | None = None) -> bool:
    """Block the access, for a lost phone or an unasked code (R26, R27). True where open sessions are known to be gone.

    False says that Valkey was away: the block holds and no money moves, but a page open now may live on until the
    session's absolute limit. The other actions that end sessions answer the same.
    """
    async with deed(bank, number, operator, reason, None, approval) as act:
        by = act.actor.name
        if not await bar(act.connection, bank, act.customer, act.actor, by=by, reason=act.reason, **act.data):
            raise NotDone(f"{act.customer.number} is blocked already.")
    return await _forget(bank, act.customer)


async def unblock(bank: Bank, number: str, *, operator: str, reason: str, approval: int | None = None) -> None:
    """End a block and forget the failures and wrong codes before it (R20). Raises NotDone where there is none of it.

    With Valkey away the block ends all the same; wrong codes of before then count for an hour at most.
    """
    async with deed(bank, number, operator, reason, "access.unblock", approval) as act:
        had_wrong_codes = await _forget_wrong(bank, act.subject.id)
        was_barred = await store.lift_bar(act.connection, act.customer.id)
        counters = await store.unblock(act.connection, act.subject.id, act.customer.id)
        for counter in counters:
            await _forget_wrong(bank, counter)
        if not (counters or was_barred or had_wrong_codes):
            raise NotDone(f"Nothing stands against {act.customer.number}: no block and no failure.")
        await notices.tell(act.connection, bank, act.customer, "access_unblocked")


async def reset(bank: Bank, number: str, *, operator: str, reason: str, approval: int | None = None) -> bool:
    """A forgotten password (R21): it no longer logs in; the customer registers anew by a code to their phone.

    A block stays: it may have another reason. A closed access may be opened again this way.
    """
    async with deed(bank, number, operator, reason, "access.reset", approval) as act:
        await _to_state(act, "reset", RESETS)
        await _forget_wrong(bank, act.subject.id)
        await notices.tell(act.connection, bank, act.customer, "access_reset")
    return await _forget(bank, act.customer)


async def close(bank: Bank, number: str, *, operator: str, reason: str, approval: int | None = None) -> bool:
    """The customer leaves the internet branch; the accounts live on."""
    async with deed(bank, number, operator, reason, "access.close", approval) as act:
        await _to_state(act, "closed", CLOSES)
        await notices.tell(act.connection, bank, act.customer, "access_closed")
    return await _forget(bank, act.customer)


async def end_sessions(bank: Bank, number: str, *, operator: str, reason: str, approval: int | None = None) -> bool:
    """Log the customer out wherever they are, logins under way included."""
    async with deed(bank, number, operator, reason, "access.end_sessions", approval) as act:
        if await store.advance_epoch(act.connection, act.customer.id) is None:
            raise NotDone(f"{act.customer.number} isn't registered.")
        await notices.tell(act.connection, bank, act.customer, "sessions_ended")
    return await _forget(bank, act.customer)


async def set_mobile(
    bank: Bank, number: str, mobile: str, *, operator: str, reason: str, approval: int | None = None
) -> bool:
    """The mobile number declared at the branch (R4, R8, R47); both the old and the new one are told. Sessions end.

    For a while after it only payees of before can be paid (`payments.new_payee_hold_hours`).
    """
    declared = read_mobile(mobile)
    async with deed(bank, number, operator, reason, "customer.set_mobile", approval) as act:
        customer = act.customer
        if customer.mobile == declared:
            raise NotDone(f"{customer.number} has this mobile number already.")
        await store.set_mobile(act.connection, bank.fields, customer.id, declared)
        await store.advance_epoch(act.connection, customer.id)
        act.data.update(before=mask_phone(customer.mobile) if customer.mobile else "", after=mask_phone(declared))
        await notices.tell_of_mobile(act.connection, bank, customer, declared)
    return await _forget(bank, act.customer)


async def set_email(
    bank: Bank, number: str, email: str, *, operator: str, reason: str, approval: int | None = None
) -> None:
    """The e-mail address declared at the branch (R47); both the old and the new one are told. Raises NotDone."""
    declared = read_email(email)
    async with deed(bank, number, operator, reason, "customer.set_email", approval) as act:
        customer = act.customer
        if customer.email == declared:
            raise NotDone(f"{customer.number} has this e-mail address already.")
        await store.set_email(act.connection, bank.fields, customer.id, declared)
        act.data.update(before=mask_email(customer.email) if customer.email else "", after=mask_email(declared))
        await notices.tell_of_email(act.connection, bank, customer, declared)


async def set_kshbi(
    bank: Bank, number: str, version: int, *, operator: str, reason: str, approval: int | None = None
) -> None:
    """The version of the retail banking terms that the customer signed (R7, R47)."""
    if version < 1:
        raise NotDone("Versions of the retail banking terms are numbered from 1.")
    async with deed(bank, number, operator, reason, "customer.set_kshbi", approval) as act:
        await store.set_kshbi(act.connection, act.customer.id, version)
        act.data.update(before=str(act.customer.kshbi_version or ""), after=str(version))
        await notices.tell(act.connection, bank, act.customer, "contract_changed")


async def set_language(
    bank: Bank, number: str, chosen: str, *, operator: str, reason: str, approval: int | None = None
) -> None:
    """The language (`sq` or `en`) in which the bank writes to the customer; they are told in it."""
    if chosen not in LANGUAGES:
        raise NotDone(f"The bank writes {' or '.join(LANGUAGES)}.")
    async with deed(bank, number, operator, reason, "customer.set_language", approval) as act:
        if act.customer.language == chosen:
            raise NotDone(f"The bank writes to {act.customer.number} in this language already.")
        await language.set_language(act.connection, act.customer.id, chosen)
        act.data.update(before=act.customer.language, after=chosen)
        await notices.tell(act.connection, bank, replace(act.customer, language=chosen), "language_changed")


async def remove_factor(
    bank: Bank, number: str, factor_id: UUID, *, operator: str, reason: str, approval: int | None = None
) -> datetime:
    """A lost app or passkey goes, after the same cooling hours as for its owner; when (UTC). Raises NotDone."""
    async with deed(bank, number, operator, reason, None, approval) as act:
        leaves_at = await factors.let_leave(
            act.connection, bank, act.customer, act.actor, factor_id, reason=act.reason, **act.data
        )
        if leaves_at is None:
            raise NotDone(f"{act.customer.number} has no such factor, or it leaves already.")
    return leaves_at


@asynccontextmanager
async def deed(
    bank: Bank, number: str, operator: str, reason: str, action: str | None, approval: int | None = None
) -> AsyncIterator[Deed]:
    """One action in its transaction; the trail is written at its end, unless what it calls writes it (no `action`).

    With an `approval` it is what another operator asked for, or it isn't done. Deeds on one customer wait for one
    another. Raises NotDone.
    """
    approvals.require_reason(operator, reason)
    async with bank.database.transaction() as connection:
        asked = await approvals.take(connection, approval, operator) if approval is not None else None
        customer = await _lock(connection, bank, number)
        subject = lockout.subject_of(bank, customer.number, customer)
        act = Deed(connection, customer, subject, Actor(f"operator:{operator.strip()}"), reason.strip())
        if asked is not None:
            (against,) = await store.lockouts(connection, [subject.id], [customer.id])
            approvals.refuse_changed(bank, asked, customer, against)
            act.data.update(approval=str(asked.id), requested_by=asked.requested_by)
        yield act
        if asked is not None:
            await approvals.settle(connection, asked, operator, reason)
        if action is not None:
            await audit.record(connection, act.actor, action, subject.trail, reason=act.reason, **act.data)


def refuse_state(customer: Customer, out_of: tuple[str, ...]) -> None:
    """Raises NotDone where the user isn't in one of these states."""
    if customer.state not in out_of:
        standing = customer.state or "not registered"
        raise NotDone(f"{customer.number} is {standing}; this needs {' or '.join(out_of)}.")


def read_mobile(text: str) -> str:
    """An Albanian mobile number however it is written; a foreign one with its country code. Raises NotDone."""
    try:
        return parse_mobile(text)
    except PhoneError as error:
        foreign = compact(text)
        if error.reason is not PhoneProblem.COUNTRY or not re.fullmatch(r"\+[1-9][0-9]{7,14}", foreign):
            raise NotDone(
                f"{text} isn't a mobile number ({error.reason}): write it like 069 212 3456, or with + and its country."
            ) from None
        return foreign


def read_email(text: str) -> str:
    """An e-mail address as it is kept: its host in small letters. Raises NotDone."""
    name, _, host = text.strip().rpartition("@")
    email = f"{name}@{host.lower()}"
    if len(email) > 254 or not email.isascii() or not _EMAIL.fullmatch(email) or ".." in email:
        raise NotDone(f"{text} isn't an e-mail address.")
    return email


async def _customer(connection: Connection, bank: Bank, number: str) -> Customer:
    customer = await store.customer_by_number(connection, bank.fields, compact(number))
    if customer is None:
        raise NotDone(f"There is no customer {compact(number)}.")
    return customer


async def _lock(connection: Connection, bank: Bank, number: str) -> Customer:
    """The customer, locked against other deeds of staff until this one ends."""
    await store.lock_customer(connection, compact(number))
    return await _customer(connection, bank, number)


async def _to_state(act: Deed, state: str, out_of: tuple[str, ...]) -> None:
    refuse_state(act.customer, out_of)
    if not await store.set_state(act.connection, act.customer.id, state, list(out_of)):
        raise NotDone(f"{act.customer.number} has just changed. Look again.")


async def _forget(bank: Bank, customer: Customer) -> bool:
    try:
        await sessions.forget(bank, customer.id)
    except PartAway:
        return False
    return True


async def _forget_wrong(bank: Bank, counter: bytes) -> bool:
    """End the row of wrong codes; whether there was one, as far as Valkey answers."""
    try:
        return await otp.forget_wrong(bank, counter)
    except PartAway:
        return False
