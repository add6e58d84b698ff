"""An order ("Pagesa periodike"): what a customer told the bank to pay on certain dates, and what came of it so far.

An order is confirmed once, with all of its dates; from then on the night pays it as the bank's own deed. That doesn't
count towards the limit of a day, nor does it need the customer's access to be open.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from uuid import UUID

import msgspec

from dega.bank import Bank
from dega.clock import local
from dega.errors import NotFound
from dega.ids import mask_name
from dega.money import Currency, Money
from dega.payments.payment import names_fit
from dega.payments.schedule import Frequency, HolidayRule, Schedule
from dega.store import calendar
from dega.store import orders as store
from dega.store.database import Connection
from dega.store.orders import Attempt, OrderRow

DATES_SHOWN = 4


class Act(StrEnum):
    """What a customer does to an order. Each needs a confirmation of its own; to change one is to make another."""

    MAKE = "make"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order. `sweeps`: it pays whatever stands above `amount`; else `amount` itself. `state` is draft, active,
    stopped or ended, and it `was_made` if it ever stood; `next_on` is the date that it pays next, `retry_until` until
    when missing money is looked for.
    """

    id: UUID
    customer_id: int
    kind: str
    debit_account_id: int
    debit_iban: str
    credit_account_id: int
    payee_name: str
    payee_iban: str
    payee_typed: str
    amount: Money
    sweeps: bool
    fee: Money
    description: str
    schedule: Schedule
    replaces: UUID | None
    state: str
    was_made: bool
    challenge_id: UUID | None
    stop_challenge_id: UUID | None
    next_on: date | None
    retry_until: date | None

    @property
    def act(self) -> Act | None:
        """What can be confirmed of it now: a draft is made, one that stands is stopped; None: it is over."""
        return {"draft": Act.MAKE, "active": Act.STOP}.get(self.state)

    @property
    def asked(self) -> UUID | None:
        """The challenge of the code that was asked for last, for what can be confirmed now."""
        return self.challenge_id if self.act is Act.MAKE else self.stop_challenge_id

    @property
    def payee_shown(self) -> str:
        """The payee's name for the payer: whole where they know it, else masked, so that no IBAN tells a name."""
        known = self.kind == "own" or self.was_made or self.name_fits
        return self.payee_name if known else mask_name(self.payee_name)

    @property
    def name_fits(self) -> bool:
        """Whether the payer wrote the name of the account's holder, in whatever order and spelling of its letters."""
        return names_fit(self.payee_typed, self.payee_name)


@dataclass(frozen=True, slots=True)
class Date:
    """A date of an order, and in the night of which day it is paid, as the calendar stands."""

    due_on: date
    night: date


def digest_of(order: StandingOrder, act: Act) -> bytes:
    """What a code for making or stopping this order is bound to: change anything and it is void (payment law)."""
    schedule = order.schedule
    facts = {
        "act": act,
        "order": str(order.id),
        "customer": order.customer_id,
        "debit": order.debit_iban,
        "credit": order.payee_iban,
        "payee": order.payee_name,
        "minor": order.amount.minor,
        "currency": order.amount.currency,
        "sweeps": order.sweeps,
        "fee": order.fee.minor,
        "description": order.description,
        "frequency": schedule.frequency,
        "first": schedule.first_on,
        "last": schedule.last_on,
        "rule": schedule.rule,
        "replaces": None if order.replaces is None else str(order.replaces),
    }
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).digest()


def first_possible_day(bank: Bank) -> date:
    """The first day whose night hasn't begun."""
    now = local(bank.clock.now())
    return now.date() + timedelta(days=int(now.time() >= bank.config.window.window.starts))


async def find_order(bank: Bank, customer_id: int, order_id: UUID) -> StandingOrder:
    """The customer's order. Raises NotFound, for somebody else's too."""
    async with bank.database.connection() as connection:
        return await read_order(connection, customer_id, order_id)


async def read_order(connection: Connection, customer_id: int, order_id: UUID) -> StandingOrder:
    """The same on a connection of the caller's."""
    row = await store.order(connection, customer_id, order_id)
    if row is None:
        raise NotFound()
    return _order(row)


async def my_orders(bank: Bank, customer_id: int) -> list[StandingOrder]:
    """The customer's orders: those that stand, the next to pay first; drafts of the last day; those that are over."""
    async with bank.database.connection() as connection:
        return [_order(row) for row in await store.orders(connection, customer_id)]


async def history(bank: Bank, customer_id: int, order_id: UUID) -> list[Attempt]:
    """Each try to pay the order, and those that it took the place of: newest first."""
    async with bank.database.connection() as connection:
        return await store.attempts(connection, customer_id, order_id)


async def next_dates(bank: Bank, order: StandingOrder, most: int = DATES_SHOWN) -> list[Date]:
    """The dates that come next, and in which nights they are paid as the calendar stands."""
    first = order.schedule.first_on if order.state == "draft" else order.next_on
    if first is None:
        return []
    dates = islice(order.schedule.dates_after(first - timedelta(days=1)), most)
    earliest = first_possible_day(bank)
    async with bank.database.connection() as connection:
        return [Date(each, await _night_of(connection, each, order.schedule.rule, earliest)) for each in dates]


async def _night_of(connection: Connection, due_on: date, rule: HolidayRule, earliest: date) -> date:
    if rule is HolidayRule.BEFORE:
        before = await calendar.working_day_on_or_before(connection, due_on)
        return before if before >= earliest else max(due_on, earliest)
    if rule is HolidayRule.AFTER:
        return await calendar.working_day_on_or_after(connection, max(due_on, earliest))
    return max(due_on, earliest)


def _order(row: OrderRow) -> StandingOrder:
    currency = Currency(row.currency)
    return StandingOrder(
        id=row.id,
        customer_id=row.customer_id,
        kind=row.kind,
        debit_account_id=row.debit_account_id,
        debit_iban=row.debit_iban,
        credit_account_id=row.credit_account_id,
        payee_name=row.payee_name,
        payee_iban=row.payee_iban,
        payee_typed=row.payee_typed,
        amount=Money(row.amount_minor, currency),
        sweeps=row.sweeps,
        fee=Money(row.fee_minor, currency),
        description=row.description,
        schedule=Schedule(Frequency(row.frequency), row.first_on, row.last_on, HolidayRule(row.holiday_rule)),
        replaces=row.replaces,
        state=row.state,
        was_made=row.was_made,
        challenge_id=row.challenge_id,
        stop_challenge_id=row.stop_challenge_id,
        next_on=row.next_on,
        retry_until=row.retry_until,
    )
