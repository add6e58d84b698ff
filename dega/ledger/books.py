"""The books: what must hold of them whoever wrote them, recomputed from the entries themselves.

The schema refuses what would break an invariant; this is the second look, for what came past the schema.
"""

from dataclasses import dataclass

from dega.store import books
from dega.store.database import Connection


@dataclass(frozen=True, slots=True)
class Guilty:
    """A row that must not be: which check found it, and what it is, in a sentence for an operator."""

    check: str
    what: str


def every_check() -> list[str]:
    """The names of all checks, in the order in which they are made."""
    return list(books.checks())


async def check_books(connection: Connection) -> list[Guilty]:
    """Every row that breaks an invariant; an empty list is what all hope for.

    Reads the whole ledger. Each check sees the books at one moment, so postings may go on meanwhile.
    """
    guilty: list[Guilty] = []
    async with connection.transaction():
        for check in every_check():
            guilty += [Guilty(check, what) for what in await books.guilty_rows(connection, check)]
    return guilty
