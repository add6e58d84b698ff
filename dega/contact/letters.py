"""What authors see of their letters: customers in "Mesazhet", strangers by the reference and the contact they left."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import cast

from dega.audit import record
from dega.bank import Bank
from dega.contact import deadline, limits
from dega.contact.limits import BY_HAND, Author, Sent
from dega.contact.messages import parse_contact, parse_reference, read_text
from dega.contact.words import Kind, State, Topic
from dega.errors import ContactMissing, LetterClosed, NotFound, Refusal, Refusals
from dega.store import contact as store

NOBODYS = "M-0000-0000"
"""What is looked for in the place of what can't be a reference."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A letter in its author's list; `last_at` in UTC."""

    reference: str
    kind: Kind
    topic: Topic
    state: State
    last_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Something said on a letter after it was written, by the bank or by its author; `said_at` in UTC."""

    by_bank: bool
    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A letter with all that was said on it. While it is `received`, `due_on` is the last day for the answer."""

    reference: str
    kind: Kind
    topic: Topic
    text: str
    expected: str
    received_at: datetime
    due_on: date
    state: State
    parts: tuple[Part, ...]


async def my_letters(bank: Bank, customer_id: int, most: int = 100, skip: int = 0) -> list[Summary]:
    """What the customer wrote while logged in, what was said on last first; without so many at the beginning."""
    async with bank.database.connection() as connection:
        rows = await store.letters_of(connection, customer_id, most, skip)
    return [
        Summary(
            row.reference,
            cast(Kind, row.kind),
            cast(Topic, row.topic),
            cast(State, row.state),
            row.last_at,
            row.is_unread,
        )
        for row in rows
    ]


async def unread(bank: Bank, customer_id: int) -> int:
    """How many of the customer's letters have an answer that they haven't seen. Raises PartAway, Busy."""
    return await bank.together.ask(store.unread_of, customer_id) or 0


async def open_letter(bank: Bank, customer_id: int, reference: str) -> Thread:
    """One letter of the customer's, which they have seen from now on. Raises NotFound."""
    async with bank.database.transaction() as connection:
        row = await store.letter_of(connection, customer_id, parse_reference(reference) or NOBODYS)
        if row is None:
            raise NotFound()
        replies = await store.replies(connection, row.id)
        if replies:
            await store.mark_read(connection, row.id, replies[-1].id)
    return _thread(row, replies)


async def reply(bank: Bank, author: Author, reference: str, text: str, sent: Sent = BY_HAND) -> None:
    """Say something besides on a letter of one's own; the bank has as long to answer as for the letter.

    The same form sent twice is one reply. Raises Refusals with what is wrong in `text`, then what speaks against the
    form; NotFound, LetterClosed, TooManyLetters, PartAway.
    """
    refusals: list[Refusal] = []
    text, known = read_text(text, refusals), parse_reference(reference)
    if author.customer_id is None or known is None:
        raise NotFound()
    if refusals:
        raise Refusals(refusals)
    if sent.doubt is not None:
        raise sent.doubt
    async with bank.database.transaction() as connection:
        held = await store.hold_own(connection, author.customer_id, known)
        if held is None:
            raise NotFound()
        message_id, kind, is_closed = held
        if is_closed:
            raise LetterClosed("text")
        due_on = await deadline.last_day(connection, bank, deadline.days_for(bank, kind))
        if await store.add_reply(connection, message_id, text, due_on, sent.key):
            await limits.admit(bank, author)  # only now: a form that is sent again is not counted
            await record(connection, author.actor, "message.replied", f"message:{known}")


async def follow(bank: Bank, author: Author, reference: str, contact: str) -> Thread:
    """The letter with this reference, for whoever knows the contact that was left with it.

    Raises NotFound, after the same work and the same count whatever was wrong; TooManyRequests, PartAway.
    """
    known = parse_reference(reference) or NOBODYS
    try:
        contact = parse_contact(contact)
    except ContactMissing:
        contact = ""
    await limits.admit_guess(bank, reference if known == NOBODYS else known, author.actor)
    async with bank.database.connection() as connection:
        message_id, kept = await store.contact_of(connection, bank.fields, known)
        digests = [sha256(text.encode()).digest() for text in (kept, contact)]
        if not hmac.compare_digest(*digests) or message_id is None:
            raise NotFound()
        row = await store.letter_by_id(connection, message_id)
        return _thread(row, await store.replies(connection, row.id))


def _thread(row: store.LetterRow, replies: list[store.ReplyRow]) -> Thread:
    return Thread(
        row.reference,
        cast(Kind, row.kind),
        cast(Topic, row.topic),
        row.text,
        row.expected,
        row.received_at,
        row.due_on,
        cast(State, row.state),
        tuple(Part(each.operator is not None, each.text, each.said_at) for each in replies),
    )
