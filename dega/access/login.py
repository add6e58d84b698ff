"""Logging in: number, password, one-time code. Only at the very end is anyone told whether it was right, never which.

Number and password always lead to the page of the code. Known or not, blocked or not, the work is the same: the same
statements, one argon2, one code kept. A code goes out only where both are right and nothing stands against them.
"""

from functools import partial
from typing import NoReturn
from uuid import UUID

from msgspec.structs import replace

from dega import audit
from dega.access import devices, lockout, methods, otp, proofs, sessions, stuffing, texts
from dega.access.devices import Known
from dega.access.lockout import Subject
from dega.access.methods import Method
from dega.access.password import days_left
from dega.access.proofs import Proof
from dega.access.renewal import renew_later
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.bank import Bank, Place
from dega.errors import (
    CodeSpent,
    CustomerNumberMissing,
    CustomerNumberShape,
    PasswordMissing,
    SignInFailed,
    SignInNeeded,
)
from dega.ids import compact, is_customer_number_shape, is_personal_number_shape
from dega.store import access as store
from dega.store.access import Customer, SignIn
from dega.store.codes import Evaluation

__all__ = [
    "Client",
    "challenge_id",
    "check_password",
    "give_code",
    "give_number",
    "give_passkey",
    "give_password",
    "last_sign_ins",
    "read_number",
    "resend",
]


async def give_number(bank: Bank, typed: str, client: Client) -> Session:
    """A session that may give the password (R14). Raises only CustomerNumberMissing and CustomerNumberShape."""
    return await sessions.start(bank, Level.NUMBER, customer_number=read_number(typed), client=client)


async def give_password(bank: Bank, session: Session, password: str, client: Client) -> Session:
    """A session that may give the code, whatever the password was (R15, R16). Counts as a failure until all is right.

    Raises PasswordMissing, TooManyCodes, Busy (none of them counts) and SignInNeeded.
    """
    sessions.require(session, Level.NUMBER)
    if not password:
        raise PasswordMissing("password")
    async with bank.hasher.place() as place:
        subject = await lockout.find(bank, session.customer_number, client)
        await stuffing.admit(bank, subject, client)
        challenge = await otp.reserve(bank, purpose="login", subject=subject.id)
        customer = await check_password(bank, place, subject, password, client)
    by_sms = await methods.method_of(bank, customer.id if customer else None) is Method.SMS
    await otp.issue(
        bank,
        purpose="login",
        customer_id=customer.id if customer else None,
        mobile=customer.mobile if customer and by_sms else None,
        text=partial(texts.sms, bank, "login", customer),
        digest=subject.id,
        subject=subject.id,
        reserved=challenge,
    )
    facts = {
        "challenge": str(challenge),
        "customer": str(customer.id) if customer else "",
        "epoch": str(customer.auth_epoch) if customer else "",
        "known": "1" if subject.in_known_browser else "",
    }
    counted = replace(session, counter=subject.id.hex())
    return await sessions.raise_level(bank, counted, Level.CODE, facts=facts)


async def give_code(bank: Bank, session: Session, code: str, client: Client) -> Session:
    """The session of a customer who is logged in: FULL, or CHANGE_ONLY where the password has expired (R24, R25).

    The code is the one that was sent, or a code of the customer's app, or a recovery code: whichever counts for them.
    Raises CodeMissing, ProofShape, CodeExpired (R17), CodeSpent, SignInFailed, UserBlocked, SignInNeeded.
    """
    sessions.require(session, Level.CODE)
    return await give_proof(bank, session, code, await proofs.match(bank, _customer_id(session), code), client)


async def give_passkey(bank: Bank, session: Session, answer: str, client: Client) -> Session:
    """The same by a passkey's signature for this very attempt: its answer as the browser posted it.

    Raises PasskeyMissing in the place of CodeMissing and ProofShape.
    """
    sessions.require(session, Level.CODE)
    proof = await proofs.match_passkey(
        bank, challenge_id(session), _customer_id(session), answer, digest=session.subject, client=client
    )
    return await give_proof(bank, session, None, proof, client)


async def give_proof(bank: Bank, session: Session, code: str | None, proof: Proof, client: Client) -> Session:
    """The same for a proof that was looked at already; without `code` it alone counts (see `otp.evaluate`)."""
    sessions.require(session, Level.CODE)
    subject = await lockout.find(bank, session.customer_number, counter=session.subject)
    tried = await otp.evaluate(
        bank,
        challenge_id(session),
        code,
        purpose="login",
        customer_id=_customer_id(session),
        digest=subject.id,
        proof=proof,
    )
    if tried.verdict not in ("right", "again"):
        await _refuse(bank, session, subject, tried, client)
    customer, known = await _admit(bank, session, subject, proof, client)
    if not session.facts["known"]:
        await stuffing.give_back(bank, client)
    settled = devices.settled(session, known, one_counter=bank.config.access.one_counter)
    entered = await _enter(bank, settled, customer)
    # A block, or another end of all sessions, may have fallen between the transaction and the session.
    if not await sessions.still_good(bank, entered):
        await sessions.end(bank, entered)
        raise SignInNeeded()
    return entered


async def resend(bank: Bank, session: Session) -> Session:
    """Send another code in the place of the last one. Raises ResendTooSoon, TooManyCodes, CodeSpent, SignInNeeded."""
    sessions.require(session, Level.CODE)
    subject = await lockout.find(bank, session.customer_number, counter=session.subject)
    blocked = await lockout.is_blocked(bank, subject)
    customer = subject.customer if _is_entitled(session, subject.customer) and not blocked else None
    by_sms = await methods.method_of(bank, customer.id if customer else None) is Method.SMS
    await otp.reissue(
        bank,
        challenge_id(session),
        purpose="login",
        customer_id=_customer_id(session),
        mobile=customer.mobile if customer and by_sms else None,
        text=partial(texts.sms, bank, "login", customer),
        digest=subject.id,
        subject=subject.id,
    )
    return session


