"""The inbox of the staff (R43): what was written and by whom, what is answered, who has taken it, what is overdue.

Whatever staff look at or do here is kept in the audit trail under their name.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from dega import outbox
from dega.audit import Actor, record
from dega.bank import Bank
from dega.contact import notices
from dega.contact.messages import parse_reference, read_text
from dega.contact.words import Kind, State, Topic
from dega.errors import LetterClosed, NotFound, Refusal, Refusals
from dega.store import contact as store
from dega.store.database import Connection

Told = Literal["email", "sms", "nobody"]
"""On which way the author learns of an answer; `nobody`: a telephone that takes no SMS of ours has to be called."""

OPEN: tuple[State, ...] = ("received",)
EVERY: tuple[State, ...] = ("received", "answered", "closed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter in the list: whose turn it is, until when, who has taken it. `received_at` in UTC, `due_on` in Tirana.

    `is_undelivered`: it is answered, but the mailbox or the phone didn't take the answer.
    """

    reference: str
    kind: Kind
    topic: Topic
    state: State
    name: str
    received_at: datetime
    due_on: date
    assigned_to: str | None
    is_undelivered: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said on a letter. `operator` None: its author. `told` is what became of the notice, and `why`."""

    operator: str | None
    said_at: datetime
    text: str
    told: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Letter:
    """All of a letter, for whoever answers it; times in UTC, `due_on` in Tirana."""

    reference: str
    kind: Kind
    topic: Topic
    state: State
    name: str
    contact: str | None
    customer_number: str | None
    text: str
    expected: str
    language: str
    received_at: datetime
    due_on: date
    assigned_to: str | None
    is_undelivered: bool
    replies: tuple[Reply, ...]


async def inbox(
    bank: Bank, operator: str, states: tuple[State, ...] = OPEN, assigned_to: str | None = None, most: int = 100
) -> list[Entry]:
    """Letters in these states, of one operator or of all, the first due first."""
    async with bank.database.transaction() as connection:
        rows = await store.inbox(connection, list(states), assigned_to, most)
        await record(connection, _actor(operator), "inbox.listed", "inbox", letters=len(rows))
    return [_entry(row) for row in rows]


async def overdue(bank: Bank, operator: str) -> list[Entry]:
    """Letters whose last day for an answer is over, the longest first."""
    async with bank.database.transaction() as connection:
        rows = await store.overdue(connection)
        await record(connection, _actor(operator), "inbox.overdue", "inbox", letters=len(rows))
    return [_entry(row) for row in rows]


async def read(bank: Bank, reference: str, operator: str) -> Letter:
    """One letter and all that was said on it, by its reference however it is typed. Raises NotFound."""
    async with bank.database.transaction() as connection:
        row = await store.whole(connection, bank.fields, parse_reference(reference) or "")
        if row is None:
            raise NotFound()
        replies = await store.replies(connection, row.id)
        await _record(connection, operator, "message.read", row.reference)
    return _letter(row, replies)


async def answer(bank: Bank, reference: str, text: str, operator: str) -> Told:
    """Answer a letter, as staff (no other role may); how its author is told.

    The last answer said again changes nothing. Raises Refusals with what is wrong in the text, NotFound, LetterClosed.
    """
    refusals: list[Refusal] = []
    text = read_text(text, refusals)
    if refusals:
        raise Refusals(refusals)
    async with bank.database.transaction() as connection:
        known, held = await _hold(connection, bank, reference)
        notice = await notices.answer(connection, bank, held, known, text)
        told: Told = "nobody" if notice is None else notice.channel
        if await store.last_reply(connection, held.id) == (operator, text):
            return told
        outbox_id = await outbox.put(connection, bank, notice) if notice is not None else None
        await store.answer(connection, held.id, operator, text, outbox_id)
        await _record(connection, operator, "message.answered", known, told=told)
    return told


async def assign(bank: Bank, reference: str, to: str | None, operator: str) -> None:
    """Give an open letter to an operator; None: to nobody. Raises NotFound, LetterClosed."""
    async with bank.database.transaction() as connection:
        known, held = await _hold(connection, bank, reference)
        await store.assign(connection, held.id, to)
        await _record(connection, operator, "message.assigned", known, to=to or "")


async def close(bank: Bank, reference: str, operator: str, reason: str) -> None:
    """Nothing more is to be said, and nothing more can be. Raises NotFound, LetterClosed."""
    async with bank.database.transaction() as connection:
        known, held = await _hold(connection, bank, reference)
        await store.close(connection, held.id, operator)
        await _record(connection, operator, "message.closed", known, reason=reason)


async def _hold(connection: Connection, bank: Bank, reference: str) -> tuple[str, store.Held]:
    known = parse_reference(reference) or ""
    held = await store.hold(connection, bank.fields, known)
    if held is None:
        raise NotFound()
    if held.is_closed:
        raise LetterClosed()
    return known, held


def _actor(operator: str) -> Actor:
    return Actor(f"operator:{operator}")


async def _record(connection: Connection, operator: str, action: str, reference: str, **data: str) -> None:
    await record(connection, _actor(operator), action, f"message:{reference}", **data)


def _entry(row: store.InboxRow) -> Entry:
    return Entry(
        row.reference,
        cast(Kind, row.kind),
        cast(Topic, row.topic),
        cast(State, row.state),
        row.name,
        row.received_at,
        row.due_on,
        row.assigned_to,
        row.is_undelivered,
    )


def _letter(row: store.WholeRow, replies: list[store.ReplyRow]) -> Letter:
    return Letter(
        row.reference,
        cast(Kind, row.kind),
        cast(Topic, row.topic),
        cast(State, row.state),
        row.name,
        row.contact,
        row.customer_number,
        row.text,
        row.expected,
        row.language,
        row.received_at,
        row.due_on,
        row.assigned_to,
        row.is_undelivered,
        tuple(Reply(each.operator, each.said_at, each.text, each.told, each.why) for each in replies),
    )
