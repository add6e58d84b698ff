"""The password's life: how old it may grow (R24), and how its owner replaces it (R23)."""

import hashlib
from datetime import datetime
from functools import partial
from uuid import UUID

from dega import audit
from dega.access import lockout, notices, otp, policy, sessions, texts
from dega.access.hasher import Hasher
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.audit import Actor
from dega.bank import Bank
from dega.clock import local_day
from dega.errors import (
    CodeExpired,
    CodeSpent,
    OldPasswordWrong,
    PasswordAlike,
    PasswordMissing,
    PasswordRecent,
    PasswordsDiffer,
    Refusal,
    Refusals,
    SignInNeeded,
    UserBlocked,
)
from dega.store import access as store
from dega.store.access import Customer
from dega.store.database import Connection

__all__ = [
    "Hasher",
    "change_expired",
    "days_left",
    "finish_change",
    "refuse_recent",
    "refuse_unfit",
    "resend",
    "start_change",
]


def days_left(bank: Bank, changed_at: datetime) -> int:
    """Days of Tirana until the password must be changed; from 0 downwards it has expired."""
    age = local_day(bank.clock.now()) - local_day(changed_at)
    return bank.config.access.password_days - age.days


async def start_change(bank: Bank, session: Session, old: str, new: str, again: str, client: Client) -> Session:
    """The session with the new password noted, its code under way to the phone. A wrong old one counts as a failure.

    Raises Refusals or the one Refusal of what is wrong with it, OldPasswordWrong, UserBlocked, TooManyCodes, Busy.
    """
    sessions.require(session, Level.FULL)
    customer = await _examine(bank, session, old, new, again, client)
    kept = await bank.hasher.hash(new)
    challenge_id = await otp.issue(
        bank,
        purpose="password",
        customer_id=customer.id,
        mobile=customer.mobile,
        text=partial(texts.sms, bank, "password", customer),
        digest=_digest(kept),
        subject=lockout.subject_id(bank, customer.number),
    )
    return await sessions.keep(bank, session, change_hash=kept, change_challenge=str(challenge_id))


async def resend(bank: Bank, session: Session, client: Client) -> Session:
    """Send another code for the change under way. Raises ResendTooSoon, TooManyCodes, CodeSpent, CodeExpired."""
    sessions.require(session, Level.FULL)
    kept, challenge_id = _change_under_way(session)
    async with bank.database.connection() as connection:
        customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    await otp.reissue(
        bank,
        challenge_id,
        purpose="password",
        customer_id=customer.id,
        mobile=customer.mobile,
        text=partial(texts.sms, bank, "password", customer),
        digest=_digest(kept),
        subject=lockout.subject_id(bank, customer.number),
    )
    return session


async def finish_change(bank: Bank, session: Session, code: str, client: Client) -> Session:
    """The customer's new and only session, once the code for exactly this new password was right.

    Raises what `otp.verify` raises, and SignInNeeded where something has ended the session.
    """
    sessions.require(session, Level.FULL)
    kept, challenge_id = _change_under_way(session)
    digest, customer_id = _digest(kept), session.customer_id
    await otp.verify(
        bank, challenge_id, code, purpose="password", customer_id=customer_id, digest=digest, client=client
    )
    async with bank.database.transaction() as connection:
        if not await otp.consume(connection, challenge_id):
            raise CodeSpent("code")
        customer, epoch = await _replace(connection, bank, session, kept, client)
    return await _enter(bank, session, customer, epoch)


async def change_expired(bank: Bank, session: Session, old: str, new: str, again: str, client: Client) -> Session:
    """The full session of someone whose password had expired. No second code: one was just given (R25).

    Raises what `start_change` raises, but for the code.
    """
    sessions.require(session, Level.CHANGE_ONLY)
    subject_id = lockout.subject_id(bank, (await _examine(bank, session, old, new, again, client)).number)
    kept = await bank.hasher.hash(new)
    async with bank.database.transaction() as connection:
        customer, epoch = await _replace(connection, bank, session, kept, client)
        await store.forgive(connection, subject_id)
    await otp.forget_wrong(bank, subject_id)
    return await _enter(bank, session, customer, epoch)


