"""A promise ("Kryej pas mesnatës"): a payment confirmed during the daily update, to be made when the gate opens.

Nothing is booked by it. Its code is bound to the payment and to the day on which it is to be made, and used up with the
promise; the ledger asks for it again when it makes the payment, under the limits of that day.
"""

import asyncio
import hashlib
import logging
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from dega import outbox
from dega.audit import Actor, record
from dega.bank import Bank
from dega.clock import format_instant, local_day
from dega.deeds import Authority, Booking
from dega.errors import (
    BankClosed,
    Busy,
    LimitPayment,
    NotFound,
    OutcomePending,
    PartAway,
    PayeeHeld,
    PaymentCancelled,
    PaymentChanged,
    PromiseNotNeeded,
    Refusal,
    UpdateWindow,
)
from dega.ledger.decide import held_until, standing_refusal
from dega.money import format_money
from dega.payments.confirm import SMS_SECONDS
from dega.payments.kinds import KINDS
from dega.payments.make import deed_of
from dega.payments.order_notices import of_broken_promise
from dega.payments.payment import Payment, digest_of, find_payment, find_with_payer
from dega.store import codes, ledger
from dega.store import promises as store
from dega.store.database import Connection
from dega.store.payments import Payer

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Promises that are kept at the same time."""

NOT_NOW = (Busy, BankClosed, UpdateWindow, PartAway, OutcomePending)
"""What says nothing about the payment: it is tried again."""


def due_day(bank: Bank) -> date:
    """The day on which the window that is running (or else the next one) lets money move again."""
    return local_day(bank.config.window.window.ends_after(bank.clock.now()))


def is_time(bank: Bank, clock: datetime) -> bool:
    """Whether a payment can be promised at that moment: during the update, and when no code comes in time before it."""
    window = bank.config.window.window
    return window.contains(clock) or window.closes_next(clock) - clock <= timedelta(seconds=SMS_SECONDS + 1)


def promise_digest(payment: Payment, due_on: date) -> bytes:
    """What the code for a promise is bound to: the payment with every particular, and the day. No payment fits it."""
    facts = {"payment": digest_of(payment).hex(), "promised_for": due_on}
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).digest()


async def digests_of(connection: Connection, payment: Payment) -> list[bytes]:
    """What the code of a payment may have been bound to: the payment, or its promise for a day."""
    days = await store.days(connection, payment.id)
    return [digest_of(payment), *(promise_digest(payment, day) for day in days)]


async def promised_for(bank: Bank, payment: Payment) -> date | None:
    """The day for which the payment is promised and that hasn't come to it yet; None: there is no such promise."""
    if payment.state != "draft":
        return None
    async with bank.database.connection() as connection:
        return await store.waiting_for(connection, payment.id)


async def promise_payment(
    bank: Bank, customer_id: int, payment_id: UUID, auth_epoch: int, actor: Actor, *, challenge_id: UUID | None = None
) -> None:
    """Keep the promise, and use up its code; nothing is booked. Twice is as good as once.

    Its code, if its kind needs one, has been verified by the caller. Raises NotFound, PaymentCancelled, LimitPayment,
    PromiseNotNeeded where it isn't time for one (`is_time`), PayeeHeld, and what `decide.standing_refusal` says of the
    code and the customer.
    """
    payment = await find_payment(bank, customer_id, payment_id)
    due_on = due_day(bank)
    async with bank.database.transaction() as connection:
        row = (await ledger.lock_payments(connection, [payment_id], due_on)).get(payment_id)
        if row is None or row.state == "posted":
            raise NotFound()
        if await store.waiting_for(connection, payment_id) == due_on:
            return
        clock = await ledger.bank_clock(connection)
        if not is_time(bank, clock):
            raise PromiseNotNeeded()
        authority = _authority(bank, payment, due_on, auth_epoch, challenge_id, is_kept=False)
        refusal = standing_refusal(authority, row, clock) or _limit_refusal(bank, payment)
        if refusal is None and KINDS[payment.kind].spends and not row.paid_before:
            until = held_until(row.mobile_changed_at, bank.config.payments.new_payee_hold, clock)
            refusal = None if until is None else PayeeHeld("to_iban", until=format_instant(until))
        if refusal is not None:
            raise refusal
        if authority.needs_code and row.challenge_id is not None:
            await codes.consume(connection, row.challenge_id)
        await store.keep(connection, payment_id, due_on, row.challenge_id if authority.needs_code else None)
        await record(connection, actor, "promise", f"deed:{payment_id}", kind=payment.kind)


