"""Closing a day: its stages work in pieces, and what they book is the bank's own doing, behind the closed gate."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dega.bank import Bank
from dega.deeds import Booking, Deed
from dega.errors import Refusal
from dega.ledger.decide import Batch, decide
from dega.store import ledger
from dega.store.database import Connection


class Piece(NamedTuple):
    """What a piece of a stage did: how many things, and behind which id the next one goes on (None: all is done)."""

    done: int
    after: int | None


async def book_by_night(
    bank: Bank, connection: Connection, deeds: Sequence[Deed], day: date
) -> list[Booking | Refusal]:
    """Book deeds of the night in the caller's transaction, with `day` as their value date; their outcomes, in order.

    A deed whose key is booked already is that booking. Deeds that carry an authority, or aren't `by_night`, are a
    ValueError: customers' payments go through the poster.
    """
    if any(deed.authority is not None or not deed.by_night for deed in deeds):
        raise ValueError("the night books deeds of its own only")
    legs = [leg for deed in deeds for leg in deed.legs]
    notices = sum(len(deed.notices) for deed in deeds)
    threshold = await ledger.threshold(connection, len(deeds), len(legs), notices, [deed.key for deed in deeds])
    accounts = {account for leg in legs for account in (leg.debit_account_id, leg.credit_account_id)}
    locked = await ledger.lock_accounts(connection, sorted(accounts))
    booked = {}
    if threshold.booked:
        found = await ledger.bookings(connection, list(threshold.booked))
        booked = {key: Booking(*booking) for key, booking in found.items()}
    batch = Batch(
        threshold=threshold,
        window=bank.config.window.window,
        in_window=True,
        in_step=True,
        payments={},
        accounts=locked,
        booked=booked,
        sheet=ledger.Sheet(threshold.clock, day, day),
    )
    outcomes = [decide(batch, deed) for deed in deeds]
    if batch.sheet.audits:
        await ledger.write(connection, bank.fields, batch.sheet)
    return outcomes
