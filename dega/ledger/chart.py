"""The chart: the bank's own accounts. Their balances mirror the customers', so that every currency sums to nothing."""

from dega.money import Currency
from dega.store import ledger
from dega.store.database import Connection

CLEARING = "clearing"
"""What other banks, employers and companies outside owe us or we owe them."""

CASH = "cash"
"""Banknotes in the vault and the machines."""

FEES = "fees"
"""What customers paid for services."""

POSITION = "position"
"""What we hold or owe of a currency since customers exchanged it: an exchange goes into one currency's position and out
of another's, so it may go either way."""

INTEREST_PAID = "interest-paid"
"""What customers were paid on savings and deposits, before tax."""

INTEREST_RECEIVED = "interest-received"
"""What customers were charged on overdrafts."""

TAX = "tax"
"""What was withheld of the interest paid and is owed to the state."""

CHART = (CLEARING, CASH, FEES, POSITION, INTEREST_PAID, INTEREST_RECEIVED, TAX)


async def open_chart(connection: Connection) -> None:
    """Open every account of the chart in every currency, unless it is there."""
    for code in CHART:
        for currency in Currency:
            await ledger.open_bank_account(connection, code, currency)


async def bank_account(connection: Connection, code: str, currency: Currency) -> int:
    """The id of the bank's own account. Raises LookupError for a code that isn't in the chart."""
    found = await ledger.bank_account(connection, code, currency)
    if found is None:
        raise LookupError(f"the chart has no account {code} in {currency}")
    return found
