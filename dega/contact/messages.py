"""Messages that people leave (R40), with a session or without one. Each gets a reference, which tells its state."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from dega.audit import Actor, record
from dega.bank import Bank
from dega.errors import (
    ContactMissing,
    NameMissing,
    NotFound,
    Refusal,
    Refusals,
    TextCharacters,
    TextMissing,
    TextTooLong,
)
from dega.i18n import Language
from dega.ids import (
    CodeError,
    TextError,
    TextProblem,
    clean_name,
    clean_text,
    compact,
    new_message_reference,
    parse_message_reference,
)
from dega.store import contact as store

LONGEST_NAME = 70
LONGEST_CONTACT = 120
LONGEST_TEXT = 2000
"""Characters of a message; two pages of a letter."""

Kind = Literal["message", "suggestion", "complaint"]
State = Literal["received", "answered", "closed"]


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said, as they may see it again; `received_at` in UTC."""

    reference: str
    kind: Kind
    text: str
    received_at: datetime
    state: State


async def leave_message(
    bank: Bank, name: str, contact: str, text: str, customer_id: int | None, language: Language, actor: Actor
) -> str:
    """Keep a message; its reference. Raises Refusals with all that is wrong in `name`, `contact` and `text`."""
    refusals: list[Refusal] = []
    said = read_said(name, contact, text, refusals)
    if refusals:
        raise Refusals(refusals)
    return await keep(bank, "message", said, customer_id, language, actor)


async def my_messages(bank: Bank, customer_id: int, most: int = 50) -> list[Message]:
    """What the customer said last while logged in, newest first."""
    async with bank.database.connection() as connection:
        return [_message(row) for row in await store.messages_of(connection, customer_id, most)]


async def follow(bank: Bank, reference: str, contact: str) -> Message:
    """The message with this reference, for whoever knows the contact that was left with it. Raises NotFound."""
    try:
        reference, contact = parse_message_reference(reference), parse_contact(contact)
    except (CodeError, ContactMissing):
        raise NotFound() from None
    async with bank.database.connection() as connection:
        row = await store.message_by_contact(connection, reference, contact)
    if row is None:
        raise NotFound()
    return _message(row)


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed, cleaned: who, where to answer, what."""

    name: str
    contact: str
    text: str


def read_said(name: str, contact: str, text: str, refusals: list[Refusal]) -> Said:
    """What was typed, cleaned; whatever is wrong with it is added to `refusals`."""
    try:
        name = clean_name(name, LONGEST_NAME)
    except TextError as error:
        refusals.append(_text_refusal(error, "name", NameMissing, LONGEST_NAME))
    try:
        contact = parse_contact(contact)
    except ContactMissing as refusal:
        refusals.append(refusal)
    try:
        text = clean_text(text, LONGEST_TEXT, lines=True)
    except TextError as error:
        refusals.append(_text_refusal(error, "text", TextMissing, LONGEST_TEXT))
    return Said(name, contact, text)


async def keep(bank: Bank, kind: Kind, said: Said, customer_id: int | None, language: Language, actor: Actor) -> str:
    """Keep what was said under a new reference, audited; the reference."""
    async with bank.database.transaction() as connection:
        while True:
            reference = new_message_reference()
            if await store.keep(connection, reference, kind, customer_id, said.name, said.contact, said.text, language):
                break
        await record(connection, actor, "message.left", f"message:{reference}", kind=kind)
    return reference


_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
# How numbers are typed, and what stands for it, in this order; 6[7-9] and seven digits is a mobile number of Albania.
_SPELLINGS = ((r"\(0\)|[()/.-]", ""), (r"^00", "+"), (r"^0|^(?=6[7-9][0-9]{7}$)", "+355"))


def parse_contact(typed: str) -> str:
    """An e-mail address in small letters, or a phone number in one spelling: `+355691234567`, `+4930123456`.

    A number without a country is one of Albania. Raises ContactMissing for anything else.
    """
    if len(typed) > LONGEST_CONTACT:
        raise ContactMissing("contact")
    contact = compact(typed).lower()
    if _EMAIL.fullmatch(contact):
        return contact
    for spelling, plain in _SPELLINGS:
        contact = re.sub(spelling, plain, contact)
    if _PHONE.fullmatch(contact) is None:
        raise ContactMissing("contact")
    return contact


def _text_refusal(error: TextError, field: str, missing: type[Refusal], most: int) -> Refusal:
    match error.reason:
        case TextProblem.EMPTY:
            return missing(field)
        case TextProblem.TOO_LONG:
            return TextTooLong(field, most=most)
        case TextProblem.CHARACTERS:
            return TextCharacters(field)


def _message(row: store.MessageRow) -> Message:
    return Message(row.reference, cast(Kind, row.kind), row.text, row.received_at, cast(State, row.state))
