"""The end of day: its stages in their order, one line each.

Each can be repeated without harm, and goes on where it was broken off: the note of what is done is kept in the
transaction that did it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from dega.bank import Bank
from dega.ledger.closing import Piece
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

STAGES: tuple[Stage, ...] = (InPieces("standing orders", due.pay_due, due.count_due),)
"""Names are kept with the notes of past nights: they never change."""