def refuse_unfit(found: list[Refusal]) -> None:
    """Raises what was found wrong with a form: one refusal as itself, several together."""
    if len(found) == 1:
        raise found[0]
    if found:
        raise Refusals(found)


async def refuse_recent(bank: Bank, customer: Customer, password: str, *, field: str) -> None:
    """Raises PasswordRecent where it is one of the customer's last passwords, the present one among them."""
    async with bank.database.connection() as connection:
        recent = await store.past_passwords(connection, customer.id, bank.config.access.password_memory)
    for kept in [customer.password_hash, *recent]:
        if kept is not None and await bank.hasher.verify(kept, password):
            raise PasswordRecent(field)


async def _examine(bank: Bank, session: Session, old: str, new: str, again: str, client: Client) -> Customer:
    """Whose password it is, once all three that were typed may stand. First what is seen at once, then the old one."""
    async with bank.database.connection() as connection:
        customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    found: list[Refusal] = [] if old else [PasswordMissing("old")]
    found += policy.problems(bank.config.access, new, customer, field="new")
    if old and new and policy.same(old, new):
        found.append(PasswordRecent("new"))
    elif old and new and policy.alike(old, new):
        found.append(PasswordAlike("new"))
    if not policy.same(new, again):
        found.append(PasswordsDiffer("again"))
    refuse_unfit(found)
    await _check_old(bank, customer, old, client)
    await refuse_recent(bank, customer, new, field="new")
    return customer


async def _check_old(bank: Bank, customer: Customer, old: str, client: Client) -> None:
    """Counts in one row with the failures of logging in: a stranger at an open session has no more tries than there.

    The right one takes back its own count and no other: it must not buy new guesses at codes.
    """
    subject = lockout.subject_of(bank, customer.number, customer)
    async with bank.hasher.place() as place:
        may_be_evaluated = await lockout.begin(bank, subject, client)
        kept = customer.password_hash if may_be_evaluated and customer.state == "active" else None
        right = await place.verify(kept, old)
    async with bank.database.transaction() as connection:
        fell = await lockout.settle(connection, bank, subject, client, failed=not right)
        if right:
            await store.take_back(connection, subject.id)
    await lockout.after_block(bank, subject, fell)
    if fell or not may_be_evaluated:
        raise UserBlocked()
    if not right:
        raise OldPasswordWrong("old")


async def _replace(
    connection: Connection, bank: Bank, session: Session, kept: str, client: Client
) -> tuple[Customer, int]:
    """Write the new password; the customer and the new epoch. SignInNeeded where the session doesn't count any more."""
    customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    await store.remember_password(connection, customer.id)
    epoch = await store.change_password(connection, customer.id, session.auth_epoch, kept)
    if epoch is None:
        raise SignInNeeded()
    actor = Actor(f"customer:{customer.id}", client.request_id, client.address_prefix)
    await audit.record(connection, actor, "password.change", f"customer:{customer.id}")
    await notices.tell(connection, bank, customer, "password_changed")
    return customer, epoch


async def _enter(bank: Bank, session: Session, customer: Customer, epoch: int) -> Session:
    """The rotated session: the only one, since the epoch has moved on."""
    facts = {name: text for name, text in session.facts.items() if not name.startswith("change_")}
    facts["password_changed_at"] = bank.clock.now().isoformat()
    return await sessions.raise_level(bank, session, Level.FULL, facts=facts, customer=customer, auth_epoch=epoch)


def _change_under_way(session: Session) -> tuple[str, UUID]:
    try:
        return session.facts["change_hash"], UUID(session.facts["change_challenge"])
    except KeyError:
        raise CodeExpired("code") from None


def _digest(kept: str) -> bytes:
    return hashlib.sha256(kept.encode()).digest()
