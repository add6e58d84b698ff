"""An order begins to stand, or is stopped: once, and only by what its customer confirmed for exactly that."""

from datetime import datetime, timedelta
from uuid import UUID

from dega import outbox
from dega.alerts import choices_by
from dega.audit import Actor, record
from dega.bank import Bank
from dega.clock import format_day, format_instant
from dega.errors import (
    CodeExpired,
    CodeSpent,
    FirstDayPassed,
    LimitPayment,
    NotFound,
    OrderOver,
    PayeeHeld,
    PaymentChanged,
    Refusal,
    SignInNeeded,
    UserBlocked,
)
from dega.ledger.decide import BOUND_TO_NOTHING, held_until
from dega.money import format_money
from dega.payments.kinds import KINDS
from dega.payments.order_notices import of_confirmed
from dega.payments.payment import find_payer
from dega.payments.schedule import ONE_DAY
from dega.payments.standing_orders import Act, StandingOrder, digest_of, find_order, first_possible_day
from dega.store import codes
from dega.store import orders as store
from dega.store.database import Connection
from dega.store.orders import StandingRow


def needs_code(bank: Bank, order: StandingOrder) -> bool:
    """Whether this order is made and stopped by a one-time code, as payments of its kind are."""
    return KINDS[order.kind].needs_code(bank.config)


async def bind_code(bank: Bank, order: StandingOrder, act: Act, challenge_id: UUID) -> None:
    """From now on this code, and no earlier one, stands for making or stopping the order. Raises OrderOver."""
    async with bank.database.transaction() as connection:
        is_made = act is Act.MAKE
        if not await store.bind_code(connection, order.customer_id, order.id, challenge_id, make=is_made):
            raise OrderOver()


async def confirm_order(
    bank: Bank,
    customer_id: int,
    order_id: UUID,
    act: Act,
    auth_epoch: int,
    actor: Actor,
    *,
    challenge_id: UUID | None = None,
) -> None:
    """The order begins to stand, and the one that it replaces is stopped; or it is stopped. Twice is as good as once.

    Its code, if its kind needs one, has been verified by the caller, who names its challenge; here it is used up.
    Raises NotFound, OrderOver, PaymentChanged, CodeSpent, CodeExpired, UserBlocked, SignInNeeded, and for an order that
    is made FirstDayPassed, PayeeHeld, LimitPayment.
    """
    order = await find_order(bank, customer_id, order_id)
    payer = await find_payer(bank, customer_id)
    async with bank.database.transaction() as connection:
        row = await store.standing(connection, customer_id, order_id, make=act is Act.MAKE)
        if row is None:
            raise NotFound()
        if row.state == {Act.MAKE: "active", Act.STOP: "stopped"}[act]:
            return
        refusal = _refusal(bank, order, act, row, auth_epoch, challenge_id)
        if refusal is not None:
            raise refusal
        if row.challenge_id is not None and needs_code(bank, order):
            await codes.consume(connection, row.challenge_id)
        if act is Act.MAKE:
            await _make(connection, order)
        else:
            await store.stop(connection, customer_id, order_id)
        await record(connection, actor, f"order.{act}", f"order:{order_id}", kind=order.kind)
        if KINDS[order.kind].spends:
            choices = choices_by(bank, payer.choices)
            for notice in of_confirmed(order, "order_made" if act is Act.MAKE else "order_stopped", payer, choices):
                await outbox.put(connection, bank, notice)


async def _make(connection: Connection, order: StandingOrder) -> None:
    if order.replaces is not None:
        if not await store.stop(connection, order.customer_id, order.replaces):
            raise OrderOver()  # the night paid the old one for the last time, or somebody stopped it
        paid_for = await store.last_paid(connection, order.replaces)
        if paid_for is not None and order.schedule.first_on <= paid_for:  # on the working day before it, meanwhile
            raise FirstDayPassed("first_on", day=format_day(paid_for + ONE_DAY))
    await store.make(connection, order.id, order.schedule.first_on)


def _refusal(
    bank: Bank, order: StandingOrder, act: Act, row: StandingRow, auth_epoch: int, challenge_id: UUID | None
) -> Refusal | None:
    """Why it can't be done, in the order in which customers hear it: state, code, standing, dates, hold."""
    if row.state != {Act.MAKE: "draft", Act.STOP: "active"}[act]:
        return OrderOver()
    if needs_code(bank, order):
        refusal = _code_refusal(order, act, row, challenge_id)
        if refusal is not None:
            return refusal
    if row.user_state != "active" or row.is_barred:
        return UserBlocked()
    if row.auth_epoch != auth_epoch:
        return SignInNeeded()
    return None if act is Act.STOP else _refusal_to_make(bank, order, row)


def _code_refusal(order: StandingOrder, act: Act, row: StandingRow, challenge_id: UUID | None) -> Refusal | None:
    if row.expires_at is None or row.digest != digest_of(order, act):
        return PaymentChanged()
    if row.authorised_at is None or row.challenge_id != challenge_id:
        return PaymentChanged()  # a code was sent, but this one was never typed
    if KINDS[order.kind].spends and row.authorised_by in BOUND_TO_NOTHING:
        return PaymentChanged()  # whoever typed it can't have been told the amount and the payee by it
    if row.consumed_at is not None:
        return CodeSpent()
    return CodeExpired() if row.expires_at <= row.clock else None


def _refusal_to_make(bank: Bank, order: StandingOrder, row: StandingRow) -> Refusal | None:
    earliest = first_possible_day(bank)
    if order.schedule.first_on < earliest:
        return FirstDayPassed("first_on", day=format_day(earliest))
    if not KINDS[order.kind].spends:
        return None
    limit = bank.config.payment_limit(order.amount.currency)
    if order.amount > limit:
        return LimitPayment("amount", limit=format_money(limit))
    until = None if row.paid_before else _held(bank.config.payments.new_payee_hold, row)
    return None if until is None else PayeeHeld("to_iban", until=format_instant(until))


def _held(hold: timedelta, row: StandingRow) -> datetime | None:
    return held_until(row.mobile_changed_at, hold, row.clock)
