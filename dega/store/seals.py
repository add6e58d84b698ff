"""Seals of the books as rows, and the rows that they cover: in batches, so that nobody ever holds the whole ledger."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

from dega.store.database import Connection
from dega.store.queries import queries

_sql = queries("seals")

TABLES = {"movement": _sql.movements, "transfer": _sql.transfers, "entry": _sql.entries, "audit": _sql.audits}
"""What is sealed, in this order, and how its rows are read. Entries go by the ids of their transfers."""

_ALL_IDS = 2**63 - 1
_SEALS_AT_ONCE = 4
_MOST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Reach:
    """A place in the books: so far have movements, transfers (with their entries) and the audit trail come, by id."""

    movement: int
    transfer: int
    audit: int

    def of(self, table: str) -> int:
        """So far has the table come; entries have come as far as their transfers."""
        found: int = getattr(self, "transfer" if table == "entry" else table)
        return found


BEGINNING = Reach(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Last:
    """The last seal: its number, when it was made (UTC, as text), what it ends with and where."""

    number: int
    sealed_at: str
    mac: bytes
    upto: Reach


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal as it stands; `sealed_at` is UTC, as text to the microsecond: whatever stands there can be read."""

    number: int
    previous: bytes | None
    kid: str
    sealed_at: str
    after: Reach
    upto: Reach
    digest: bytes
    marks: bytes
    mac: bytes


class Row(NamedTuple):
    """A row that is sealed: where it stands among others, what it is called, and all its columns in binary.

    An entry is called by its account and number there, anything else by its id and 0.
    """

    position: int
    first: int
    second: int
    bytes: bytes


async def take_turn(connection: Connection) -> bool:
    """Whether this transaction is the one that seals; until it ends, no other is."""
    taken: bool = await connection.fetchval(_sql.take_turn)
    return taken


async def reached(connection: Connection) -> tuple[Reach, str]:
    """How far ids have been given out, and the bank's clock (UTC, as text)."""
    row = await connection.fetchrow(_sql.reached)
    assert row is not None, "a row of sequences"  # noqa: S101
    return Reach(row["movement"], row["transfer"], row["audit"]), row["clock"]


async def writers(connection: Connection) -> dict[str, bool]:
    """The transactions that may have been given ids and haven't ended; whether each posts, or only audits."""
    found: dict[str, bool] = {}
    for row in await connection.fetch(_sql.writers):
        found[row["writer"]] = found.get(row["writer"], False) or row["posts"]
    return found


async def under_way(connection: Connection, writers: list[str]) -> set[str]:
    """Those of the transactions that haven't ended yet."""
    return {row["writer"] for row in await connection.fetch(_sql.under_way, writers)}


async def last(connection: Connection) -> Last | None:
    """The last seal; None before the first."""
    row = await connection.fetchrow(_sql.last)
    if row is None:
        return None
    return Last(
        row["number"],
        row["sealed_at"],
        row["mac"],
        Reach(row["movement_upto"], row["transfer_upto"], row["audit_upto"]),
    )


async def mac(connection: Connection, number: int) -> bytes | None:
    """What the seal of that number ends with; None where there is none."""
    found: bytes | None = await connection.fetchval(_sql.mac, number)
    return found


async def waiting(connection: Connection, after: Reach) -> dict[str, int]:
    """How many movements, transfers and audit rows wait for their seal."""
    row = await connection.fetchrow(_sql.waiting, after.movement, after.transfer, after.audit)
    assert row is not None, "a row of counts"  # noqa: S101
    return dict(row)


async def write(connection: Connection, seal: SealRow) -> None:
    """Keep the next seal. Raises a PostgreSQL error where it doesn't continue the last one."""
    after, upto = seal.after, seal.upto
    await connection.execute(
        _sql.write, seal.number, seal.previous, seal.kid, seal.sealed_at, after.movement, after.transfer, after.audit,
        upto.movement, upto.transfer, upto.audit, seal.digest, seal.marks, seal.mac,
    )  # fmt: skip


async def batches(connection: Connection, table: str, after: int, upto: int, at_once: int) -> AsyncIterator[list[Row]]:
    """The rows of a table in their order, at most `at_once` in memory; inside a transaction."""
    cursor = await connection.cursor(TABLES[table], after, upto, timeout=_MOST_SECONDS)
    while records := await cursor.fetch(at_once, timeout=_MOST_SECONDS):
        yield [Row._make(record) for record in records]


def all_batches(connection: Connection, table: str, at_once: int) -> AsyncIterator[list[Row]]:
    """The same of all rows, whatever ids they have."""
    return batches(connection, table, -_ALL_IDS - 1, _ALL_IDS, at_once)


async def chain(connection: Connection) -> AsyncIterator[SealRow]:
    """All seals in their order, a few at a time in memory; inside a transaction."""
    cursor = await connection.cursor(_sql.chain, timeout=_MOST_SECONDS)
    while records := await cursor.fetch(_SEALS_AT_ONCE, timeout=_MOST_SECONDS):
        for row in records:
            yield SealRow(
                row["number"],
                row["previous"],
                row["kid"],
                row["sealed_at"],
                Reach(row["movement_after"], row["transfer_after"], row["audit_after"]),
                Reach(row["movement_upto"], row["transfer_upto"], row["audit_upto"]),
                row["digest"],
                row["marks"],
                row["mac"],
            )


async def take_time(connection: Connection) -> None:
    """Let the statements of this transaction take an hour each, and sort within 64 MiB before they use the disk."""
    await connection.execute(f"SET LOCAL statement_timeout = '{_MOST_SECONDS}s'; SET LOCAL work_mem = '64MB'")
