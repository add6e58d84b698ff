"""Messages that people leave (R40), with a session or without one. Each gets a reference, which tells its state."""

import re
from typing import NamedTuple, cast

from dega import outbox
from dega.audit import record
from dega.bank import Bank
from dega.contact import deadline, limits, notices
from dega.contact.limits import BY_HAND, Author, Sent
from dega.contact.words import TOPICS, Kind, Topic
from dega.errors import (
    ContactMissing,
    NameMissing,
    Refusal,
    Refusals,
    TextCharacters,
    TextMissing,
    TextTooLong,
    TopicMissing,
)
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
LONGEST_EXPECTED = 500


class Said(NamedTuple):
    """What was typed, cleaned: who, where to answer (None: in the internet branch), what, and what is expected."""

    name: str
    contact: str | None
    text: str
    expected: str = ""


async def leave_message(
    bank: Bank, author: Author, topic: str, name: str, contact: str, text: str, sent: Sent = BY_HAND
) -> str:
    """Keep a message; its reference. Whoever is logged in may leave the contact empty.

    The same form sent twice is one message. Raises Refusals with all that is wrong in `topic`, `name`, `contact` and
    `text`, and only then what speaks against the form; TooManyLetters, PartAway.
    """
    refusals: list[Refusal] = []
    if topic not in TOPICS:
        refusals.append(TopicMissing("topic"))
    said = read_said(author, name, contact, text, refusals)
    if refusals:
        raise Refusals(refusals)
    return await keep(bank, author, "message", cast(Topic, topic), said, sent)


def read_said(author: Author, name: str, contact: str, text: str, refusals: list[Refusal]) -> Said:
    """What was typed, cleaned; whatever is wrong with it is added to `refusals`."""
    where: str | None = None
    if author.customer_id is None:  # whoever is logged in is called what the bank calls them, however that is spelled
        try:
            name = clean_name(name, LONGEST_NAME)
        except TextError as error:
            refusals.append(text_refusal(error, "name", NameMissing, LONGEST_NAME))
    try:
        where = parse_contact(contact) if contact.strip() or author.customer_id is None else None
    except ContactMissing as refusal:
        refusals.append(refusal)
    return Said(name, where, read_text(text, refusals))


def read_text(text: str, refusals: list[Refusal]) -> str:
    """What was said, cleaned; whatever is wrong with it is added to `refusals`."""
    try:
        return clean_text(text, LONGEST_TEXT, lines=True)
    except TextError as error:
        refusals.append(text_refusal(error, "text", TextMissing, LONGEST_TEXT))
        return ""


async def keep(bank: Bank, author: Author, kind: Kind, topic: Topic, said: Said, sent: Sent) -> str:
    """Keep what was said under a new reference, audited, with a receipt where a mailbox was left; the reference.

    Raises what speaks against the form, TooManyLetters, PartAway.
    """
    if sent.doubt is not None:
        raise sent.doubt
    async with bank.database.transaction() as connection:
        due_on = await deadline.last_day(connection, bank, deadline.days_for(bank, kind))
        while True:
            letter = store.NewLetter(
                new_message_reference(), kind, topic, author.customer_id, said.name, said.contact, said.text,
                said.expected, author.language, due_on, sent.key,
            )  # fmt: skip
            if await store.keep(connection, bank.fields, letter):
                break
            before = await store.reference_of_form(connection, sent.key)
            if before is not None:
                return before
        await limits.admit(bank, author)  # only now: a form that comes again, or twice at once, counts once
        notice = notices.receipt(bank, letter)
        if notice is not None and await limits.admit_receipt(bank, notice.recipient):
            await outbox.put(connection, bank, notice)
        await record(connection, author.actor, "message.left", f"message:{letter.reference}", kind=kind)
    return letter.reference


def parse_reference(typed: str) -> str | None:
    """The reference as it was given, however it is typed; None where it can't be one."""
    try:
        return parse_message_reference(typed)
    except CodeError:
        return None


# A mailbox as mail servers take it, so that no receipt is refused for its address.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}")
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


def text_refusal(error: TextError, field: str, missing: type[Refusal], most: int) -> Refusal:
    """The refusal that says what is wrong with a name or a text."""
    match error.reason:
        case TextProblem.EMPTY:
            return missing(field)
        case TextProblem.TOO_LONG:
            return TextTooLong(field, most=most)
        case TextProblem.CHARACTERS:
            return TextCharacters(field)
