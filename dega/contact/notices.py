"""What people are told of their letters, by e-mail or SMS, and staff of the ones that wait.

A receipt repeats nothing that was typed: nobody can make the bank bring their words to a stranger's mailbox.
"""

from collections.abc import Sequence
from typing import Literal, cast, get_args

from dega.bank import Bank
from dega.clock import format_day
from dega.contact.words import KINDS, Kind
from dega.deeds import Notice
from dega.i18n import Language, translate
from dega.ids import PhoneError, parse_mobile
from dega.store import access
from dega.store.contact import Held, NewLetter, ReminderRow
from dega.store.database import Connection

ByEmail = Literal[
    "letter_kept", "complaint_kept", "letter_answered", "complaint_answered", "letter_waits", "inbox_reminder"
]
BySms = Literal["letter_waits"]
"""The templates. All but the reminder are given `reference`; then `due` (a complaint's receipt), `answer`."""

TEMPLATES = {"email": get_args(ByEmail), "sms": get_args(BySms)}


def receipt(bank: Bank, letter: NewLetter) -> Notice | None:
    """That it has come and how it is called, where its author left a mailbox."""
    if letter.contact is None or not _is_mailbox(letter.contact):
        return None
    facts = {"reference": letter.reference}
    if letter.kind != "complaint":
        return _by_email(letter.contact, "letter_kept", letter.language, facts)
    more = {"due": format_day(letter.due_on), "authority": bank.config.inbox.authority_address}
    return _by_email(letter.contact, "complaint_kept", letter.language, facts | more)


async def answer(connection: Connection, bank: Bank, letter: Held, reference: str, text: str) -> Notice | None:
    """The answer to the mailbox that was left; elsewhere only that there is one, to be read after logging in or with
    the reference. None where its author can't be reached that way: somebody has to call."""
    facts = {"reference": reference}
    if letter.contact is not None and _is_mailbox(letter.contact):
        if letter.kind != "complaint":
            return _by_email(letter.contact, "letter_answered", letter.language, {**facts, "answer": text})
        more = {"answer": text, "authority": bank.config.inbox.authority_address}
        return _by_email(letter.contact, "complaint_answered", letter.language, facts | more)
    if letter.contact is not None:
        mobile = _mobile(letter.contact)
        return None if mobile is None else Notice("sms", mobile, "letter_waits", letter.language, facts)
    customer = await access.customer_by_id(connection, bank.fields, letter.customer_id)
    if customer is None:
        return None
    if customer.email is not None:
        return _by_email(customer.email, "letter_waits", letter.language, facts)
    if customer.mobile is not None:
        return Notice("sms", customer.mobile, "letter_waits", letter.language, facts)
    return None


def reminder(bank: Bank, letters: Sequence[ReminderRow]) -> Notice:
    """Which letters wait, and which answers reached nobody, for staff, in the bank's first language."""
    language = bank.config.bank.languages[0]
    waiting = [_line(row, language) for row in letters if row.is_waiting]
    lost = [_line(row, language) for row in letters if not row.is_waiting]
    facts = {"count": str(len(letters)), "waiting": "\n".join(waiting), "lost": "\n".join(lost)}
    return _by_email(bank.config.inbox.reminder_email, "inbox_reminder", language, facts)


def _line(row: ReminderRow, language: Language) -> str:
    kind = translate(language, KINDS[cast(Kind, row.kind)])
    return " · ".join(part for part in (row.reference, format_day(row.due_on), kind, row.assigned_to) if part)


def _is_mailbox(contact: str) -> bool:
    """Whether it is an e-mail address; else it is a phone number."""
    return "@" in contact


def _mobile(contact: str) -> str | None:
    """The number, if an SMS costs what one in Albania does and gets there."""
    try:
        return parse_mobile(contact)
    except PhoneError:
        return None


def _by_email(mailbox: str, template: ByEmail, language: str, facts: dict[str, str]) -> Notice:
    return Notice("email", mailbox, template, language, facts)
