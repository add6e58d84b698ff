"""What the payer is told of a payment: once on each way, by the most telling of the alerts that they want there."""

from typing import Literal

from dega.alerts import Choices, Kind, Ways, notices, reaching
from dega.deeds import Notice
from dega.ids import gsm_text
from dega.money import format_money
from dega.payments.payment import Payment
from dega.store.payments import Payer

PaymentAbout = Literal["payment_new_payee", "payment_large", "payment_made"]
"""The templates, the most telling first; they are given `name`, `amount`, `payee`, `account`."""

_KINDS: tuple[tuple[Kind, PaymentAbout], ...] = (
    (Kind.NEW_PAYEE, "payment_new_payee"),
    (Kind.LARGE_PAYMENT, "payment_large"),
    (Kind.PAYMENT, "payment_made"),
)
"""The most telling first, and before all others that of a new payee."""

SMS_NAME = 24
"""Letters of the payee's name for which one part of an SMS has room."""


def payment_notices(payment: Payment, payer: Payer, choices: Choices) -> tuple[tuple[Notice, ...], tuple[Notice, ...]]:
    """What is told of this payment, in the order of the outbox: where its payee was paid before, and where they are a
    new one."""
    is_large = payment.amount >= choices.large(payment.amount.currency)
    ways = [
        (about, reaching(choices.ways[kind], payer))
        for kind, about in _KINDS
        if is_large or kind is not Kind.LARGE_PAYMENT
    ]
    facts = {"name": payer.name, "amount": format_money(payment.amount), "account": f"***{payment.payee_iban[-4:]}"}
    return _told(payment, payer, ways[1:], facts), _told(payment, payer, ways, facts)


def _told(
    payment: Payment, payer: Payer, wanted: list[tuple[PaymentAbout, Ways]], facts: dict[str, str]
) -> tuple[Notice, ...]:
    by_sms = next((about for about, ways in wanted if ways.sms), None)
    by_email = next((about for about, ways in wanted if ways.email), None)
    told: tuple[Notice, ...] = ()
    if by_sms is not None:
        short = gsm_text(payment.payee_name)[:SMS_NAME].strip()
        told += notices(payer, by_sms, Ways(sms=True, email=False), {**facts, "payee": short})
    if by_email is not None:
        told += notices(payer, by_email, Ways(sms=False, email=True), {**facts, "payee": payment.payee_name})
    return told
