"""Who the customers are. The branch opens them and keeps what is known of them; online they read it and no more."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dega.audit import Actor, record
from dega.bank import Bank
from dega.clock import local_day
from dega.errors import NotFound
from dega.ids import mask_phone, new_customer_number
from dega.store import accounts
from dega.store.database import Connection

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who was just opened."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What customers see of themselves. The mobile number is masked; None where none is declared."""

    number: str
    name: str
    mobile_masked: str | None
    email: str | None
    kshbi_version: int | None
    customer_since: date


async def open_customer(
    connection: Connection,
    bank: Bank,
    actor: Actor,
    *,
    name: str,
    kind: Literal["individual", "business"] = "individual",
    personal_number: str | None = None,
    mobile: str | None = None,
    email: str | None = None,
    kshbi_version: int | None = None,
    language: Literal["sq", "en"] = "sq",
) -> Customer:
    """Open a customer in this transaction, with a random customer number that is theirs for ever (R10).

    `mobile` is international (`+355…`). A personal number that somebody has already is the schema's to refuse.
    """
    while True:
        number = new_customer_number(_chance)
        customer_id = await accounts.open_customer(
            connection, bank.fields, number, personal_number, kind, name, mobile, email, kshbi_version, language
        )
        if customer_id is not None:
            break
    await record(connection, actor, "customer.opened", f"customer:{customer_id}", kind=kind)
    return Customer(customer_id, number)


async def profile(bank: Bank, customer_id: int) -> Profile:
    """What the bank knows of the customer, for the customer's own eyes. Raises NotFound."""
    async with bank.database.connection() as connection:
        row = await accounts.customer(connection, bank.fields, customer_id)
    if row is None:
        raise NotFound()
    return Profile(
        number=row.number,
        name=row.name,
        mobile_masked=mask_phone(row.mobile) if row.mobile else None,
        email=row.email,
        kshbi_version=row.kshbi_version,
        customer_since=local_day(row.opened_at),
    )
