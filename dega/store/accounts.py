"""Customers, their accounts, and what was booked in these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from msgspec import Struct

from dega.deeds import Purpose
from dega.ids import reference
from dega.sealing import Fields
from dega.store import sealed
from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("accounts")


class AccountRow(NamedTuple):
    """A customer's account; amounts in minor units of its currency."""

    id: int
    iban: str
    product: str
    currency: str
    status: str
    floor_minor: int
    balance_minor: int
    last_seq: int
    opened_on: date


class Entry(NamedTuple):
    """One booking in an account, in minor units of its currency; negative went out. The other party is as the movement
    keeps it; fees, interest and tax have none.

    `payment_id` is the customer's own payment that made it, if one did: there is a receipt for it. Pages have many
    entries: `booked_epoch` is in seconds since 1970 in UTC, which cost a fifth of what an instant does to read.
    """

    seq: int
    booked_epoch: float
    amount_minor: int
    balance_after_minor: int
    purpose: Purpose
    movement_id: int
    kind: str
    description: str
    party_name: str
    party_iban: str | None
    payment_id: str | None

    @property
    def booked_at(self) -> datetime:
        """When it was booked, in UTC, to the microsecond."""
        return datetime.fromtimestamp(self.booked_epoch, UTC)

    @property
    def reference(self) -> str:
        """What both sides call the movement it is part of."""
        return reference(self.movement_id)


class Look(NamedTuple):
    """The entries of a customer's account numbered from `start` to below `stop`."""

    customer_id: int
    account_id: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What the branch knows of a customer; `opened_at` in UTC."""

    number: str
    name: str
    mobile: str | None
    email: str | None
    kshbi_version: int | None
    opened_at: datetime


class Sieve(Struct, frozen=True):
    """Which entries pass: booked in [from, before), between two amounts whatever their sign, and with the words.

    `words` and `iban` are LIKE patterns; where `words` is None every text passes.
    """

    booked_from: datetime | None = None
    booked_before: datetime | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    words: str | None = None
    iban: str | None = None
    movement_id: int | None = None


async def accounts_of(connection: Connection, customers: Sequence[int]) -> dict[int, list[AccountRow]]:
    """All accounts of each of these customers, the oldest first, closed ones last."""
    found: dict[int, list[AccountRow]] = {}
    for *columns, customer_id in await connection.fetch(_sql.accounts_of, customers):
        found.setdefault(customer_id, []).append(AccountRow._make(columns))
    return found


async def account_of(connection: Connection, customer_id: int, iban: str) -> AccountRow | None:
    """The account, if it is the customer's."""
    row = await connection.fetchrow(_sql.account_of, customer_id, iban)
    return AccountRow._make(row) if row else None


async def lock_account(connection: Connection, customer_id: int, iban: str) -> AccountRow | None:
    """The account, if it is the customer's, locked for this transaction as a posting locks it."""
    row = await connection.fetchrow(_sql.lock_account, customer_id, iban)
    return AccountRow._make(row) if row else None


async def set_status(connection: Connection, account_id: int, status: str) -> None:
    """Let the account stand otherwise from now on."""
    await connection.execute(_sql.set_status, account_id, status)


async def entries_within(connection: Connection, looks: Sequence[Look]) -> dict[Look, list[Entry]]:
    """All entries that each look is for, newest first; none where the account isn't the customer's."""
    found: dict[Look, list[Entry]] = {look: [] for look in looks}  # two who look at the same share an answer
    places = list(found.values())
    for row in await connection.fetch(_sql.entries_within, *zip(*found, strict=True)):
        places[row[0] - 1].append(Entry._make(row[1:]))
    return found


async def entries_before(
    connection: Connection, customer_id: int, iban: str, seqs: range, sieve: Sieve, most: int
) -> list[Entry]:
    """The newest entries with these numbers that pass the sieve, newest first."""
    return await _entries(connection, _sql.entries_before, customer_id, iban, seqs, sieve, most)


async def entries_after(
    connection: Connection, customer_id: int, iban: str, seqs: range, sieve: Sieve, most: int
) -> list[Entry]:
    """The oldest entries with these numbers that pass the sieve, oldest first."""
    return await _entries(connection, _sql.entries_after, customer_id, iban, seqs, sieve, most)


async def _entries(
    connection: Connection, statement: str, customer_id: int, iban: str, seqs: range, sieve: Sieve, most: int
) -> list[Entry]:
    rows = await connection.fetch(
        statement,
        customer_id,
        iban,
        seqs.start,
        seqs.stop,
        sieve.booked_from,
        sieve.booked_before,
        sieve.least_minor,
        sieve.most_minor,
        sieve.words,
        sieve.iban,
        sieve.movement_id,
        most,
    )
    return [Entry._make(row) for row in rows]


async def firsts_since(
    connection: Connection, account_id: int, moments: Sequence[datetime], beyond: int
) -> dict[datetime, int]:
    """The number of the account's first entry that was booked at each moment or later; `beyond` where there is none."""
    rows = await connection.fetch(_sql.firsts_since, account_id, moments, beyond)
    return {row["moment"]: row["low"] for row in rows}


async def balances_before(
    connection: Connection, account_ids: Sequence[int], moments: Sequence[datetime]
) -> dict[tuple[int, datetime], int]:
    """What was in each of these accounts just before each moment, in minor units of its currency."""
    rows = await connection.fetch(_sql.balances_before, account_ids, moments)
    return {(row["account_id"], row["moment"]): row["balance_minor"] for row in rows}


async def lock_account_numbers(connection: Connection) -> None:
    """Let nobody else number an account until this transaction ends."""
    await connection.execute(_sql.lock_account_numbers)


async def next_account_number(connection: Connection) -> int:
    """A running number that no account has, behind `lock_account_numbers`."""
    number: int = await connection.fetchval(_sql.next_account_number)
    return number


async def open_account(
    connection: Connection, iban: str, customer_id: int, product: str, currency: str, floor_minor: int
) -> AccountRow:
    """Open it, empty, on today's Tirana date."""
    row = await connection.fetchrow(_sql.open_account, iban, customer_id, product, currency, floor_minor)
    assert row is not None, "an INSERT returns its row"  # noqa: S101
    return AccountRow._make(row)


async def open_customer(
    connection: Connection,
    fields: Fields,
    number: str,
    personal_number: str | None,
    kind: str,
    name: str,
    mobile: str | None,
    email: str | None,
    kshbi_version: int | None,
    language: str,
) -> int | None:
    """The id of the new customer; None where the customer number is taken."""
    next_id: int = await connection.fetchval(_sql.next_customer)
    kept = sealed.seal_contact(fields, next_id, mobile, email)
    customer_id: int | None = await connection.fetchval(
        _sql.open_customer,
        next_id,
        number,
        personal_number,
        kind,
        name,
        kept.mobile,
        kept.mobile_index,
        kept.email,
        kshbi_version,
        language,
    )
    return customer_id


async def customer(connection: Connection, fields: Fields, customer_id: int) -> CustomerRow | None:
    """The customer with this id. Raises NotSealedHere."""
    row = await connection.fetchrow(_sql.customer, customer_id)
    if row is None:
        return None
    return CustomerRow(**{**row, **sealed.reveal_contact(fields, customer_id, row)})
