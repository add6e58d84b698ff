"""The password's life: how old it may grow (R24), and how its owner replaces it (R23)."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from dega import audit
from dega.access import confirmation, lockout, methods, notices, otp, policy, sessions, texts
from dega.access.confirmation import Operation
from dega.access.hasher import Hasher
from dega.access.lockout import Subject
from dega.access.methods import Method
from dega.access.sessions import Client, Session
from dega.access.steps import Level
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
)
from dega.store import access as store
from dega.store.access import Customer
from dega.store.database import Connection

__all__ = [
    "Hasher",
    "UnderWay",
    "change_expired",
    "days_left",
    "finish_change",
    "finish_change_by_passkey",
    "refuse_recent",
    "refuse_unfit",
    "resend",
    "start_change",
    "under_way",
    "without",
]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A change that waits to be confirmed: the new password's hash, the challenge, the method as it was found then."""

    kept: str
    challenge_id: UUID
    method: Method

    @property
    def facts(self) -> dict[str, str | None]:
        """What the session notes of it."""
        challenge, method = str(self.challenge_id), self.method.value
        return {"change_hash": self.kept, "change_challenge": challenge, "change_by": method}


def under_way(session: Session) -> UnderWay | None:
    """The change that this session waits to have confirmed."""
    try:
        kept, challenge, method = (session.facts[f"change_{fact}"] for fact in ("hash", "challenge", "by"))
    except KeyError:
        return None
    return UnderWay(kept, UUID(challenge), Method(method))


def without(facts: dict[str, str]) -> dict[str, str]:
    """The facts of a session in which no change waits any more."""
    return {name: text for name, text in facts.items() if not name.startswith("change_")}


def due_on(changed_at: datetime, most_days: int) -> date:
    """The day in Tirana on which a password that was changed then must be changed again (R24)."""
    return local_day(changed_at) + timedelta(days=most_days)


def days_left(bank: Bank, changed_at: datetime) -> int:
    """Days of Tirana until the password must be changed; from 0 downwards it has expired."""
    return (due_on(changed_at, bank.config.access.password_days) - local_day(bank.clock.now())).days


async def start_change(bank: Bank, session: Session, old: str, new: str, again: str) -> Session:
    """The session with the new password noted, and its confirmation by the customer's strongest factor under way.

    A wrong old password counts as a failure. Raises Refusals or the one Refusal of what is wrong with it,
    OldPasswordWrong, UserBlocked, TooManyCodes, SmsPaused, Busy.
    """
    sessions.require(session, Level.FULL)
    customer = await _examine(bank, session, old, new, again)
    kept = await bank.hasher.hash(new)
    method = await methods.method_of(bank, customer.id)
    challenge_id = await confirmation.ask(bank, _operation(bank, session, customer, kept, method))
    return await sessions.keep(bank, session, **UnderWay(kept, challenge_id, method).facts)


async def resend(bank: Bank, session: Session) -> Session:
    """Send another code for the change under way. Raises ResendTooSoon, TooManyCodes, CodeSpent, CodeExpired."""
    asked, operation = await _asked(bank, session)
    await confirmation.ask_again(bank, operation, asked.challenge_id)
    return session


async def finish_change(bank: Bank, session: Session, typed: str, client: Client) -> Session:
    """The customer's new and only session, once the code for exactly this new password was right.

    Which codes count was found when the change began. Raises what `confirmation.answer` raises, and SignInNeeded where
    something has ended the session.
    """
    asked, operation = await _asked(bank, session)
    await confirmation.answer(bank, operation, asked.challenge_id, typed, client)
    return await _confirmed(bank, session, asked, client)


async def finish_change_by_passkey(bank: Bank, session: Session, signed: str, client: Client) -> Session:
    """The same by what a passkey signed for exactly this new password. Raises what `otp.verify_passkey` raises."""
    asked, operation = await _asked(bank, session)
    await confirmation.answer_passkey(bank, operation, asked.challenge_id, signed, client)
    return await _confirmed(bank, session, asked, client)


async def change_expired(bank: Bank, session: Session, old: str, new: str, again: str, client: Client) -> Session:
    """The full session of someone whose password had expired. No second code: one was just given (R25).

    Raises what `start_change` raises, but for the code.
    """
    sessions.require(session, Level.CHANGE_ONLY)
    await _examine(bank, session, old, new, again)
    kept = await bank.hasher.hash(new)
    async with bank.database.transaction() as connection:
        customer, epoch = await _replace(connection, bank, session, kept, client, by="login")
        await store.forgive(connection, session.subject)
    await otp.forget_wrong(bank, session.subject)
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


async def _examine(bank: Bank, session: Session, old: str, new: str, again: str) -> Customer:
    """Whose password it is, once all three that were typed may stand. First what is seen at once, then the old one."""
    async with bank.database.connection() as connection:
        customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    found: list[Refusal] = [] if old else [PasswordMissing("old")]
    found += policy.problems(bank.config, new, customer, field="new")
    if old and new and policy.same(old, new):
        found.append(PasswordRecent("new"))
    elif old and new and policy.alike(old, new):
        found.append(PasswordAlike("new"))
    if not policy.same(new, again):
        found.append(PasswordsDiffer("again"))
    refuse_unfit(found)
    await _check_old(bank, session, customer, old)
    await refuse_recent(bank, customer, new, field="new")
    return customer


async def _check_old(bank: Bank, session: Session, customer: Customer, old: str) -> None:
    """Counts in one row with the failures of logging in: a stranger at an open session has no more tries than there.

    The right one takes back its own count and no other: it must not buy new guesses at codes.
    """
    subject = Subject(session.subject, customer)
    async with bank.hasher.place() as place:
        may_be_evaluated = await lockout.begin(bank, subject)
        kept = customer.password_hash if may_be_evaluated and customer.state == "active" else None
        right = await place.verify(kept, old)
    async with bank.database.transaction() as connection:
        fell = await lockout.settle(connection, bank, subject, failed=not right)
        if right:
            await store.take_back(connection, subject.id)
        against = await store.lockout(connection, subject.id, customer.id)
    if fell or not may_be_evaluated:
        raise lockout.refuse(against.blocked_until)
    if not right:
        raise OldPasswordWrong("old")


async def _asked(bank: Bank, session: Session) -> tuple[UnderWay, Operation]:
    """The change under way, and what is confirmed by it. Raises CodeExpired where there is none."""
    sessions.require(session, Level.FULL)
    asked = under_way(session)
    if asked is None:
        raise CodeExpired("code")
    async with bank.database.connection() as connection:
        customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    return asked, _operation(bank, session, customer, asked.kept, asked.method)


def _operation(bank: Bank, session: Session, customer: Customer, kept: str, method: Method) -> Operation:
    """Taking exactly this password: its hash is salted, so that no other change has the same digest."""
    text = partial(texts.sms, bank, "password", customer)
    return Operation("password", customer, method, hashlib.sha256(kept.encode()).digest(), text, session.subject)


async def _confirmed(bank: Bank, session: Session, asked: UnderWay, client: Client) -> Session:
    """Use the confirmation up with the change: once, in one transaction."""
    async with bank.database.transaction() as connection:
        if not await otp.consume(connection, asked.challenge_id):
            raise CodeSpent("code")
        kept = bank.hasher.brought_up(asked.kept)
        customer, epoch = await _replace(connection, bank, session, kept, client, by=asked.method.value)
    return await _enter(bank, session, customer, epoch)


async def _replace(
    connection: Connection, bank: Bank, session: Session, kept: str, client: Client, *, by: str
) -> tuple[Customer, int]:
    """Write the new password; the customer and the new epoch. SignInNeeded where the session doesn't count any more."""
    customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    await store.remember_password(connection, customer.id)
    epoch = await store.change_password(connection, customer.id, session.auth_epoch, kept)
    if epoch is None:
        raise SignInNeeded()
    actor = client.acting_for(customer.id)
    await audit.record(connection, actor, "password.change", f"customer:{customer.id}", by=by)
    await notices.tell(connection, bank, customer, "password_changed")
    return customer, epoch


async def _enter(bank: Bank, session: Session, customer: Customer, epoch: int) -> Session:
    """The rotated session: the only one, since the epoch has moved on."""
    facts = {**without(session.facts), "password_changed_at": bank.clock.now().isoformat()}
    return await sessions.raise_level(bank, session, Level.FULL, facts=facts, customer=customer, auth_epoch=epoch)
