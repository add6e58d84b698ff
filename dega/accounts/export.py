"""Account activity as a CSV file for spreadsheets here: `;` between columns, decimal comma, UTF-8 with its mark.

Texts that others chose (names, purposes) can't become formulas: a spreadsheet would run what begins with `=`.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable

from msgspec.structs import replace

from dega.accounts.activity import Filter, Page, activity
from dega.accounts.titles import title
from dega.bank import Bank
from dega.clock import format_day, format_time
from dega.i18n import N_
from dega.money import Currency, Money
from dega.store.accounts import Entry

MOST_ROWS = 100_000
"""Rows that one file holds at most; a last line says where entries were left out."""

ROWS_AT_A_TIME = 1_000

Translate = Callable[[str], str]

HEADER = (
    N_("Date"),
    N_("Time"),
    N_("Description"),
    N_("Payer or payee"),
    N_("IBAN"),
    N_("Amount"),
    N_("Balance after"),
    N_("Currency"),
    N_("Reference"),
)
LEFT_OUT = N_("This file ends here: choose fewer days to see the rest.")

_FORMULA = re.compile(r"[=+\-@\t\r\n\0]")


async def export(bank: Bank, customer_id: int, chosen: Filter, translate: Translate) -> AsyncIterator[bytes]:
    """The filtered activity, newest first, as chunks of a CSV file; header and the bank's own words by `translate`.

    Raises NotFound for an account that isn't the customer's, before the first chunk. Between chunks no connection of
    the database is held, however slowly they are taken.
    """
    first = await activity(bank, customer_id, replace(chosen, cursor=None), ROWS_AT_A_TIME)
    return _chunks(bank, customer_id, chosen, translate, first)


async def _chunks(
    bank: Bank, customer_id: int, chosen: Filter, translate: Translate, page: Page
) -> AsyncIterator[bytes]:
    yield b"\xef\xbb\xbf" + csv_lines([[translate(title) for title in HEADER]])
    left = MOST_ROWS
    while True:
        entries = page.entries[:left]
        left -= len(entries)
        if entries:
            yield csv_lines(cells(entry, page.account.currency, translate) for entry in entries)
        if page.older is None:
            return
        if left == 0:
            yield csv_lines([[translate(LEFT_OUT)]])
            return
        page = await activity(bank, customer_id, replace(chosen, cursor=page.older), ROWS_AT_A_TIME)


def cells(entry: Entry, currency: Currency, translate: Translate) -> list[str]:
    """The row of an entry of an account in that currency, in the order of HEADER; times are Tirana's."""
    return [
        format_day(entry.booked_at),
        format_time(entry.booked_at),
        harmless(title(entry.purpose, entry.kind, entry.description, translate)),
        harmless(entry.party_name),
        harmless(entry.party_iban or ""),
        number(Money(entry.amount_minor, currency)),
        number(Money(entry.balance_after_minor, currency)),
        currency,
        entry.reference,
    ]


def harmless(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet might take it for a formula (ASVS 1.2.10)."""
    return f"'{text}" if _FORMULA.match(text) else text


def number(money: Money) -> str:
    """`-1234,50`: a number to a spreadsheet, whatever its sign."""
    whole, rest = divmod(abs(money.minor), 10**money.currency.exponent)
    return f"{'-' if money.minor < 0 else ''}{whole},{rest:0{money.currency.exponent}d}"


def csv_lines(rows: Iterable[list[str]]) -> bytes:
    """Rows as lines of RFC 4180, in UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
