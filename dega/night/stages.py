"""The end of day: its stages in their order, one line each.

Each can be repeated without harm, and goes on where it was broken off: the note of what is done is kept in the
transaction that did it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from dega.accounts import deposits, fees, incoming, interest, statements
from dega.bank import Bank
from dega.ledger.closing import Piece
from dega.night import books, daily, retention
from dega.payments import due
from dega.store.database import Connection


@dataclass(frozen=True, slots=True)
class InPieces:
    """A stage of many short transactions. `piece` does the next piece for the day, of what comes after that id (0 at
    first), in the transaction that it is given; `total` counts how many things there will be, for the progress bar."""

    name: str
    piece: Callable[[Bank, Connection, date, int], Awaitable[Piece]]
    total: Callable[[Connection, date], Awaitable[int]] | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A stage that sees to its own transactions; broken off, it is done anew. `do` says how many things it did."""

    name: str
    do: Callable[[Bank, date], Awaitable[int]]


Stage = InPieces | Whole

STAGES: tuple[Stage, ...] = (
    Whole("close the gate", books.close_the_gate),
    InPieces("incoming credits", incoming.book_waiting, incoming.count_waiting),
    InPieces("standing orders", due.pay_due, due.count_due),
    InPieces("mature deposits", deposits.mature_deposits, deposits.deposits_to_mature),
    InPieces("accrue interest", interest.accrue, interest.accounts_that_accrue),
    InPieces("credit savings", interest.credit_savings, interest.savings_to_credit),
    InPieces("charge overdrafts", interest.charge_overdrafts, interest.overdrafts_to_charge),
    InPieces("charge monthly fees", fees.charge_fees, fees.accounts_to_charge),
    InPieces("statements", statements.make_statements, statements.count_due),
    InPieces("retention", retention.forget),
    Whole("seal and check the books", books.seal_and_check),
    InPieces("daily reports", daily.make_reports, daily.count_reports),
    InPieces("next business day", daily.note_next_business_day),
)
"""Names are kept with the notes of past nights: they never change."""
