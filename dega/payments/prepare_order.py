"""An order is prepared: read by its kind like any payment, with its dates, and kept as a draft till it is confirmed."""

import uuid
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from dega.audit import Actor, record
from dega.bank import Bank
from dega.clock import format_day, format_instant
from dega.errors import (
    ChoiceMissing,
    DaysInverted,
    FirstDayPassed,
    LimitPayment,
    NotFound,
    OrderOver,
    PayeeHeld,
    Refusal,
    Refusals,
)
from dega.ledger.decide import held_until
from dega.money import format_money
from dega.payments.kind import Kind, Order
from dega.payments.schedule import Frequency, HolidayRule, Schedule
from dega.payments.standing_orders import find_order, first_possible_day
from dega.store import orders as store
from dega.store import payments
from dega.store.database import Connection
from dega.typed import read_day

Choice = TypeVar("Choice", bound=StrEnum)

ABOVE = "above"
"""What `how` says where all that stands above the amount is paid."""


async def prepare_order(
    bank: Bank, kind: Kind, customer_id: int, typed: Mapping[str, str], actor: Actor, *, replaces: UUID | None = None
) -> UUID:
    """Keep what was typed as a draft: the fields of the kind, and how, frequency, first_on, last_on, holiday_rule.

    `replaces` names the order that this one takes the place of once it is made. Raises Refusals for the fields,
    PayeeHeld, LimitPayment, NotFound, OrderOver.
    """
    if replaces is not None and (await find_order(bank, customer_id, replaces)).state != "active":
        raise OrderOver()
    order, schedule = await _read(bank, kind, customer_id, typed)
    order_id = uuid.uuid4()
    async with bank.database.transaction() as connection:
        if kind.spends:
            await refuse_beyond_limits(connection, bank, customer_id, order)
        await store.prepare(
            connection,
            order_id,
            customer_id,
            kind.name,
            order.debit.id,
            order.credit_account_id,
            order.payee_name,
            order.payee_iban,
            order.payee_typed,
            order.amount.currency,
            order.amount.minor,
            typed.get("how") == ABOVE and not kind.spends,
            order.fee.minor,
            order.description,
            schedule.frequency,
            schedule.first_on,
            schedule.last_on,
            schedule.rule,
            replaces,
        )
        await record(connection, actor, "order.prepare", f"order:{order_id}", kind=kind.name)
    return order_id


async def cancel_order(bank: Bank, customer_id: int, order_id: UUID, actor: Actor) -> None:
    """The customer's draft isn't wanted any more. Raises NotFound where it is no draft (any more)."""
    async with bank.database.transaction() as connection:
        if not await store.stop(connection, customer_id, order_id, state="draft"):
            raise NotFound()
        await record(connection, actor, "order.cancel", f"order:{order_id}")


async def refuse_beyond_limits(connection: Connection, bank: Bank, customer_id: int, order: Order) -> None:
    """One payment of an order to others is under the limit of one payment, and its payee under the hold."""
    limit = bank.config.payment_limit(order.amount.currency)
    if order.amount > limit:
        raise LimitPayment("amount", limit=format_money(limit))
    changed_at = await payments.mobile_changed_at(connection, customer_id, order.payee_iban)
    until = held_until(changed_at, bank.config.payments.new_payee_hold, bank.clock.now())
    if until is not None:
        raise PayeeHeld("to_iban", until=format_instant(until))


async def _read(bank: Bank, kind: Kind, customer_id: int, typed: Mapping[str, str]) -> tuple[Order, Schedule]:
    """The order and its dates; what is wrong with either is told together."""
    refused: list[Refusal] = []
    order = None
    try:
        order = await kind.read(bank, customer_id, typed)
    except Refusals as refusals:
        refused += refusals.refusals
    except Refusal as refusal:
        refused.append(refusal)
    schedule = _read_schedule(typed, first_possible_day(bank), refused)
    if refused:
        raise Refusals(refused)
    assert order is not None and schedule is not None  # noqa: S101, PT018  # what is missing was refused
    return order, schedule


def _read_schedule(typed: Mapping[str, str], earliest: date, refused: list[Refusal]) -> Schedule | None:
    frequency = _choice(typed, "frequency", Frequency, refused)
    rule = _choice(typed, "holiday_rule", HolidayRule, refused)
    first_on = _day(typed, "first_on", refused)
    ends = typed.get("last_on", "").strip() and frequency is not Frequency.ONCE
    last_on = _day(typed, "last_on", refused) if ends else None
    if first_on is not None and first_on < earliest:
        refused.append(FirstDayPassed("first_on", day=format_day(earliest)))
    elif first_on is not None and last_on is not None and last_on < first_on:
        refused.append(DaysInverted("last_on"))
    if refused or frequency is None or rule is None or first_on is None:
        return None
    return Schedule(frequency, first_on, last_on, rule)


def _choice(typed: Mapping[str, str], field: str, choices: type[Choice], refused: list[Refusal]) -> Choice | None:
    try:
        return choices(typed.get(field, ""))
    except ValueError:
        refused.append(ChoiceMissing(field))
        return None


def _day(typed: Mapping[str, str], field: str, refused: list[Refusal]) -> date | None:
    try:
        return read_day(typed.get(field, ""), field)
    except Refusal as refusal:
        refused.append(refusal)
        return None
