"""Stepping up: a sensitive change needs a proof by the customer's strongest factor, made for that very change.

The proof is a challenge of its own, bound to the digest of the change. It stands for a short time after it was given,
and the transaction of the change uses it up: once, in PostgreSQL, whatever a session or Valkey says.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from dega import audit
from dega.access import changes, confirmation, methods, otp, sessions
from dega.access.changes import Change
from dega.access.confirmation import Operation
from dega.access.methods import Method
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.errors import CodeExpired, NotFound, Refusal, SignInNeeded, StepUpNeeded
from dega.store import access as store
from dega.store import codes
from dega.store.access import Customer
from dega.store.database import Connection

_FACTS = "stepup_"
"""How what a session notes of proofs begins."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A proof that was asked for: what for, its challenge, and by which method, as it was found then."""

    change: Change
    challenge_id: UUID
    method: Method

    @property
    def facts(self) -> dict[str, str | None]:
        """What the session notes of it."""
        reference, challenge, method = self.change.reference, str(self.challenge_id), self.method.value
        return {"stepup_change": reference, "stepup_challenge": challenge, "stepup_by": method, "stepup_until": None}


def under_way(session: Session) -> UnderWay | None:
    """The proof that this session asked for last, given or not."""
    if "stepup_challenge" not in session.facts:
        return None
    key, _, of = session.facts["stepup_change"].partition("|")
    challenge_id, method = UUID(session.facts["stepup_challenge"]), Method(session.facts["stepup_by"])
    return UnderWay(changes.read(key, of), challenge_id, method)


def is_given(bank: Bank, session: Session, change: Change) -> bool:
    """Whether the page of the change may open; whether the change may be made is `spend`'s to say."""
    until = session.facts.get("stepup_until")
    fits = session.facts.get("stepup_change") == change.reference
    return fits and until is not None and bank.clock.seconds() < float(until)


async def ask(bank: Bank, session: Session, change: Change) -> Session:
    """The session in which a proof for this change is under way; where SMS is the method, its code too.

    Asked again while a code is fresh, it is the same one. Raises TooManyCodes, SignInNeeded, NotFound where there is no
    factor that could be changed.
    """
    sessions.require(session, Level.FULL)
    customer = await _customer(bank, session)
    method = await methods.method_of(bank, customer.id)
    if method is Method.SMS and change.kind.adds is None:
        raise NotFound()
    before = under_way(session)
    if before and (before.change, before.method) == (change, method) and await _is_fresh(bank, session, before):
        return session
    challenge_id = await confirmation.ask(bank, _operation(bank, session, customer, change, method))
    return await sessions.keep(bank, session, **UnderWay(change, challenge_id, method).facts)


async def resend(bank: Bank, session: Session) -> Session:
    """Send another code, where the method is SMS. Raises ResendTooSoon, TooManyCodes, CodeSpent, CodeExpired."""
    sessions.require(session, Level.FULL)
    asked = _asked(session)
    operation = _operation(bank, session, await _customer(bank, session), asked.change, asked.method)
    await confirmation.ask_again(bank, operation, asked.challenge_id)
    return session


async def answer(bank: Bank, session: Session, typed: str, client: Client) -> Session:
    """The session in which the change may be made, for `access.step_up_seconds`, once the proof was right.

    `typed` is an SMS code, or else an app's or a recovery code: which of them counts was found when it was asked for.
    Wrong ones count as failures of the customer. Raises what `otp.verify` raises, and SignInNeeded.
    """
    sessions.require(session, Level.FULL)
    customer, asked = await _customer(bank, session), _asked(session)
    operation = _operation(bank, session, customer, asked.change, asked.method)
    verified = confirmation.answer(bank, operation, asked.challenge_id, typed, client)
    return await _answered(bank, session, customer, asked, client, verified)


async def answer_passkey(bank: Bank, session: Session, signed: str, client: Client) -> Session:
    """The same by what a passkey signed for exactly this change. Raises what `otp.verify_passkey` raises."""
    sessions.require(session, Level.FULL)
    customer, asked = await _customer(bank, session), _asked(session)
    operation = _operation(bank, session, customer, asked.change, asked.method)
    verified = confirmation.answer_passkey(bank, operation, asked.challenge_id, signed, client)
    return await _answered(bank, session, customer, asked, client, verified)


async def spend(connection: Connection, bank: Bank, session: Session, change: Change) -> None:
    """Use the proof up in the transaction of the change. Raises StepUpNeeded where there is none for exactly this."""
    seconds = bank.config.access.step_up_seconds
    needed = StepUpNeeded(seconds=seconds)
    if session.customer_id is None or not is_given(bank, session, change):
        raise needed
    challenge_id, digest = _asked(session).challenge_id, change.digest(session.customer_id)
    if not await codes.spend(connection, challenge_id, session.customer_id, digest, seconds):
        raise needed


async def begin(bank: Bank, session: Session, change: Change, **facts: str) -> Session:
    """The session in which a change of several pages begins, with its `facts`; the proof is used up by that.

    Raises StepUpNeeded, SignInNeeded.
    """
    sessions.require(session, Level.FULL)
    async with bank.database.transaction() as connection:
        await spend(connection, bank, session, change)
    used_up = {name: None for name in session.facts if name.startswith(_FACTS)}
    return await sessions.keep(bank, session, **used_up, **facts)


def without(facts: dict[str, str]) -> dict[str, str]:
    """The facts of a session that goes on after a change: its proof is used up."""
    return {name: text for name, text in facts.items() if not name.startswith(_FACTS)}


async def _answered(
    bank: Bank, session: Session, customer: Customer, asked: UnderWay, client: Client, verified: Awaitable[None]
) -> Session:
    try:
        await verified
    except Refusal as refusal:
        await _record(bank, customer, asked, client, refusal.code)
        raise
    await _record(bank, customer, asked, client, "done")
    until = bank.clock.seconds() + bank.config.access.step_up_seconds
    return await sessions.keep(bank, session, stepup_until=repr(until))


def _operation(bank: Bank, session: Session, customer: Customer, change: Change, method: Method) -> Operation:
    text = partial(change.kind.sms, bank, customer)
    return Operation("factor", customer, method, change.digest(customer.id), text, session.subject)


def _asked(session: Session) -> UnderWay:
    asked = under_way(session)
    if asked is None:
        raise CodeExpired("code")
    return asked


async def _customer(bank: Bank, session: Session) -> Customer:
    async with bank.database.connection() as connection:
        customer = await store.customer_by_id(connection, bank.fields, session.customer_id)
    if customer is None:
        raise SignInNeeded()
    return customer


async def _is_fresh(bank: Bank, session: Session, before: UnderWay) -> bool:
    """Whether its code came just now and wasn't given yet: pressed twice, one is enough."""
    if "stepup_until" in session.facts:
        return False
    return (await otp.state(bank, before.challenge_id)).is_fresh


async def _record(bank: Bank, customer: Customer, asked: UnderWay, client: Client, outcome: str) -> None:
    actor, facts = client.acting_for(customer.id), {"change": asked.change.kind.key, "by": asked.method.value}
    async with bank.database.transaction() as connection:
        await audit.record(connection, actor, "step_up", f"customer:{customer.id}", outcome, **facts)
