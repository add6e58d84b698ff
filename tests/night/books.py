"""The books of a bank as text, the same wherever the same was booked: no ids that were given out, no moments."""

from cast import Admin

from dega.ledger.books import Guilty, check_books
from dega.night.books import ABOUT_LETTERS

_BOOKS = """
SELECT e.account_id, e.seq, m.deed_key, m.kind, m.by_night, m.value_date, m.payer_name, m.payee_name, m.description,
       t.purpose, e.amount_minor, e.balance_after_minor
  FROM entry e JOIN transfer t ON t.id = e.transfer_id JOIN movement m ON m.id = t.movement_id
 ORDER BY e.account_id, e.seq
"""
_NIGHTS = "SELECT day, stage, done, total, after FROM night_stage WHERE ended_at IS NOT NULL ORDER BY day, stage"
_TOLD = "SELECT channel, template, data FROM outbox ORDER BY channel, template, data::text"


async def books(admin: Admin) -> str:
    """Every entry with its movement, account by account."""
    return "\n".join(" | ".join(map(str, row)) for row in await admin.fetch(_BOOKS))


async def nights(admin: Admin) -> str:
    """What each stage of each night did."""
    return "\n".join(" | ".join(map(str, row)) for row in await admin.fetch(_NIGHTS))


async def told(admin: Admin) -> list[str]:
    """What customers were told, in any order."""
    return [" | ".join(map(str, row)) for row in await admin.fetch(_TOLD)]


async def guilty(admin: Admin) -> list[Guilty]:
    """What the checks find in the books; nobody sends any letters here."""
    return [row for row in await check_books(admin) if row.check not in ABOUT_LETTERS]
