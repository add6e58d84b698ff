"""Customers block their own access: at once, without waiting for the Call Center (R26, R27). Staff take it back."""

from dega.access import lockout, sessions
from dega.access.lockout import Subject
from dega.access.login import check_password
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.audit import Actor
from dega.bank import Bank
from dega.errors import PasswordMissing
from dega.store import access as store
from dega.store.access import Customer


async def block_own(bank: Bank, session: Session, client: Client) -> None:
    """From inside ("it wasn't me"): blocked from now on, this session included. Blocking twice is blocking once."""
    sessions.require(session, Level.FULL, Level.CHANGE_ONLY)
    subject = await lockout.find(bank, session.customer_number)
    if subject.customer:
        await _block(bank, subject, subject.customer, client)


async def block_with_password(bank: Bank, session: Session, password: str, client: Client) -> None:
    """Without the phone, which may be what was lost: number and password are enough to block, and for nothing else.

    Answers the same whether they were right or not; wrong ones count as failures, and the session ends. Raises
    PasswordMissing, Busy, SignInNeeded.
    """
    sessions.require(session, Level.NUMBER)
    if not password:
        raise PasswordMissing("password")
    async with bank.hasher.place() as place:
        subject = await lockout.find(bank, session.customer_number)
        customer = await check_password(bank, place, subject, password, client)
    if customer:
        await _block(bank, subject, customer, client)
    await sessions.end(bank, session)


async def _block(bank: Bank, subject: Subject, customer: Customer, client: Client) -> None:
    actor = Actor(f"customer:{customer.id}", client.request_id, client.address_prefix)
    async with bank.database.transaction() as connection:
        fell = await store.block(connection, subject.id, customer.id, "customer")
        if fell:
            await lockout.record_block(connection, bank, subject, actor, blocked_by="customer")
    await lockout.after_block(bank, subject, fell)
