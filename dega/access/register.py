"""Registering: a customer of the branch becomes a user of the internet branch, by their number and their phone.

Who may not register is told why and where to go (R6 to R8, R13). An unknown number is told nothing: it is led on like
one that may, and no code is ever right.
"""

from functools import partial

from dega import audit
from dega.access import lockout, notices, otp, password, policy, sessions, stuffing, texts
from dega.access.lockout import Subject
from dega.access.login import challenge_id, read_number
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.config import Config
from dega.errors import (
    CodeSpent,
    PasswordsDiffer,
    RegisterBusiness,
    RegisterNoContract,
    RegisterNoMobile,
    RegisterNotPossible,
    RegisterOldContract,
    SignInNeeded,
)
from dega.store import access as store
from dega.store.access import Customer


async def give_number(bank: Bank, typed: str, client: Client) -> Session:
    """A session that may give the code sent to the registered phone (R8, R9).

    Raises CustomerNumberMissing, CustomerNumberShape, then in this order RegisterBusiness, RegisterNoContract,
    RegisterOldContract, RegisterNoMobile, RegisterNotPossible; and TooManyCodes, TooManyFailures.
    """
    number = read_number(typed)
    subject = await lockout.find(bank, number)
    await stuffing.admit(bank, subject, client)
    blocked = await lockout.is_blocked(bank, subject)
    if subject.customer:
        _refuse_unentitled(bank.config, subject.customer)
    customer = subject.customer if not blocked else None
    challenge = await otp.issue(
        bank,
        purpose="register",
        customer_id=customer.id if customer else None,
        mobile=customer.mobile if customer else None,
        text=partial(texts.sms, bank, "register", customer),
        digest=subject.id,
        subject=subject.id,
    )
    facts = {"challenge": str(challenge), "customer": str(customer.id) if customer else ""}
    return await sessions.start(bank, Level.REGISTER_CODE, customer_number=number, client=client, facts=facts)


async def resend(bank: Bank, session: Session) -> Session:
    """Send another code in the place of the last one. Raises ResendTooSoon, TooManyCodes, CodeSpent, SignInNeeded."""
    sessions.require(session, Level.REGISTER_CODE)
    subject = await lockout.find(bank, session.customer_number)
    blocked = await lockout.is_blocked(bank, subject)
    customer = subject.customer if _customer_id(session) is not None and not blocked else None
    await otp.reissue(
        bank,
        challenge_id(session),
        purpose="register",
        customer_id=_customer_id(session),
        mobile=customer.mobile if customer else None,
        text=partial(texts.sms, bank, "register", customer),
        digest=subject.id,
        subject=subject.id,
    )
    return session


async def give_code(bank: Bank, session: Session, code: str, client: Client) -> Session:
    """A session that may choose the password: whoever gave the code has the registered phone.

    Raises what `otp.verify` raises: a wrong code counts as a failure of the number, known or not.
    """
    sessions.require(session, Level.REGISTER_CODE)
    subject_id = (await lockout.find(bank, session.customer_number)).id
    challenge, customer_id = challenge_id(session), _customer_id(session)
    await otp.verify(bank, challenge, code, purpose="register", customer_id=customer_id, digest=subject_id)
    async with bank.database.transaction() as connection:
        consumed = await otp.consume(connection, challenge)
    if not consumed:
        raise CodeSpent("code")
    await stuffing.give_back(bank, client)
    facts = {"customer": session.facts["customer"]}
    return await sessions.raise_level(bank, session, Level.REGISTER_PASSWORD, facts=facts)


async def choose_password(bank: Bank, session: Session, password_: str, again: str, client: Client) -> None:
    """The customer is a user from now on and can log in at once (R12); the session ends.

    Raises the refusals of the password (fields `password` and `again`), RegisterNotPossible where another registration
    was quicker, SignInNeeded.
    """
    sessions.require(session, Level.REGISTER_PASSWORD)
    subject = await lockout.find(bank, session.customer_number)
    customer = subject.customer
    if customer is None or customer.id != _customer_id(session):
        raise SignInNeeded()
    _refuse_unentitled(bank.config, customer)
    found = policy.problems(bank.config, password_, customer, field="password")
    if not policy.same(password_, again):
        found.append(PasswordsDiffer("again"))
    password.refuse_unfit(found)
    await password.refuse_recent(bank, customer, password_, field="password")
    kept = await bank.hasher.hash(password_)
    await _become_user(bank, subject, customer, kept, client)
    await otp.forget_wrong(bank, subject.id)
    await sessions.end(bank, session)


async def _become_user(bank: Bank, subject: Subject, customer: Customer, kept: str, client: Client) -> None:
    async with bank.database.transaction() as connection:
        await store.forgive(connection, subject.id)
        await store.remember_password(connection, customer.id)
        if await store.register(connection, customer.id, kept) is None:
            raise RegisterNotPossible()
        await audit.record(connection, client.acting_for(customer.id), "access.register", f"customer:{customer.id}")
        await notices.tell(connection, bank, customer, "access_registered")


def _refuse_unentitled(config: Config, customer: Customer) -> None:
    """In the order in which a customer can do something about it."""
    needed = config.bank.kshbi_version
    if customer.kind != "individual":
        raise RegisterBusiness()
    if customer.kshbi_version is None:
        raise RegisterNoContract()
    if customer.kshbi_version < needed:
        raise RegisterOldContract(version=f"{customer.kshbi_version:03d}", needed=f"{needed:03d}")
    if customer.mobile is None:
        raise RegisterNoMobile()
    if customer.state not in (None, "reset"):
        raise RegisterNotPossible()


def _customer_id(session: Session) -> int | None:
    return int(session.facts["customer"]) if session.facts["customer"] else None
