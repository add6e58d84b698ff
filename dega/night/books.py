"""What the night does with the books as a whole: it begins behind the closed gate, and ends with seals and checks."""

from datetime import date

from dega.bank import Bank
from dega.ledger import gate
from dega.ledger.books import Guilty, check_books, every_check
from dega.ledger.verify import check_seals
from dega.night.alarms import alarm
from dega.night.seals import SealRound
from dega.store import night

FINDINGS_NAMED = 5

ABOUT_LETTERS = frozenset({"messages_are_sent"})
"""Checks that find what isn't a matter of the books: operations are told, and the bank opens. A mail server that is
down must not keep customers from their money."""


class BooksBroken(Exception):
    """A check found guilty rows, or a seal doesn't fit: the bank stays closed until somebody has looked."""


async def close_the_gate(bank: Bank, _day: date) -> int:
    """Close the gate, unless it is closed; how many transactions with postings were waited for."""
    await gate.close(bank.database, "night")
    async with bank.database.connection() as connection:
        closings = await night.last_closings(connection, 1)
    return closings[0].in_flight or 0 if closings else 0


async def seal_and_check(bank: Bank, _day: date) -> int:
    """Seal what was booked, make every check of the books, and verify every seal; how many checks were made.

    Raises BooksBroken with what was found; HeadLost, ValueError or OSError where the exported head is none of ours.
    """
    await SealRound(bank.database, bank.keys.seals, bank.config.books.heads)()
    async with bank.database.connection() as connection:
        guilty = await check_books(connection)
        verified = await check_seals(connection, bank.keys.seals)
    letters = [row for row in guilty if row.check in ABOUT_LETTERS]
    guilty = [row for row in guilty if row.check not in ABOUT_LETTERS] + verified.guilty
    if guilty:
        raise BooksBroken(_named(guilty))
    if letters:
        async with bank.database.transaction() as connection:
            await alarm(connection, bank, "the sending of letters", _named(letters))
    return len(every_check())


def _named(guilty: list[Guilty]) -> str:
    named = "; ".join(f"{row.check}: {row.what}" for row in guilty[:FINDINGS_NAMED])
    return f"{len(guilty)} findings: {named}"
