"""The night pays the orders that are due, in pieces: each date of an order once, whoever tries it and however often.

What the night books is the bank's own deed: no limit of a day, no code, and no matter whether the customer's access is
blocked. Where money is missing it is tried again each night for some days; any other refusal ends it for that date.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from dega import outbox
from dega.alerts import choices_by
from dega.bank import Bank
from dega.deeds import Booking, Deed, Leg, Notice, Particulars
from dega.errors import AccountClosed, InsufficientFunds, Refusal
from dega.ledger.chart import FEES, bank_account
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.payments import order_notices
from dega.payments.kinds import KINDS
from dega.payments.schedule import Frequency, HolidayRule, Schedule, due_until
from dega.store import calendar, ledger, payments
from dega.store import orders as store
from dega.store.database import Connection
from dega.store.orders import DueRow, Reach, Tried
from dega.store.payments import Payer

IN_PIECE = 200

PAID, NOTHING = "paid", "nothing"
"""Outcomes of a try; every other one is the code of a refusal. NOTHING: none stood above the amount of a sweep."""


async def pay_due(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """Pay the next orders that are due in the night of `day`, behind the number `after`, in the caller's transaction.

    An order that was looked at in that night isn't looked at again, so that it can be repeated, also by two at once.
    """
    numbers = await store.due(connection, day, await _reach(connection, day), after, IN_PIECE)
    rows = await store.lock_due(connection, numbers, day)
    if rows:
        await _pay(bank, connection, rows, day)
    return Piece(len(rows), numbers[-1] if len(numbers) == IN_PIECE else None)


async def count_due(connection: Connection, day: date) -> int:
    """How many orders are due in the night of `day` and weren't looked at in it."""
    return await store.count_due(connection, day, await _reach(connection, day))


async def _reach(connection: Connection, day: date) -> Reach:
    is_working = await calendar.is_working_day(connection, day)
    next_working = await calendar.working_day_on_or_after(connection, day + timedelta(days=1))
    same, before, after = (
        due_until(rule, day, is_working=is_working, next_working=next_working)
        for rule in (HolidayRule.SAME_DAY, HolidayRule.BEFORE, HolidayRule.AFTER)
    )
    return Reach(same, before, after)


async def _pay(bank: Bank, connection: Connection, rows: list[DueRow], day: date) -> None:
    payers = await payments.payers(connection, sorted({row.customer_id for row in rows}), bank.fields)
    accounts = {account for row in rows for account in (row.debit_account_id, row.credit_account_id)}
    await ledger.lock_accounts(connection, sorted(accounts))  # all at once: what follows takes them in parts
    tried: list[Tried] = []
    for wave in _waves(rows):
        tried += await _pay_wave(bank, connection, wave, day, payers)
    await store.keep(connection, day, tried)


def _waves(rows: Sequence[DueRow]) -> Iterator[list[DueRow]]:
    """What can be paid together, in the order of the orders: one that sweeps must see what those before it left."""
    wave: list[DueRow] = []
    touched: set[int] = set()
    for row in rows:
        if row.sweeps and row.debit_account_id in touched:
            yield wave
            wave, touched = [], set()
        wave.append(row)
        touched |= {row.debit_account_id, row.credit_account_id}
    yield wave


async def _pay_wave(
    bank: Bank, connection: Connection, rows: list[DueRow], day: date, payers: dict[int, Payer]
) -> list[Tried]:
    debits = sorted({row.debit_account_id for row in rows if row.sweeps})
    balances = {number: row.balance_minor for number, row in (await ledger.lock_accounts(connection, debits)).items()}
    amounts = [_minor_of(row, balances) for row in rows]
    deeds = [
        await _deed(bank, connection, row, Money(minor, Currency(row.currency)), payers[row.customer_id])
        for row, minor in zip(rows, amounts, strict=True)
        if minor > 0
    ]
    outcomes = iter(await book_by_night(bank, connection, deeds, day))
    tried = []
    for row, minor in zip(rows, amounts, strict=True):
        outcome = next(outcomes) if minor > 0 else None
        result = _tried(bank, row, max(minor, 0), outcome, day)
        if isinstance(outcome, Refusal):
            for notice in _unpaid(row, minor, outcome, payers[row.customer_id], again=result.retry_until is not None):
                await outbox.put(connection, bank, notice)
        tried.append(result)
    return tried


def _minor_of(row: DueRow, balances: dict[int, int]) -> int:
    """What the order pays now: its amount, or whatever stands above it and above its fee."""
    return balances[row.debit_account_id] - row.amount_minor - row.fee_minor if row.sweeps else row.amount_minor


async def _deed(bank: Bank, connection: Connection, row: DueRow, amount: Money, payer: Payer) -> Deed:
    legs = [Leg(row.debit_account_id, row.credit_account_id, amount)]
    if row.fee_minor > 0:
        fees = await bank_account(connection, FEES, amount.currency)
        legs.append(Leg(row.debit_account_id, fees, Money(row.fee_minor, amount.currency), "fee"))
    told: tuple[Notice, ...] = ()
    if KINDS[row.kind].spends:
        told = order_notices.of_paid(row, amount, payer, choices_by(bank, payer.choices))
    return Deed(
        key=uuid.uuid5(row.id, row.next_on.isoformat()),
        kind=row.kind,
        legs=tuple(legs),
        particulars=Particulars(payer.name, row.payee_name, row.description, row.debit_iban, row.payee_iban),
        notices=told,
        by_night=True,
    )


def _unpaid(row: DueRow, minor: int, refusal: Refusal, payer: Payer, *, again: bool) -> tuple[Notice, ...]:
    amount = Money(minor, Currency(row.currency))
    return order_notices.of_unpaid(row, amount, refusal, payer, again=again)


def _tried(bank: Bank, row: DueRow, minor: int, outcome: Booking | Refusal | None, day: date) -> Tried:
    """What is kept of the try, and how the order goes on: with its next date, or another try, or not at all."""
    schedule = Schedule(Frequency(row.frequency), row.first_on, row.last_on, HolidayRule(row.holiday_rule))
    next_on, retry_until = schedule.after(row.next_on), None
    movement_id = outcome.movement_id if isinstance(outcome, Booking) else None
    name = outcome.code if isinstance(outcome, Refusal) else PAID if outcome is not None else NOTHING
    if isinstance(outcome, InsufficientFunds):
        until = row.retry_until or day + timedelta(days=bank.config.payments.order_retry_days)
        if day < until:
            next_on, retry_until = row.next_on, until
    elif isinstance(outcome, AccountClosed):
        next_on = None  # it can never be paid again
    return Tried(row.number, row.id, row.next_on, name, minor, movement_id, next_on, retry_until)
