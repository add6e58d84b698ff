"""Time deposits: an amount for a number of months, at the rate of its first day; interest comes when it matures.

A deposit matures as many calendar months after its first day, on the same date or, where the month has none, on its
last day; where that isn't a working day, on the next one, and bears interest until then. It is paid out that night, net
of tax, or renewed for as long again at the rate of that day, with its interest or without. Ended early, it earns none.
What the ledger refuses is tried again each night, and bears no more interest for that.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from dega.accounts.night_deeds import ACCOUNTS_AT_ONCE, Chart, chart_of, deed_key, log_refused
from dega.bank import Bank
from dega.clock import format_day
from dega.config import Config
from dega.deeds import Deed, Leg, Particulars
from dega.errors import Refusal
from dega.ledger.chart import INTEREST_PAID, TAX
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.store import calendar
from dega.store import deposits as store
from dega.store.database import Connection
from dega.store.deposits import DepositRow
from dega.tariff import Rate, settle, tax_on


class Renewal(StrEnum):
    """What becomes of a deposit when it matures: paid out; renewed, its interest paid out; renewed whole."""

    NONE = "none"
    PRINCIPAL = "principal"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Deposit:
    """A term of a deposit as its owner sees it. `pays_on` is the working day on which it matures, or did end; `gross`
    and `tax` are what it will have earned by then, or did."""

    principal: Money
    months: int
    rate: Rate
    first_day: date
    pays_on: date
    gross: Money
    tax: Money
    renewal: Renewal
    pays_to_iban: str
    outcome: str | None

    @property
    def net(self) -> Money:
        """The interest without the tax."""
        return self.gross - self.tax


class _Matured(NamedTuple):
    row: DepositRow
    due_on: date
    gross: Money
    tax: Money
    next_rate: Rate | None
    """Of the renewed term; None where it is paid out."""


def matures_on(first_day: date, months: int) -> date:
    """The same date so many months later, or the last of that month where it has no such date."""
    year, month = divmod(first_day.year * 12 + first_day.month - 1 + months, 12)
    return date(year, month + 1, min(first_day.day, monthrange(year, month + 1)[1]))


def earned(config: Config, principal: Money, rate: Rate, first_day: date, due_on: date) -> tuple[Money, Money]:
    """What a deposit earns from its first day until the day on which it is due, rounded once, and the tax on it."""
    gross = settle(rate.parts(principal.minor, (due_on - first_day).days))
    tax = tax_on(gross, config.tariff.tax.on(due_on) or 0)
    return Money(gross, principal.currency), Money(tax, principal.currency)


def term_rate(config: Config, currency: Currency, months: int, day: date) -> Rate | None:
    """The rate at which a deposit for so many months begins on that day; None where none is taken."""
    rates = config.tariff[currency].term.on(day)
    return rates.get(months) if rates is not None else None


async def deposit_of(bank: Bank, customer_id: int, iban: str) -> Deposit | None:
    """The deposit in the customer's account with this IBAN: the term that runs, or the one that ended last."""
    async with bank.database.connection() as connection:
        row = await store.latest_of(connection, customer_id, iban)
        if row is None:
            return None
        pays_on = row.ended_on or await calendar.working_day_on_or_after(connection, row.matures_on)
    currency, rate = Currency(row.currency), Rate(row.rate_ppm, row.year)
    principal = Money(row.principal_minor, currency)
    if row.gross_minor is not None and row.tax_minor is not None:
        gross, tax = Money(row.gross_minor, currency), Money(row.tax_minor, currency)
    else:
        gross, tax = earned(bank.config, principal, rate, row.first_day, pays_on)
    renewal = Renewal(row.renewal)
    return Deposit(
        principal, row.months, rate, row.first_day, pays_on, gross, tax, renewal, row.pays_to_iban, row.outcome
    )


# ---------------------------------------------------------------- every night


async def mature_deposits(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """Pay out or renew the next deposits that matured by this day, and try again those that were refused before."""
    rows = await store.maturing(connection, day, after, ACCOUNTS_AT_ONCE)
    matured = [each for row in rows if (each := await _matured(bank, connection, row)).due_on <= day]
    chart = await chart_of(connection, (INTEREST_PAID, TAX), [each.row.currency for each in matured])
    deeds = {each: deed for each in matured if (deed := _deed(bank, chart, each)).legs}
    outcomes = await book_by_night(bank, connection, list(deeds.values()), day) if deeds else []
    said = dict(zip(deeds, outcomes, strict=True))
    done = [each for each in matured if not isinstance(said.get(each), Refusal)]
    await store.finish(connection, day, [_ended(each) for each in done])
    for each in done:
        await _renew(connection, each)
    log_refused("deposit", ((each.row.account_id, outcome) for each, outcome in said.items()))
    return Piece(len(rows), rows[-1].account_id if len(rows) == ACCOUNTS_AT_ONCE else None)


async def deposits_to_mature(connection: Connection, day: date) -> int:
    """How many deposits there are whose day has come."""
    return await store.count_maturing(connection, day)


async def _matured(bank: Bank, connection: Connection, row: DepositRow) -> _Matured:
    currency = Currency(row.currency)
    due_on = await calendar.working_day_on_or_after(connection, row.matures_on)
    principal = Money(row.principal_minor, currency)
    gross, tax = earned(bank.config, principal, Rate(row.rate_ppm, row.year), row.first_day, due_on)
    is_renewed = row.renewal != Renewal.NONE
    next_rate = term_rate(bank.config, currency, row.months, due_on) if is_renewed else None
    return _Matured(row, due_on, gross, tax, next_rate)


def _deed(bank: Bank, chart: Chart, each: _Matured) -> Deed:
    """The interest less the tax, and with it the principal where it is paid out. Renewed without interest: no legs."""
    row = each.row
    is_paid = each.next_rate is None
    to = row.account_id if row.renewal == Renewal.WHOLE and not is_paid else row.pays_to_id
    legs = []
    if is_paid:
        legs.append(Leg(row.account_id, to, Money(row.principal_minor, each.gross.currency)))
    if each.gross.is_positive:
        legs.append(Leg(chart[INTEREST_PAID, row.currency], to, each.gross, "interest"))
    if each.tax.is_positive:
        legs.append(Leg(to, chart[TAX, row.currency], each.tax, "tax"))
    term = f"{format_day(row.first_day)} – {format_day(each.due_on)}"
    who = Particulars(row.holder, row.holder, term, row.iban, row.pays_to_iban)
    kind = "deposit-paid" if is_paid else "deposit-renewed"
    return Deed(deed_key("deposit", row.matures_on, row.account_id), kind, tuple(legs), who, by_night=True)


def _ended(each: _Matured) -> tuple[int, str, int, int]:
    return each.row.account_id, "renewed" if each.next_rate else "paid", each.gross.minor, each.tax.minor


async def _renew(connection: Connection, each: _Matured) -> None:
    row = each.row
    if each.next_rate is None:
        return
    kept = each.gross.minor - each.tax.minor if row.renewal == Renewal.WHOLE else 0
    await store.begin(
        connection,
        row.account_id,
        each.due_on,
        row.months,
        matures_on(each.due_on, row.months),
        row.principal_minor + kept,
        each.next_rate.ppm,
        each.next_rate.year,
        row.pays_to_id,
        row.renewal,
    )
