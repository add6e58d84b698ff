"""A prepared payment is made: once, at once, exactly as it was shown."""

import asyncio
from datetime import timedelta
from uuid import UUID

from dega import alerts
from dega.audit import Actor
from dega.bank import Bank
from dega.deeds import Authority, Deed, Leg, Notice, Particulars
from dega.errors import LimitPayment, PaymentCancelled
from dega.ledger.chart import FEES, bank_account
from dega.money import format_money
from dega.payments.kinds import KINDS
from dega.payments.notices import payment_notices
from dega.payments.payment import Payment, digest_of
from dega.store import ledger
from dega.store.payments import Payer

PATIENCE_SECONDS = 5
"""How long a page waits for the ledger before it says that the payment is being verified."""

SURELY_KEPT = timedelta(minutes=15)
"""After that long a standby that took over would have shown what it lacks."""


async def make_payment(
    bank: Bank, payment: Payment, payer: Payer, auth_epoch: int, actor: Actor, *, challenge_id: UUID | None = None
) -> None:
    """Make the payer's payment; asked twice, it is made once. What became of it since it was read, the ledger knows.

    Its code, if its kind needs one, has been verified by the caller, who names its challenge; the ledger makes sure of
    it and consumes it with the booking. Raises the refusals of `ledger/decide.py`, or OutcomePending; but for the last,
    nothing was booked then.
    """
    if payment.made is not None:
        return
    if payment.state == "cancelled":
        raise PaymentCancelled()
    kind = KINDS[payment.kind]
    if kind.spends and payment.amount > (limit := bank.config.payment_limit(payment.amount.currency)):
        raise LimitPayment("amount", limit=format_money(limit))
    authority = Authority(
        payment_id=payment.id,
        customer_id=payer.id,
        auth_epoch=auth_epoch,
        digest=digest_of(payment),
        needs_code=kind.needs_code(bank.config),
        challenge_id=challenge_id,
        day_limit=bank.config.day_limit(payment.amount.currency) if kind.spends else None,
        new_payee_hold=bank.config.payments.new_payee_hold if kind.spends else None,
    )
    deed = await deed_of(bank, payment, payer, authority, actor)
    await bank.poster.post(deed, patience=PATIENCE_SECONDS)


async def deed_of(bank: Bank, payment: Payment, payer: Payer, authority: Authority, actor: Actor) -> Deed:
    """The deed that makes a prepared payment, with what its payer is told."""
    told: tuple[Notice, ...] = ()
    told_to_new: tuple[Notice, ...] | None = None
    if KINDS[payment.kind].spends:
        told, told_to_new = payment_notices(payment, payer, alerts.choices_by(bank, payer.choices))
    legs = [Leg(payment.debit_account_id, payment.credit_account_id, payment.amount)]
    if payment.fee.is_positive:
        async with bank.database.connection() as connection:
            fees = await bank_account(connection, FEES, payment.fee.currency)
        legs.append(Leg(payment.debit_account_id, fees, payment.fee, "fee"))
    return Deed(
        key=payment.id,
        kind=payment.kind,
        legs=tuple(legs),
        particulars=_particulars(payment, payer),
        authority=authority,
        notices=told,
        notices_to_new_payee=told_to_new,
        actor=actor.name,
        request_id=actor.request_id,
    )


async def is_kept(bank: Bank, payment: Payment) -> bool:
    """Whether a made payment may be told as made: a row written after it was kept, so a standby has both or neither.

    False where the database doesn't answer in time. Long ago made payments are kept without asking.
    """
    if payment.made is None or bank.clock.now() - payment.made.booked_at > SURELY_KEPT:
        return payment.made is not None
    return await _read_back(bank, payment) is not None


async def is_unmade(bank: Bank, payment: Payment) -> bool:
    """Whether nothing was made of a draft that was confirmed: nobody is at it, and a row written after it was kept.

    False where the database doesn't answer in time, or a server process may still be at it for a process that died. A
    payment that still waits in the queue of another process isn't seen; confirmed again, it is made once all the same.
    """
    return not bank.poster.is_under_way(payment.id) and await _read_back(bank, payment) == "draft"


async def _read_back(bank: Bank, payment: Payment) -> str | None:
    """The state of the payment as it will stay if nobody asks again; None where that can't be said yet."""
    asking = asyncio.ensure_future(_keep_read_back(bank, payment.id))
    done, _ = await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
    return asking.result() if done and asking.exception() is None else None


async def _keep_read_back(bank: Bank, payment_id: UUID) -> str:
    """Whoever posts the payment holds its row until it is sure what becomes of it; so this waits for the row."""
    async with bank.database.transaction() as connection:
        state = await ledger.settled_state(connection, payment_id)
        await ledger.write_read_back(connection, [payment_id])
    return state


def _particulars(payment: Payment, payer: Payer) -> Particulars:
    return Particulars(
        payer_name=payer.name,
        payer_iban=payment.debit_iban,
        payee_name=payment.payee_name,
        payee_iban=payment.payee_iban,
        description=payment.description,
    )
