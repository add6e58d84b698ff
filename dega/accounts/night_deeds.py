"""What the stages of interest, deposits and fees share: when a period ends, the keys of their deeds, the bank's side of
them, and what is said of those that the ledger refuses."""

import logging
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID, uuid5

from dega.deeds import Booking
from dega.errors import Refusal
from dega.ledger.chart import bank_account
from dega.money import Currency
from dega.store.database import Connection

log = logging.getLogger(__name__)

ACCOUNTS_AT_ONCE = 50
"""Of one piece: some milliseconds of this process, between which customers' pages have their turn."""

_NAMES = UUID("5f0ad3b7-6a1c-5d0e-9b0f-2d1c6e7f8a90")

Chart = dict[tuple[str, str], int]
"""The bank's own accounts, by code and currency."""


def deed_key(what: str, day: date, account_id: int) -> UUID:
    """The key of what is booked for an account and a day: the same however often it is tried, so it is booked once."""
    return uuid5(_NAMES, f"{what}|{day}|{account_id}")


def is_month_end(day: date) -> bool:
    """The last day of a month, working day or not."""
    return (day + timedelta(days=1)).day == 1


def is_quarter_end(day: date) -> bool:
    """The last day of March, June, September or December, working day or not."""
    return is_month_end(day) and day.month % 3 == 0


async def chart_of(connection: Connection, codes: Iterable[str], currencies: Collection[str]) -> Chart:
    """The ids of these accounts of the bank's in each of the currencies."""
    return {
        (code, currency): await bank_account(connection, code, Currency(currency))
        for code in codes
        for currency in sorted(set(currencies))
    }


def log_refused(what: str, outcomes: Iterable[tuple[int, Booking | Refusal]]) -> None:
    """One line for the accounts (their ids) that the ledger refused: it is tried again the next night."""
    refused = {account_id: each.code for account_id, each in outcomes if isinstance(each, Refusal)}
    if refused:
        accounts = ", ".join(f"{account_id} {code}" for account_id, code in list(refused.items())[:10])
        log.warning(
            "the night could not book something and tries again tomorrow",
            extra={"what": what, "refused": len(refused), "accounts": accounts},
        )