async def last_sign_ins(bank: Bank, customer_id: int, n: int) -> list[SignIn]:
    """The last `n` sign-ins and failed ones of a customer, newest first (UTC)."""
    async with bank.database.connection() as connection:
        return await store.last_sign_ins(connection, customer_id, n)


def read_number(typed: str) -> str:
    """A customer number, or the personal number that may stand in for it, as it is kept."""
    number = compact(typed)
    if not number:
        raise CustomerNumberMissing("customer_number")
    if not is_customer_number_shape(number) and not is_personal_number_shape(number):
        raise CustomerNumberShape("customer_number")
    return number


def challenge_id(session: Session) -> UUID:
    """The code that a session of login or registration waits for, as `otp.state` asks for it."""
    return UUID(session.facts["challenge"])


async def check_password(bank: Bank, place: Place, subject: Subject, password: str, client: Client) -> Customer | None:
    """The customer, where the password is right and nothing stands against them; one failure more in any case.

    The `place` at the hasher is taken before that is counted: who finds none hasn't failed.
    """
    may_be_evaluated = await lockout.begin(bank, subject)
    customer = subject.customer if may_be_evaluated else None
    kept = customer.password_hash if customer and customer.state == "active" else None
    right = await place.verify(kept, password)
    async with bank.database.transaction() as connection:
        await lockout.settle(connection, bank, subject, failed=not right)
        outcome = "passed" if right else "refused"
        await audit.record(
            connection, client.acting_for(None), "sign_in.password", subject.trail, outcome, browser=client.browser
        )
    found = customer if right else None
    renew_later(bank, found, password)
    return found


async def _refuse(bank: Bank, session: Session, subject: Subject, tried: Evaluation, client: Client) -> NoReturn:
    """Count a wrong code and say no more than must be said.

    The first wrong code of an attempt is covered by the failure that its password counted as, be that right or wrong,
    unless that one was taken back since no code could be sent: so the same tries end in a block as for a stranger.
    """
    is_wrong = tried.verdict == "wrong"
    async with bank.database.transaction() as connection:
        failures = 1 if is_wrong and (tried.tries > 1 or tried.excused) else 0
        count = await store.count_failures(connection, subject.id, subject.customer_id, failures)
        fell = await lockout.settle(connection, bank, subject, failed=is_wrong)
        after = "right" if session.facts["customer"] else "wrong"
        await audit.record(
            connection,
            client.acting_for(None),
            "sign_in.code",
            subject.trail,
            tried.verdict,
            browser=client.browser,
            after=after,
        )
    if count.is_blocked or fell:
        raise lockout.refuse(fell.until if fell else count.blocked_until)
    if not is_wrong:
        otp.refuse_unless_right(bank, tried)
    raise SignInFailed("code")


async def _admit(
    bank: Bank, session: Session, subject: Subject, proof: Proof, client: Client
) -> tuple[Customer, Known]:
    """Use the code up, forget the failures and know the browser, in one transaction; of many only one is let in.

    An app's code that another login has used meanwhile lets nobody in: then this login's own is used up for nothing.
    """
    async with bank.database.transaction() as connection:
        count = await store.count_failures(connection, subject.id, subject.customer_id, 0)
        customer = await store.customer_by_id(connection, bank.fields, _customer_id(session))
        entitled = _is_entitled(session, customer)
        may_enter = entitled and not (count.is_blocked or count.is_barred)
        admitted = may_enter and await otp.consume(connection, challenge_id(session))
        if admitted and proof.fits:
            admitted = await proofs.use(connection, bank, proof, client)
        if admitted and customer is not None:
            known = await devices.remember(connection, bank, customer, client)
            await store.forgive(connection, subject.id)
            await store.write_sign_in(connection, customer.id, client.address_prefix, client.browser)
            by = proof.kind if proof.fits else Method.SMS.value
            await audit.record(connection, client.acting_for(None), "sign_in", subject.trail, by=by)
    if count.is_blocked:
        raise lockout.refuse(count.blocked_until)
    if customer is None or not may_enter:
        raise SignInFailed("code")
    if not admitted:
        raise CodeSpent("code")
    await otp.forget_wrong(bank, subject.id)
    return customer, known


async def _enter(bank: Bank, session: Session, customer: Customer) -> Session:
    changed_at, epoch = customer.password_changed_at, customer.auth_epoch
    assert changed_at is not None and epoch is not None, "a user has a password"  # noqa: S101, PT018
    return await sessions.raise_level(
        bank,
        session,
        Level.FULL if days_left(bank, changed_at) > 0 else Level.CHANGE_ONLY,
        facts={"password_changed_at": changed_at.isoformat()},
        customer=customer,
        auth_epoch=epoch,
    )


def _is_entitled(session: Session, customer: Customer | None) -> bool:
    """Whether the customer still is who gave the right password in this session: nothing has ended it since."""
    return (
        customer is not None
        and session.facts["customer"] == str(customer.id)
        and session.facts["epoch"] == str(customer.auth_epoch)
        and customer.state == "active"
    )


def _customer_id(session: Session) -> int | None:
    return int(session.facts["customer"]) if session.facts["customer"] else None
