"""A payment is prepared: read, checked and kept, so that the check page shows what will be made and nothing else."""

import uuid
from collections.abc import Mapping
from uuid import UUID

from dega.audit import Actor, record
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import InsufficientFunds, LimitDay, LimitPayment, PayeeHeld, Refusal
from dega.ledger.decide import held_until
from dega.money import Currency, Money, format_money
from dega.payments.kind import Kind, Order
from dega.store import payments
from dega.store.database import Connection


async def prepare_payment(bank: Bank, kind: Kind, customer_id: int, typed: Mapping[str, str], actor: Actor) -> UUID:
    """Keep what was typed as a draft and give its id, the key of the deed to be.

    Raises Refusals for the fields, PayeeHeld, LimitPayment, LimitDay or InsufficientFunds. They are checked again
    when the payment is made: only then do they bind.
    """
    order = await kind.read(bank, customer_id, typed)
    payment_id = uuid.uuid4()
    async with bank.database.transaction() as connection:
        if kind.spends:
            _refuse(await _hold_refusal(connection, bank, customer_id, order))
            spent = await payments.spent_today(connection, customer_id, order.amount.currency)
            _refuse(limit_refusal(bank, order.amount, spent))
        _refuse(_funds_refusal(order))
        await payments.prepare(
            connection,
            payment_id,
            customer_id,
            kind.name,
            order.debit.id,
            order.credit_account_id,
            order.payee_name,
            order.payee_iban,
            order.payee_typed,
            order.amount.currency,
            order.amount.minor,
            order.fee.minor,
            order.description,
        )
        await record(connection, actor, "payment.prepare", f"deed:{payment_id}", kind=kind.name)
    return payment_id


async def _hold_refusal(connection: Connection, bank: Bank, customer_id: int, order: Order) -> Refusal | None:
    """A payee never paid before, soon after a change of the mobile number."""
    changed_at = await payments.mobile_changed_at(connection, customer_id, order.payee_iban)
    until = held_until(changed_at, bank.config.payments.new_payee_hold, bank.clock.now())
    return None if until is None else PayeeHeld("to_iban", until=format_instant(until))


def limit_refusal(bank: Bank, amount: Money, spent_minor: int) -> Refusal | None:
    """What the limits say to one more payment of `amount` on a day on which so much was spent already."""
    limit = bank.config.payment_limit(amount.currency)
    if amount > limit:
        return LimitPayment("amount", limit=format_money(limit))
    day_limit = bank.config.day_limit(amount.currency)
    if spent_minor + amount.minor > day_limit.minor:
        left = Money(max(day_limit.minor - spent_minor, 0), amount.currency)
        return LimitDay("amount", limit=format_money(day_limit), left=format_money(left))
    return None


def _funds_refusal(order: Order) -> Refusal | None:
    needed = order.amount + order.fee
    available = Money(order.debit.balance_minor - order.debit.floor_minor, Currency(order.debit.currency))
    if needed > available:
        return InsufficientFunds("amount", available=format_money(available), needed=format_money(needed))
    return None


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal
