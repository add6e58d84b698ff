"""Who writes to the bank in the tests, and what."""

from cast import Person

from dega.audit import Actor
from dega.bank import Bank
from dega.contact.complaints import complain
from dega.contact.limits import BY_HAND, Author, Sent
from dega.contact.messages import leave_message

MAILBOX = "elira@example.org"
STRANGER = Author(None, "sq", Actor("visitor", address_prefix="203.0.113.0/24"))


def author(person: Person) -> Author:
    """The person, logged in."""
    return Author(person.id, "sq", Actor(f"customer:{person.id}"))


async def say(
    bank: Bank,
    text: str = "Nuk e gjej mandatin.",
    by: Author = STRANGER,
    contact: str = "Elira@Example.org",
    sent: Sent = BY_HAND,
) -> str:
    """Leave a message; its reference."""
    return await leave_message(bank, by, "payment", "Elira Çela", contact, text, sent)


async def grumble(bank: Bank, by: Author = STRANGER, contact: str = MAILBOX, kind: str = "complaint") -> str:
    """Complain; the reference."""
    text, expected = "Komisioni u mbajt dy herë.", "Kthimin e njërit."
    return await complain(bank, by, kind, "Elira Çela", contact, text, expected)
