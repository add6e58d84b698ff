"""Customers bar their own access: at once, without waiting for the Call Center (R26, R27). Staff take it back.

A bar stands in every browser and has no end; to whoever guesses at the number it looks like any other.
"""

from dega import audit
from dega.access import lockout, notices, sessions, stuffing
from dega.access.login import check_password
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import PasswordMissing
from dega.store import access as store
from dega.store.access import Customer
from dega.store.database import Connection


async def block_own(bank: Bank, session: Session, client: Client) -> None:
    """From inside ("it wasn't me"): blocked from now on, this session included. Blocking twice is blocking once."""
    sessions.require(session, Level.FULL, Level.CHANGE_ONLY)
    subject = await lockout.find(bank, session.customer_number)
    if subject.customer:
        await _block(bank, subject.customer, client)


async def block_with_password(bank: Bank, session: Session, password: str, client: Client) -> None:
    """Without the phone, which may be what was lost: number and password are enough to block, and for nothing else.

    Answers the same whether they were right or not; wrong ones count as failures, and the session ends. Raises
    PasswordMissing, Busy, TooManyFailures, SignInNeeded.
    """
    sessions.require(session, Level.NUMBER)
    if not password:
        raise PasswordMissing("password")
    async with bank.hasher.place() as place:
        subject = await lockout.find(bank, session.customer_number, client)
        await stuffing.admit(bank, subject, client)
        customer = await check_password(bank, place, subject, password, client)
    if customer:
        await _block(bank, customer, client)
    await sessions.end(bank, session)


async def bar(connection: Connection, bank: Bank, customer: Customer, actor: Actor, *, by: str, **data: str) -> bool:
    """Bar the access in this transaction; False where it was barred before.

    Sessions end, the trail keeps it, the owner is told. After the transaction Valkey is to forget the session.
    """
    if not await store.bar(connection, customer.id, by):
        return False
    await store.advance_epoch(connection, customer.id)
    await notices.tell(connection, bank, customer, "access_blocked")
    await audit.record(connection, actor, "access.block", f"customer:{customer.id}", blocked_by=by, **data)
    return True


async def _block(bank: Bank, customer: Customer, client: Client) -> None:
    async with bank.database.transaction() as connection:
        fell = await bar(connection, bank, customer, client.acting_for(customer.id), by="customer")
    if fell:
        await sessions.forget(bank, customer.id)
