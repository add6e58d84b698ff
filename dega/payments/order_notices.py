"""What the customer is told of an order: that it stands or is stopped, that it was paid, that it wasn't and why."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from dega.alerts import EVERY_WAY, Choices, Kind, Ways, notices, reaching
from dega.clock import format_day
from dega.deeds import Notice
from dega.errors import InsufficientFunds, Refusal
from dega.i18n import LANGUAGES, Language, sentence_of
from dega.ids import gsm_text
from dega.money import Money, format_money
from dega.payments.notices import SMS_NAME
from dega.payments.payment import Payment
from dega.payments.standing_orders import StandingOrder
from dega.store.orders import DueRow
from dega.store.payments import Payer

OrderAbout = Literal[
    "order_made", "order_stopped", "order_paid", "order_short", "order_given_up", "order_refused", "promise_refused"
]
"""The templates. They are given `name`, `amount`, `payee`, `account`; of one date `day`; letters of a refusal `why`."""


def of_confirmed(order: StandingOrder, about: OrderAbout, payer: Payer, choices: Choices) -> tuple[Notice, ...]:
    """It stands from now on, or is stopped: told as a new payee is. `amount` of one that sweeps is what stays."""
    return _tell(payer, about, choices.ways[Kind.NEW_PAYEE], order.payee_name, order.payee_iban, order.amount)


def of_paid(row: DueRow, amount: Money, payer: Payer, choices: Choices) -> tuple[Notice, ...]:
    """It was paid: told as payments are, by the more telling of the alerts that they want."""
    is_large = amount >= choices.large(amount.currency) and choices.ways[Kind.LARGE_PAYMENT].any
    ways = choices.ways[Kind.LARGE_PAYMENT if is_large else Kind.PAYMENT]
    return _tell(payer, "order_paid", ways, row.payee_name, row.payee_iban, amount, day=format_day(row.next_on))


def of_unpaid(row: DueRow, amount: Money, refusal: Refusal, payer: Payer, *, again: bool) -> tuple[Notice, ...]:
    """It wasn't paid. Of missing money the first night tells, and the last one that it isn't tried any more."""
    about: OrderAbout = "order_refused"
    why = {"why": _sentence(payer, refusal)}
    if isinstance(refusal, InsufficientFunds):
        about, why = "order_short" if again else "order_given_up", {}
        if again and row.retry_until is not None:
            return ()
    day = format_day(row.next_on)
    return _tell(payer, about, EVERY_WAY, row.payee_name, row.payee_iban, amount, by_email=why, day=day)


def of_broken_promise(payment: Payment, refusal: Refusal, payer: Payer) -> tuple[Notice, ...]:
    """What was promised for after midnight wasn't made: its payee is named as far as the payer knows the name."""
    why = {"why": _sentence(payer, refusal)}
    return _tell(
        payer, "promise_refused", EVERY_WAY, payment.payee_shown, payment.payee_iban, payment.amount, by_email=why
    )


def _tell(
    payer: Payer,
    about: OrderAbout,
    ways: Ways,
    payee: str,
    iban: str,
    amount: Money,
    *,
    by_email: Mapping[str, str] = MappingProxyType({}),
    **facts: str,
) -> tuple[Notice, ...]:
    """On the ways that reach them. An SMS has room for less of a name than a letter, and for no reason (`by_email`)."""
    by = reaching(ways, payer)
    known = {"name": payer.name, "amount": format_money(amount), "account": f"***{iban[-4:]}", **facts}
    told: tuple[Notice, ...] = ()
    if by.sms:
        short = gsm_text(payee)[:SMS_NAME].strip()
        told += notices(payer, about, Ways(sms=True, email=False), {**known, "payee": short})
    if by.email:
        told += notices(payer, about, Ways(sms=False, email=True), {**known, "payee": payee, **by_email})
    return told


def _sentence(payer: Payer, refusal: Refusal) -> str:
    language: Language = next((known for known in LANGUAGES if known == payer.language), LANGUAGES[0])
    return sentence_of(language, refusal)
