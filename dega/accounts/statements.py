"""Statements of account ("Nxjerrje llogarie"): what an account had, got, paid and has, month by month and year by year.

The night of a period's last day makes them. A statement keeps the numbers of its entries and what they come to; the
entries themselves stay where they are, and never change.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from dega import alerts, outbox
from dega.accounts.accounts import find, my_accounts
from dega.accounts.activity import Filter, activity
from dega.alerts import Kind
from dega.bank import Bank
from dega.clock import day_start, format_day
from dega.errors import NotFound
from dega.ledger.closing import Piece
from dega.money import Currency, Money
from dega.store import statements
from dega.store.accounts import Entry
from dega.store.database import Connection
from dega.store.statements import StatementRow

Period = Literal["month", "year"]

StatementAbout = Literal["statement_ready"]
"""The template of the notice; it is given `name`, and the days `first` and `last`."""

CUSTOMERS_AT_ONCE = 200
"""Customers whose statements one piece of the night makes: some 500 accounts."""

MOST_LISTED = 260
"""Statements of an account that are listed: twenty years of them."""

ENTRIES_AT_ONCE = 100
"""Entries on one page of a statement."""


class Span(NamedTuple):
    """A month or a year, by its first and last Tirana day."""

    period: Period
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account; `seqs` are the numbers of its entries, `made_at` is UTC."""

    id: int
    iban: str
    period: Period
    first_day: date
    last_day: date
    seqs: range
    opening: Money
    paid_in: Money
    paid_out: Money
    closing: Money
    made_at: datetime

    @property
    def parts(self) -> int:
        """How many pages its entries fill; one where there are none."""
        return max(1, -(-len(self.seqs) // ENTRIES_AT_ONCE))

    @property
    def whole(self) -> Filter:
        """All its entries, as the export takes them."""
        return Filter(self.iban, seqs=self.seqs)


def spans_that_end(day: date) -> list[Span]:
    """The periods of which this is the last day: none, a month, or a month and a year."""
    if (day + timedelta(days=1)).day != 1:
        return []
    month = Span("month", day.replace(day=1), day)
    return [month, Span("year", date(day.year, 1, 1), day)] if day.month == 12 else [month]


async def make_statements(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """A piece of the night: the statements that end with `day` for the next customers behind the id `after`.

    Who chose so is told once of all theirs. What is there already is neither made nor told again.
    """
    spans = spans_that_end(day)
    customers = await statements.customers_after(connection, after, CUSTOMERS_AT_ONCE) if spans else []
    made: dict[Span, list[int]] = {}
    for span in spans:
        begins, ends = day_start(span.first_day), day_start(span.last_day + timedelta(days=1))
        made[span] = await statements.make(connection, customers, *span, begins, ends)
    for span, whose in list(made.items())[-1:]:  # of a year's last day, it tells of the year
        await _tell(bank, connection, span, sorted(set(whose)))
    last = customers[-1] if len(customers) == CUSTOMERS_AT_ONCE else None
    return Piece(sum(map(len, made.values())), last)


async def count_due(connection: Connection, day: date) -> int:
    """About how many statements end with `day`: accounts that were closed just now aren't counted."""
    spans = spans_that_end(day)
    return len(spans) * await statements.count_accounts(connection) if spans else 0


async def _tell(bank: Bank, connection: Connection, span: Span, customers: list[int]) -> None:
    wanted = await alerts.wanted_by(connection, Kind.STATEMENT, customers)
    about: StatementAbout = "statement_ready"
    for reader in await statements.readers(connection, bank.fields, list(wanted)):
        data = {"name": reader.name, "first": format_day(span.first_day), "last": format_day(span.last_day)}
        for notice in alerts.notices(reader, about, wanted[reader.id], data):
            await outbox.put(connection, bank, notice)


async def my_statements(bank: Bank, customer_id: int, iban: str) -> list[Statement]:
    """The statements of the customer's account, newest first. Raises NotFound, also for somebody else's account."""
    account = find(await my_accounts(bank, customer_id), iban)
    async with bank.database.connection() as connection:
        rows = await statements.of_account(connection, customer_id, account.iban, MOST_LISTED)
    return [_statement(row) for row in rows]


async def my_statement(bank: Bank, customer_id: int, statement_id: int) -> Statement:
    """One of the customer's statements. Raises NotFound, also for somebody else's."""
    async with bank.database.connection() as connection:
        row = await statements.find(connection, customer_id, statement_id)
    if row is None:
        raise NotFound()
    return _statement(row)


async def entries_of(bank: Bank, customer_id: int, statement: Statement, part: int) -> list[Entry]:
    """The entries on one page of the statement, from 1 on, oldest first. Raises NotFound for a page it hasn't got."""
    if not 1 <= part <= statement.parts:
        raise NotFound()
    seqs = statement.seqs[(part - 1) * ENTRIES_AT_ONCE : part * ENTRIES_AT_ONCE]
    if not seqs:
        return []
    found = await activity(bank, customer_id, Filter(statement.iban, seqs=seqs), ENTRIES_AT_ONCE)
    return list(reversed(found.entries))


def _statement(row: StatementRow) -> Statement:
    currency = Currency(row.currency)
    return Statement(
        id=row.id,
        iban=row.iban,
        period="year" if row.period == "year" else "month",
        first_day=row.first_day,
        last_day=row.last_day,
        seqs=range(row.seq_after + 1, row.seq_upto + 1),
        opening=Money(row.opening_minor, currency),
        paid_in=Money(row.paid_in_minor, currency),
        paid_out=Money(row.paid_out_minor, currency),
        closing=Money(row.closing_minor, currency),
        made_at=row.made_at,
    )
