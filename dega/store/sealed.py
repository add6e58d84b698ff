"""Which columns are sealed. The store takes and gives plain values; only the tables hold sealed ones."""

from dataclasses import dataclass

from dega.sealing import Fields
from dega.store.database import Record

MOBILE = "customer|mobile"
EMAIL = "customer|email"
RECIPIENT = "outbox|recipient"
CONTACT_OF_MESSAGE = "message|contact"
SEED = "factor|sealed_seed"
ARGUMENTS = "approval|arguments"

ARGON2 = "argon2"
"""As what a password's hash is sealed, under the pepper. Not bound to a row: it moves to the past ones as it is."""

PEPPER_INSIDE = "v0"
"""How hashes of before begin, which argon2 made of a password keyed with the pepper: `v0|kid|$argon2id…`."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a customer is reached, as the row keeps it: sealed, with what the mobile number is found by."""

    mobile: str | None
    mobile_index: bytes | None
    email: str | None


def seal_contact(fields: Fields, customer_id: int, mobile: str | None, email: str | None) -> Contact:
    """What the customer's row is to keep of a plain mobile number and e-mail address."""
    return Contact(
        None if mobile is None else fields.seal(mobile, f"{MOBILE}|{customer_id}"),
        None if mobile is None else fields.index(mobile, MOBILE),
        None if email is None else fields.seal(email, f"{EMAIL}|{customer_id}"),
    )


def reveal_contact(fields: Fields, customer_id: int, row: Record) -> dict[str, str | None]:
    """The plain `mobile` and `email` of a customer's row. Raises NotSealedHere."""
    mobile, email = row["mobile"], row["email"]
    return {
        "mobile": None if mobile is None else fields.reveal(mobile, f"{MOBILE}|{customer_id}"),
        "email": None if email is None else fields.reveal(email, f"{EMAIL}|{customer_id}"),
    }


def work_as_for_a_contact(fields: Fields) -> None:
    """Take as long as revealing a customer's contact does, where there is no customer."""
    for column in (MOBILE, EMAIL):
        fields.seal("nobody@example.com", column)


def seal_recipient(fields: Fields, row_id: int, recipient: str) -> str:
    """What the row of the outbox is to keep of a plain phone or mailbox."""
    return fields.seal(recipient, f"{RECIPIENT}|{row_id}")


def reveal_recipient(fields: Fields, row_id: int, kept: str) -> str:
    """The plain phone or mailbox of a row of the outbox. Raises NotSealedHere."""
    return fields.reveal(kept, f"{RECIPIENT}|{row_id}")


def seal_contact_of_message(fields: Fields, row_id: int, contact: str) -> str:
    """What a letter is to keep of the plain phone or mailbox that its author left."""
    return fields.seal(contact, f"{CONTACT_OF_MESSAGE}|{row_id}")


def reveal_contact_of_message(fields: Fields, row_id: int, kept: str | None) -> str | None:
    """The plain phone or mailbox that was left with a letter, if one was. Raises NotSealedHere."""
    return None if kept is None else fields.reveal(kept, f"{CONTACT_OF_MESSAGE}|{row_id}")
