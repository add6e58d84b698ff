"""A deed is what is to be booked: whole or not at all, and once, whatever happens on the way. Its key makes it one."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from dega.money import Money

Purpose = Literal["payment", "fee", "exchange", "interest", "tax"]
"""`exchange`: one leg into the position account of one currency, one out of that of another (`ledger/chart.py`).
`interest` is paid or charged whole; `tax` is what of it is withheld for the state."""


class Leg(Struct, frozen=True):
    """One transfer of the deed: an amount (> 0) in one currency from the debit to the credit account."""

    debit_account_id: int
    credit_account_id: int
    amount: Money
    purpose: Purpose = "payment"


class Particulars(Struct, frozen=True):
    """Who pays whom and what for, as it is known at the time of booking; kept with the movement for ever."""

    payer_name: str
    payee_name: str
    description: str
    payer_iban: str | None = None
    payee_iban: str | None = None


class Authority(Struct, frozen=True):
    """What entitles a customer's deed: the prepared payment, the code bound to it, the customer's standing.

    `digest` is what the code was bound to, `challenge_id` the code that was typed (None where the deed needs none).
    `day_limit` is None where the deed spends nothing (own accounts). `new_payee_hold` is how long after a change of the
    mobile number only payees of before may be paid (None: the deed pays nobody else). `is_promised`: it was confirmed
    during the daily update; its code was used up then, and no session is asked for.
    """

    payment_id: UUID
    customer_id: int
    auth_epoch: int
    digest: bytes
    needs_code: bool
    challenge_id: UUID | None
    day_limit: Money | None
    new_payee_hold: timedelta | None = None
    is_promised: bool = False


class Notice(Struct, frozen=True):
    """Something to be told to someone once the deed is booked; written in the same transaction."""

    channel: Literal["sms", "email"]
    recipient: str
    template: str
    language: str
    data: dict[str, str] = {}


class Deed(Struct, frozen=True):
    """What is to be booked. Without an authority it is the bank's own deed; `by_night` deeds book behind the gate.

    `notices` are told once it is booked; `notices_to_new_payee` in their place where the customer has never paid this
    payee before (None: the same).
    """

    key: UUID
    kind: str
    legs: tuple[Leg, ...]
    particulars: Particulars
    authority: Authority | None = None
    notices: tuple[Notice, ...] = ()
    notices_to_new_payee: tuple[Notice, ...] | None = None
    by_night: bool = False
    actor: str = "bank"
    request_id: str = ""


class Booking(Struct, frozen=True):
    """What became of a deed: its movement and the moment (UTC) at which the ledger took it."""

    movement_id: int
    booked_at: datetime
