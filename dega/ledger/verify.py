"""Verifies the chain of seals against the books as they stand, and names the row or the seal that isn't as it was.

It streams: whatever the size of the ledger, it holds four seals with their marks (10 000 rows of 25 bytes each; of one
of them as a dictionary, two megabytes), one batch of rows of each of four tables, and as many findings as an operator
can read. The order of the entries is PostgreSQL's work, which sorts within 64 MiB and then on its disk.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from dega.keyring import Keyring
from dega.ledger.books import Guilty
from dega.ledger.chain import MARK_BYTES, Digest, Head, Name, SealKey, read_marks, seal_keys
from dega.store import seals
from dega.store.database import Connection
from dega.store.seals import BEGINNING, TABLES, Row, SealRow

CHECK = "seals"
"""What findings here are called beside the names of `sql/checks/`."""

ROWS_AT_ONCE, MARKS_AT_ONCE = 250, 2000
"""Between so many everybody else in this process has their turn: two or three milliseconds."""

MOST_NAMED = 1000
"""Findings after which it ends: whoever has read a thousand knows."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How many seals there are, and what isn't as it was sealed; nothing, all hope."""

    seals: int
    guilty: list[Guilty]


async def check_seals(
    connection: Connection, ring: Keyring, exported: Sequence[Head] = (), *, at_once: int = ROWS_AT_ONCE
) -> Verified:
    """Read all seals and all that they cover, and compare; and find the heads that were exported in the chain.

    At one moment of the books, so postings may go on meanwhile. What hasn't been sealed yet isn't looked at.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await seals.take_time(connection)
        verifier = _Verifier(connection, ring, at_once)
        for head in exported:
            await verifier.find(head)
        await verifier.verify()
    return Verified(verifier.seals, verifier.guilty)


class _Verifier:
    def __init__(self, connection: Connection, ring: Keyring, at_once: int) -> None:
        self._connection = connection
        self._keys = seal_keys(ring)
        self._tables = {table: _Table(seals.all_batches(connection, table, at_once)) for table in TABLES}
        self.seals = 0
        self.guilty: list[Guilty] = []

    async def verify(self) -> None:
        before: SealRow | None = None
        is_proven = True  # of the seal before: only then must the next one continue it
        async for seal in seals.chain(self._connection):
            self.seals += 1
            expected = 1 if before is None else before.number + 1
            if seal.number != expected:
                self._missing(expected, seal.number)
            key = self._key_of(seal)
            if key is None:
                self._unproven(seal)
            else:
                if seal.number == expected and is_proven and not _continues(seal, before):
                    self._name(f"seal {seal.number} doesn't continue seal {seal.number - 1}")
                await self._verify_rows(seal, key)
            before, is_proven = seal, key is not None
            if len(self.guilty) >= MOST_NAMED:
                self.guilty.append(Guilty(CHECK, f"there may be more: this ended at seal {seal.number}"))
                return

    async def find(self, head: Head) -> None:
        """A head of before must be in the chain: a copy of the database that lost rows doesn't have it."""
        kept = await seals.mac(self._connection, head.number)
        if kept is None:
            last = await seals.last(self._connection)
            stands = f"the last one is {last.number}" if last else "there is none"
            self._name(f"seal {head.number} was exported as the head and isn't there: {stands}")
        elif kept != head.mac:
            self._name(f"seal {head.number} isn't the one that was exported as the head")

    def _missing(self, first: int, then: int) -> None:
        if then - first == 1:
            self._name(f"seal {first} isn't there: what it covered isn't proven")
        else:
            self._name(f"seals {first} to {then - 1} aren't there: what they covered isn't proven")

    def _key_of(self, seal: SealRow) -> SealKey | None:
        """The key of a seal that is as it was made."""
        key = self._keys.get(seal.kid)
        return key if key is not None and key.fits(seal) else None

    def _unproven(self, seal: SealRow) -> None:
        if seal.kid in self._keys:
            self._name(f"seal {seal.number} isn't as it was made: what it covers isn't proven")
        else:
            self._name(f"seal {seal.number} needs the key seals.{seal.kid}, which isn't there")

    async def _verify_rows(self, seal: SealRow, key: SealKey) -> None:
        found = len(self.guilty)
        digest, marks = Digest(), await _read(seal.marks)
        for table, rows in self._tables.items():
            if seal.number > 1:  # what belongs to a seal before that isn't proven
                async for _ in rows.upto(seal.after.of(table)):
                    pass
            async for piece in rows.upto(seal.upto.of(table)):
                for row in piece:
                    digest.add(table, row)
                    name = (table, row.first, row.second)
                    tag = marks.pop(name, None)
                    if tag != key.tag(table, row):
                        self._name(_added(name, seal) if tag is None else _changed(name, seal))
        for name in marks:
            self._name(f"{_called(name)} is missing, and seal {seal.number} covers it")
        if found == len(self.guilty) and digest.finish() != seal.digest:
            self._name(f"what seal {seal.number} covers isn't what was sealed")

    def _name(self, what: str) -> None:
        if len(self.guilty) < MOST_NAMED:
            self.guilty.append(Guilty(CHECK, what))


class _Table:
    """The rows of a table in their order, taken seal by seal."""

    def __init__(self, batches: AsyncIterator[list[Row]]) -> None:
        self._batches = batches
        self._batch: list[Row] = []

    async def upto(self, position: int) -> AsyncIterator[list[Row]]:
        """What comes next, up to and including that position, in pieces."""
        while True:
            if not self._batch:
                self._batch = await anext(self._batches, [])
            end = bisect_right(self._batch, position, key=_position)
            piece, self._batch = self._batch[:end], self._batch[end:]
            if not piece:
                return
            yield piece


async def _read(marks: bytes) -> dict[Name, bytes]:
    read: dict[Name, bytes] = {}
    size = MARKS_AT_ONCE * MARK_BYTES
    for start in range(0, len(marks), size):
        read |= read_marks(marks[start : start + size])
        await asyncio.sleep(0)
    return read


def _position(row: Row) -> int:
    return row.position


def _continues(seal: SealRow, before: SealRow | None) -> bool:
    previous, after = (None, BEGINNING) if before is None else (before.mac, before.upto)
    return (seal.previous, seal.after) == (previous, after)


def _added(name: Name, seal: SealRow) -> str:
    return f"{_called(name)} stands where seal {seal.number} covers nothing of the kind: it came afterwards"


def _changed(name: Name, seal: SealRow) -> str:
    return f"{_called(name)} isn't as it was when seal {seal.number} was made ({seal.sealed_at[:19]} UTC)"


def _called(name: Name) -> str:
    table, first, second = name
    if table == "entry":
        return f"entry {second} of account {first}"
    return f"audit row {first}" if table == "audit" else f"{table} {first}"
