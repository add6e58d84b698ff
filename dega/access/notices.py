"""What a customer is told about their own access: by SMS to the registered mobile, and by e-mail where one is known."""

from dataclasses import replace
from typing import Literal

from dega import outbox
from dega.bank import Bank
from dega.clock import format_instant
from dega.deeds import Notice
from dega.store.access import Customer
from dega.store.database import Connection

About = Literal[
    "access_blocked",
    "access_unblocked",
    "access_registered",
    "access_reset",
    "access_closed",
    "password_changed",
    "mobile_changed",
    "email_changed",
    "language_changed",
    "contract_changed",
    "sessions_ended",
    "customer_opened",
    "account_opened",
    "account_status",
]
"""The templates: each has an SMS and an e-mail. They are given `name` and `at` (`22.11.2026 20:59`, Tirana), and the
facts that only they have."""


async def tell(connection: Connection, bank: Bank, customer: Customer, about: About, **more: str) -> None:
    """Put it into the outbox, in the transaction of what it tells of; `more` is what its template says besides."""
    data = {"name": customer.name, "at": format_instant(bank.clock.now()), **more}
    if customer.mobile:
        await outbox.put(connection, bank, Notice("sms", customer.mobile, about, customer.language, data))
    if customer.email:
        await outbox.put(connection, bank, Notice("email", customer.email, about, customer.language, data))


async def tell_of_mobile(connection: Connection, bank: Bank, customer: Customer, declared: str) -> None:
    """A change of the mobile number goes to the old one and to the new one: who didn't ask for it must learn of it."""
    await tell(connection, bank, customer, "mobile_changed")
    await tell(connection, bank, replace(customer, mobile=declared, email=None), "mobile_changed")


async def tell_of_email(connection: Connection, bank: Bank, customer: Customer, declared: str) -> None:
    """A change of the e-mail address goes to the old one, to the new one and to the phone."""
    await tell(connection, bank, customer, "email_changed")
    await tell(connection, bank, replace(customer, mobile=None, email=declared), "email_changed")
