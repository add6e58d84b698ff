"""Four eyes: what one operator asks for is done only when another one says so, who isn't the same person.

A request says what is to be done, not to be changed by anybody afterwards; how the customer stood when it was asked for
is kept as a digest, so that nobody approves something else than what was meant. Who an operator is, is what they say
(`--operator`): the bank's own login to the machine is what keeps one from using another's name.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import datetime

import msgspec

from dega import audit
from dega.audit import Actor
from dega.bank import Bank
from dega.ids import compact
from dega.store import approvals as store
from dega.store.access import Customer, Lockout
from dega.store.approvals import Approval
from dega.store.database import Connection
from dega.store.sealed import ARGUMENTS


class NotDone(Exception):
    """Why an action wasn't done: a sentence for the operator."""


def require_reason(operator: str, reason: str) -> None:
    """Raises NotDone where it isn't said who acts and why."""
    if not operator.strip() or not reason.strip():
        raise NotDone("Say who you are and give a reason: both are kept in the audit trail.")


def is_same_operator(one: str, other: str) -> bool:
    """Whether two names are one person's, however they are spaced and capitalised."""
    return _plain(one) == _plain(other)


async def request(
    connection: Connection,
    bank: Bank,
    customer: Customer,
    against: Lockout,
    *,
    action: str,
    arguments: Mapping[str, str],
    shown: str,
    operator: str,
    reason: str,
) -> tuple[int, datetime]:
    """Keep the request; its id, and when it expires (UTC). Raises NotDone where the same is asked for already."""
    for open_one in await store.waiting(connection, customer.id, 100):
        if open_one.action == action:
            raise NotDone(f"{action} is asked for already: request {open_one.id} of {open_one.requested_by}.")
    kept = await store.request(
        connection,
        customer.id,
        action,
        bank.fields.seal(msgspec.json.encode(dict(arguments)).decode(), _place(customer.id)),
        shown,
        _seen(bank, customer, against),
        operator.strip(),
        reason.strip(),
        bank.config.staff.approval_hours,
    )
    await audit.record(
        connection,
        Actor(f"operator:{operator.strip()}"),
        "approval.request",
        f"customer:{customer.id}",
        approval=kept[0],
        requested=action,
        shown=shown,
        reason=reason.strip(),
    )
    return kept


async def take(connection: Connection, approval_id: int, operator: str) -> Approval:
    """The request, locked until this transaction ends, if this operator may approve it now. Raises NotDone."""
    approval = await _open(connection, approval_id)
    if is_same_operator(approval.requested_by, operator):
        raise NotDone(f"Request {approval_id} is your own: another operator must approve it.")
    return approval


def refuse_changed(bank: Bank, approval: Approval, customer: Customer, against: Lockout) -> None:
    """Raises NotDone where the customer doesn't stand as when it was asked for."""
    if approval.customer_id != customer.id or not hmac.compare_digest(approval.seen, _seen(bank, customer, against)):
        raise NotDone(
            f"Since request {approval.id} something has changed for {customer.number} (mobile, e-mail, state, password"
            " or block). Look at the customer; decline the request, and ask anew if it is still right."
        )


async def settle(connection: Connection, approval: Approval, operator: str, reason: str) -> None:
    """It is done: kept in the transaction that did it, with both names."""
    await store.decide(connection, approval.id, "approved", operator.strip())
    await _record(connection, approval, "approval.approve", operator, reason)


async def decline(bank: Bank, approval_id: int, *, operator: str, reason: str) -> None:
    """It won't be done; who asked for it may say so too. Raises NotDone."""
    require_reason(operator, reason)
    async with bank.database.transaction() as connection:
        approval = await _open(connection, approval_id)
        await store.decide(connection, approval.id, "declined", operator.strip())
        await _record(connection, approval, "approval.decline", operator, reason)


async def find(bank: Bank, approval_id: int, operator: str) -> Approval:
    """The request, if this operator may approve it now. Raises NotDone. `take` asks once more, where it binds."""
    async with bank.database.transaction() as connection:
        return await take(connection, approval_id, operator)


async def waiting(bank: Bank, customer_id: int | None = None, most: int = 200) -> list[Approval]:
    """What waits for a second operator, the oldest first."""
    async with bank.database.connection() as connection:
        return await store.waiting(connection, customer_id, most)


def arguments_of(bank: Bank, approval: Approval) -> dict[str, str]:
    """What the action is to be done with."""
    return msgspec.json.decode(
        bank.fields.reveal(approval.arguments, _place(approval.customer_id)), type=dict[str, str]
    )


async def _open(connection: Connection, approval_id: int) -> Approval:
    approval = await store.lock(connection, approval_id)
    if approval is None:
        raise NotDone(f"There is no request {approval_id}.")
    if approval.decision is not None:
        raise NotDone(f"Request {approval_id} was {approval.decision} already, by {approval.decided_by}.")
    if approval.is_expired:
        raise NotDone(f"Request {approval_id} has expired. Ask anew if it is still right.")
    return approval


async def _record(connection: Connection, approval: Approval, action: str, operator: str, reason: str) -> None:
    await audit.record(
        connection,
        Actor(f"operator:{operator.strip()}"),
        action,
        f"customer:{approval.customer_id}",
        approval=approval.id,
        requested=approval.action,
        requested_by=approval.requested_by,
        shown=approval.shown,
        reason=reason.strip(),
    )


def _seen(bank: Bank, customer: Customer, against: Lockout) -> bytes:
    """How the customer stands, as far as it matters to whoever approves.

    Failures, and blocks that end by themselves, come and go: whoever guesses at a number must not void what is asked.
    """
    closed = (against.since, against.by) if against.is_lasting else (None, None)
    facts = (
        customer.mobile,
        customer.email,
        customer.state,
        customer.password_changed_at,
        *closed,
    )
    return hmac.new(bank.keys.subjects, b"approval|" + msgspec.json.encode(facts), hashlib.sha256).digest()


def _place(customer_id: int) -> str:
    """Where arguments stand, as far as it is known before their row is: they open for no other customer."""
    return f"{ARGUMENTS}|{customer_id}"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", compact(name)).casefold()
