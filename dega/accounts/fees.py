"""Monthly fees: what keeping an account costs, charged on the last calendar day of each month.

The month in which an account was opened is free. A fee is booked whole or not at all: one that would take the account
below its floor, or that a blocked or dormant account can't pay, is owed, with the amount of its month, and tried again
each night; a closed account pays nothing any more.
"""

from datetime import date

from dega.accounts.night_deeds import ACCOUNTS_AT_ONCE, Chart, chart_of, deed_key, is_month_end, log_refused
from dega.bank import Bank
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.ledger.chart import FEES
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.store import fees, interest
from dega.store.database import Connection
from dega.store.fees import OwedRow
from dega.tariff import Tariff


async def charge_fees(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """Charge the month's fee to the next accounts; on other nights, what was refused before."""
    if is_month_end(day):
        done, last_id = await fees.owe(connection, day, after, ACCOUNTS_AT_ONCE, _of_month(bank.config.tariff, day))
        is_last = done < ACCOUNTS_AT_ONCE
        rows = await fees.owed(connection, after, last_id, ACCOUNTS_AT_ONCE) if last_id is not None else []
    else:
        rows = await fees.owed(connection, after, None, ACCOUNTS_AT_ONCE)
        done = len({row.account_id for row in rows})
        is_last, last_id = done < ACCOUNTS_AT_ONCE, rows[-1].account_id if rows else None
    await _book(bank, connection, rows, day)
    return Piece(done, None if is_last else last_id)


async def accounts_to_charge(connection: Connection, day: date) -> int:
    """How many accounts there are to look at."""
    return await (interest.count_accounts(connection) if is_month_end(day) else fees.count_owed(connection))


async def _book(bank: Bank, connection: Connection, rows: list[OwedRow], day: date) -> None:
    if not rows:
        return
    chart = await chart_of(connection, [FEES], [row.currency for row in rows])
    outcomes = await book_by_night(bank, connection, [_deed(bank, chart, row) for row in rows], day)
    booked = [
        (row.account_id, row.month_end, outcome.movement_id)
        for row, outcome in zip(rows, outcomes, strict=True)
        if isinstance(outcome, Booking)
    ]
    await fees.settle(connection, day, booked)
    log_refused("monthly fee", ((row.account_id, said) for row, said in zip(rows, outcomes, strict=True)))


def _deed(bank: Bank, chart: Chart, row: OwedRow) -> Deed:
    leg = Leg(row.account_id, chart[FEES, row.currency], Money(row.amount_minor, Currency(row.currency)), "fee")
    who = Particulars(row.holder, bank.config.bank.name, f"{row.month_end:%m.%Y}", row.iban, None)
    return Deed(deed_key("maintenance", row.month_end, row.account_id), "maintenance", (leg,), who, by_night=True)


def _of_month(tariff: Tariff, month_end: date) -> list[tuple[str, str, int]]:
    """The month's fees by product and currency, in minor units, as they hold on its last day; without free ones."""
    return [
        (product, currency.value, minor)
        for currency, conditions in tariff.currencies.items()
        for product, dated in (("current", conditions.fee_current), ("savings", conditions.fee_savings))
        if (minor := dated.on(month_end) or 0)
    ]
