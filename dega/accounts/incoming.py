"""Money from outside: booked the moment it comes, or kept while the gate is closed and booked by the night.

What a rail brings is never refused to the rail: it is kept first, under the rail's own key, and booked once for that
key however often it is brought. What can't be booked (nobody's account, a closed one, a time deposit's, another
currency) waits with its reason, is tried again every night, and staff may send it back.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from dega import audit
from dega.accounts.accounts import Product
from dega.audit import Actor
from dega.bank import Bank
from dega.deeds import Booking, Deed, Leg, Particulars
from dega.errors import AccountUnknown, BankClosed, Busy, DepositAccount, Refusal, UpdateWindow
from dega.ids import compact
from dega.ledger import gate
from dega.ledger.chart import CLEARING, bank_account
from dega.ledger.closing import Piece, book_by_night
from dega.money import Currency, Money
from dega.store import incoming
from dega.store.database import Connection
from dega.store.incoming import CreditRow

AT_ONCE = 150
"""Credits that one piece of the night books."""

_KEYS = UUID("7f1c6a52-6f0d-5d0b-9a57-3f7a1e7c2b10")
_LATER = (UpdateWindow, BankClosed, Busy)
"""Refusals that are nobody's fault: it is booked later."""


class KeyTaken(Exception):
    """Another credit came under this key: somebody has to look at it, and nothing was kept."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a rail brings: `key` is how it calls this credit, and always will; `description` the payer's reference."""

    key: str
    iban: str
    amount: Money
    payer_name: str
    description: str
    payer_iban: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a credit: its movement, or None while it waits; `refused` is the code of what keeps it waiting, ''
    where that is only the hour."""

    movement_id: int | None
    refused: str


async def receive(bank: Bank, credit: Credit, actor: Actor, reason: str = "") -> Received:
    """Keep the credit, and book it where the gate is open; brought again, the same comes back.

    What was refused before is left to the night. Raises KeyTaken. Where the ledger's answer doesn't come (PartAway,
    OutcomePending), the credit is kept and the night books it, unless it is booked already. Amounts that aren't
    positive are a ValueError.
    """
    if not credit.amount.is_positive:
        raise ValueError("a credit is an amount above zero")
    async with bank.database.transaction() as connection:
        amount, iban = credit.amount, compact(credit.iban)
        is_new = await incoming.keep(
            connection, credit.key, uuid5(_KEYS, credit.key), iban, amount.currency, amount.minor, credit.payer_name,
            credit.payer_iban, credit.description,
        )  # fmt: skip
        row = await incoming.find(connection, credit.key)
        assert row is not None, "it is kept"  # noqa: S101
        if not is_new and _credit(row) != (credit.key, iban, *_rest(credit)):
            raise KeyTaken(f"another credit came under the key {credit.key} before")
        if is_new:
            await audit.record(connection, actor, "incoming.received", f"incoming:{row.id}", reason=reason)
        clearing = await bank_account(connection, CLEARING, amount.currency)
    if row.movement_id is not None or row.refused:  # what was refused once is the night's, or staff's
        return Received(row.movement_id, row.refused)
    return await _book(bank, row, clearing)


async def _book(bank: Bank, row: CreditRow, clearing: int) -> Received:
    outcome: Booking | Refusal
    try:
        deed = _deed(row, clearing, by_night=False)
        outcome = deed if isinstance(deed, Refusal) else await bank.poster.post(deed)
    except _LATER:
        return Received(None, row.refused)
    except Refusal as refusal:
        outcome = refusal
    settled = _settled(row, outcome)
    async with bank.database.transaction() as connection:
        await incoming.settle(connection, [settled])
    return Received(*settled[1:])


async def book_late(bank: Bank) -> int:
    """Book what only the hour kept waiting, as soon as the gate is open again; how many were booked."""
    async with bank.database.connection() as connection:
        if (await gate.state(connection)).state != "open":
            return 0
        rows = await incoming.late(connection, AT_ONCE)
        clearing = {
            each: await bank_account(connection, CLEARING, Currency(each)) for each in {row.currency for row in rows}
        }
    received = await asyncio.gather(*(_book(bank, row, clearing[row.currency]) for row in rows))
    return sum(each.movement_id is not None for each in received)


async def book_waiting(bank: Bank, connection: Connection, day: date, after: int) -> Piece:
    """A piece of the night: book up to AT_ONCE credits that wait behind the id `after`; `day` is their value date.

    Those that can't be booked keep the reason, and aren't counted.
    """
    rows = await incoming.lock_waiting(connection, after, AT_ONCE)
    clearing = {
        each: await bank_account(connection, CLEARING, Currency(each)) for each in {row.currency for row in rows}
    }
    outcomes: dict[int, Booking | Refusal] = {}
    deeds: dict[int, Deed] = {}
    for row in rows:
        deed = _deed(row, clearing[row.currency], by_night=True)
        if isinstance(deed, Refusal):
            outcomes[row.id] = deed
        else:
            deeds[row.id] = deed
    outcomes |= zip(deeds, await book_by_night(bank, connection, list(deeds.values()), day), strict=True)
    settled = [_settled(row, outcomes[row.id]) for row in rows]
    await incoming.settle(connection, settled)
    done = sum(movement_id is not None for _, movement_id, _ in settled)
    return Piece(done, rows[-1].id if len(rows) == AT_ONCE else None)


async def count_waiting(connection: Connection, day: date) -> int:
    """How many credits the night of any day has before it."""
    return await incoming.count_waiting(connection)


async def kept_waiting(connection: Connection, most: int) -> Sequence[CreditRow]:
    """The credits that wait, the oldest first."""
    return await incoming.waiting(connection, 0, most)


async def send_back(connection: Connection, key: str, reason: str, actor: Actor) -> bool:
    """Note that a credit that couldn't be booked was sent back to its payer; False where there is none such."""
    if not await incoming.send_back(connection, key):
        return False
    row = await incoming.find(connection, key)
    assert row is not None, "it was sent back"  # noqa: S101
    await audit.record(connection, actor, "incoming.returned", f"incoming:{row.id}", row.refused, reason=reason)
    return True


def _deed(row: CreditRow, clearing: int, *, by_night: bool) -> Deed | Refusal:
    """The deed that books it; or why there is none: nobody has the account, or it holds a deposit and nothing else."""
    if row.account_id is None or row.payee_name is None:
        return AccountUnknown()
    if row.product == Product.TERM:
        return DepositAccount()
    leg = Leg(clearing, row.account_id, Money(row.amount_minor, Currency(row.currency)))
    particulars = Particulars(row.payer_name, row.payee_name, row.description, row.payer_iban, row.iban)
    return Deed(row.deed_key, "incoming", (leg,), particulars, by_night=by_night)


def _settled(row: CreditRow, outcome: Booking | Refusal) -> tuple[int, int | None, str]:
    return (row.id, outcome.movement_id, "") if isinstance(outcome, Booking) else (row.id, None, outcome.code)


def _credit(row: CreditRow) -> tuple[object, ...]:
    return row.key, row.iban, row.currency, row.amount_minor, row.payer_name, row.payer_iban, row.description


def _rest(credit: Credit) -> tuple[object, ...]:
    amount = credit.amount
    return amount.currency, amount.minor, credit.payer_name, credit.payer_iban, credit.description
