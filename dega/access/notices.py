"""What a customer is told about their own access: by SMS to the registered mobile, and by e-mail where one is known.

A block, and whatever staff do, goes on every way; of the rest the customer chose the ways (`alerts.py`).
"""

from dataclasses import replace
from typing import Literal

from dega import alerts, outbox
from dega.alerts import Kind
from dega.bank import Bank
from dega.clock import format_instant
from dega.store.access import Customer
from dega.store.database import Connection

About = Literal[
    "access_blocked",
    "access_paused",
    "access_paused_last",
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
    "new_device",
    "alerts_changed",
    "factor_added",
    "factor_removed",
    "factor_leaves",
    "factor_kept",
    "recovery_made",
    "recovery_used",
]
"""The templates: each has an SMS and an e-mail. They are given `name` and `at` (`22.11.2026 20:59`, Tirana), and the
facts that only they have."""


_CHOSEN: dict[About, Kind] = {
    "new_device": Kind.NEW_DEVICE,
    "password_changed": Kind.CREDENTIALS,
    "factor_added": Kind.CREDENTIALS,
    "factor_removed": Kind.CREDENTIALS,
    "factor_kept": Kind.CREDENTIALS,
    "recovery_made": Kind.CREDENTIALS,
}
"""What goes on the ways that the customer chose. Everything else goes on every way there is: also that a factor is
about to leave, or that a recovery code was used."""


async def tell(connection: Connection, bank: Bank, customer: Customer, about: About, **more: str) -> None:
    """Put it into the outbox, in the transaction of what it tells of. `more` is what the template says besides."""
    data = {"name": customer.name, "at": format_instant(bank.clock.now()), **more}
    kind, ways = _CHOSEN.get(about), alerts.EVERY_WAY
    if kind is not None:
        ways = (await alerts.choices_of(connection, bank, customer.id)).ways[kind]
    for notice in alerts.notices(customer, about, ways, data):
        await outbox.put(connection, bank, notice)


async def tell_of_mobile(connection: Connection, bank: Bank, customer: Customer, declared: str) -> None:
    """A change of the mobile number goes to the old one and to the new one: who didn't ask for it must learn of it."""
    await tell(connection, bank, customer, "mobile_changed")
    await tell(connection, bank, replace(customer, mobile=declared, email=None), "mobile_changed")


async def tell_of_email(connection: Connection, bank: Bank, customer: Customer, declared: str) -> None:
    """A change of the e-mail address goes to the old one, to the new one and to the phone."""
    await tell(connection, bank, customer, "email_changed")
    await tell(connection, bank, replace(customer, mobile=None, email=declared), "email_changed")