async def keep_promises(bank: Bank) -> int:
    """Make the payments whose day has come, once the gate is open; how many promises were decided.

    A refused payment stays a draft, and its customer is told why. What can't be said yet is asked again the next time.
    """
    async with bank.database.connection() as connection:
        gate = await ledger.gate(connection)
        if gate.state != "open" or bank.config.window.window.contains(gate.clock):
            return 0
        waiting = await store.waiting(connection, local_day(gate.clock))
    decided = 0
    for begin in range(0, len(waiting), AT_ONCE):
        batch = waiting[begin : begin + AT_ONCE]
        outcomes = await asyncio.gather(*(_keep(bank, promise) for promise in batch), return_exceptions=True)
        for promise, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.error("a promise fails", extra={"payment": str(promise.payment_id)}, exc_info=outcome)
            else:
                decided += outcome
    return decided


async def _keep(bank: Bank, promise: store.Promise) -> bool:
    """Make one payment; whether its promise is decided now."""
    payment, payer = await find_with_payer(bank, promise.customer_id, promise.payment_id)
    if _is_in_hand(bank, payment, promise):
        return False
    outcome: Booking | Refusal
    try:
        if payment.state == "cancelled":
            raise PaymentCancelled()
        authority = _authority(bank, payment, promise.due_on, 0, promise.challenge_id, is_kept=True)
        deed = await deed_of(bank, payment, payer, authority, Actor("bank"))
        outcome = await bank.poster.post(deed)
    except NOT_NOW:
        return False
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, PaymentChanged):  # perhaps since it was read
        payment = await find_payment(bank, promise.customer_id, promise.payment_id)
        if _is_in_hand(bank, payment, promise):
            return False
    await _decide(bank, promise, payment, payer, outcome)
    return True


def _is_in_hand(bank: Bank, payment: Payment, promise: store.Promise) -> bool:
    """Whether the customer asked for another code since, which is still good: the payment is left to them meanwhile:
    whoever asks the ledger for it beside the promise would get the promise's answer."""
    is_another = payment.state == "draft" and payment.challenge_id != promise.challenge_id
    return is_another and payment.code_expires_at is not None and payment.code_expires_at > bank.clock.now()


async def _decide(
    bank: Bank, promise: store.Promise, payment: Payment, payer: Payer, outcome: Booking | Refusal
) -> None:
    code = outcome.code if isinstance(outcome, Refusal) else ""
    async with bank.database.transaction() as connection:
        if not await store.decide(connection, promise.payment_id, promise.due_on, code) or not isinstance(
            outcome, Refusal
        ):
            return
        await record(connection, Actor("bank"), "promise.broken", f"deed:{payment.id}", code)
        if not isinstance(outcome, PaymentCancelled):
            for notice in of_broken_promise(payment, outcome, payer):
                await outbox.put(connection, bank, notice)


def _limit_refusal(bank: Bank, payment: Payment) -> Refusal | None:
    limit = bank.config.payment_limit(payment.amount.currency)
    if KINDS[payment.kind].spends and payment.amount > limit:
        return LimitPayment("amount", limit=format_money(limit))
    return None


def _authority(
    bank: Bank, payment: Payment, due_on: date, auth_epoch: int, challenge_id: UUID | None, *, is_kept: bool
) -> Authority:
    kind = KINDS[payment.kind]
    return Authority(
        payment_id=payment.id,
        customer_id=payment.customer_id,
        auth_epoch=auth_epoch,
        digest=promise_digest(payment, due_on),
        needs_code=kind.needs_code(bank.config),
        challenge_id=challenge_id,
        day_limit=bank.config.day_limit(payment.amount.currency) if kind.spends else None,
        new_payee_hold=bank.config.payments.new_payee_hold if kind.spends else None,
        is_promised=is_kept,
    )
