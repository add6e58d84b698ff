"""Interest: each night the day's balances bear it; savings are credited at the end of a quarter, overdrafts charged at
the end of a month, on the last calendar day, whether it is a working day or not.

A day's balance is what has that value date or an earlier one. What the night itself credits or charges (interest, tax,
monthly fees) bears interest from the next day on. What accrues is exact; it is rounded once, to the minor unit, half to
even, when it is booked; what is left of it is dropped. What the ledger refuses (a blocked account, a dormant one, an
overdraft that is used up) stays due and is tried again each night; a closed account neither receives nor pays any more.
"""

from datetime import date

from dega.accounts.night_deeds import (
    ACCOUNTS_AT_ONCE,
    Chart,
    chart_of,
    deed_key,
    is_month_end,
    is_quarter_end,
    log_refused,
)
from dega.accounts.rates import keep_rates
from dega.bank import Bank
from dega.clock import format_day
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.ledger.chart import INTEREST_PAID, INTEREST_RECEIVED, TAX
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.store import interest
from dega.store.database import Connection
from dega.store.interest import DueRow, SettledRow, Side
from dega.tariff import settle, tax_on


async def accrue(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """The interest of the day, for the next accounts; days before it that no night closed accrue with it.

    Repeated, it adds nothing. Raises ConfigError where the tariff isn't the one that interest has accrued by.
    """
    if after == 0:
        await keep_rates(connection, bank.config.tariff)
    first = await interest.first_to_accrue(connection, day)
    done, last_id = await interest.accrue(connection, first, day, after, ACCOUNTS_AT_ONCE)
    if done == ACCOUNTS_AT_ONCE:
        return Piece(done, last_id)
    await interest.note_accrued(connection, day)
    return Piece(done, None)


async def accounts_that_accrue(connection: Connection, _day: date) -> int:
    """How many accounts there are to look at."""
    return await interest.count_accounts(connection)


async def credit_savings(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """Pay the quarter's interest into savings accounts, less the tax; on other nights, what was refused before."""
    return await _settle(bank, connection, "credit", day, after, is_quarter_end(day))


async def savings_to_credit(connection: Connection, day: date) -> int:
    """How many periods of savings are due."""
    return await interest.count_due(connection, "credit", day, is_quarter_end(day))


async def charge_overdrafts(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """Charge the month's interest on what was owed each day; on other nights, what was refused before."""
    return await _settle(bank, connection, "debit", day, after, is_month_end(day))


async def overdrafts_to_charge(connection: Connection, day: date) -> int:
    """How many periods of overdrafts are due."""
    return await interest.count_due(connection, "debit", day, is_month_end(day))


async def _settle(bank: Bank, connection: Connection, side: Side, day: date, after: int, is_end: bool) -> Piece:
    rows = await interest.due(connection, side, day, after, is_end, ACCOUNTS_AT_ONCE)
    closed = [_came_to(bank, side, row) for row in rows]
    owed = [(row, came_to) for row, came_to in zip(rows, closed, strict=True) if came_to.gross_minor]
    chart = await chart_of(connection, (INTEREST_PAID, INTEREST_RECEIVED, TAX), [row.currency for row, _ in owed])
    deeds = [_deed(bank, chart, row, came_to) for row, came_to in owed]
    outcomes = await book_by_night(bank, connection, deeds, day) if deeds else []
    settled = [came_to for came_to in closed if not came_to.gross_minor]
    for (_, came_to), outcome in zip(owed, outcomes, strict=True):
        if isinstance(outcome, Booking):
            settled.append(came_to._replace(movement_id=outcome.movement_id))
        else:
            settled.append(came_to._replace(gross_minor=None, tax_minor=None))
    await interest.settle(connection, day, settled)
    log_refused(f"{side} interest", ((row.account_id, said) for (row, _), said in zip(owed, outcomes, strict=True)))
    is_last = len({row.account_id for row in rows}) < ACCOUNTS_AT_ONCE
    return Piece(len(rows), None if is_last else rows[-1].account_id)


def _came_to(bank: Bank, side: Side, row: DueRow) -> SettledRow:
    """The period, rounded: interest on savings is taxed as on the day on which the period ended."""
    gross = settle(row.accrued)
    tax = tax_on(gross, bank.config.tariff.tax.on(row.closed_on) or 0) if side == "credit" else 0
    return SettledRow(row.account_id, side, row.first_day, row.closed_on, gross, tax)


def _deed(bank: Bank, chart: Chart, row: DueRow, came_to: SettledRow) -> Deed:
    gross, tax = (Money(minor or 0, Currency(row.currency)) for minor in (came_to.gross_minor, came_to.tax_minor))
    days, name = f"{format_day(row.first_day)} – {format_day(row.closed_on)}", bank.config.bank.name
    if came_to.side == "credit":
        kind, who = "interest", Particulars(name, row.holder, days, None, row.iban)
        legs = [Leg(chart[INTEREST_PAID, row.currency], row.account_id, gross, "interest")]
        if tax.is_positive:
            legs.append(Leg(row.account_id, chart[TAX, row.currency], tax, "tax"))
    else:
        kind, who = "overdraft", Particulars(row.holder, name, days, row.iban, None)
        legs = [Leg(row.account_id, chart[INTEREST_RECEIVED, row.currency], gross, "interest")]
    return Deed(deed_key(kind, row.closed_on, row.account_id), kind, tuple(legs), who, by_night=True)
