"""Seals what was booked, soon afterwards. No posting waits for it, and none does anything more because of it.

A seal goes up to an id, so it must know that nothing will appear below it any more. Ids come out of sequences, and
transactions end in another order than they were given theirs; the number of a transaction doesn't help, for PostgreSQL
gives that later than the ids. But a posting takes the shared side of the gate's lock before its ids and holds it to its
end, and so does whoever writes an audit row with that table's lock. So the sealer reads the sequences first, then who
holds these locks (`pg_locks`), and waits until those few transactions have ended, milliseconds later: whoever was given
an id so far is among them or has ended before. A lock is given back after its transaction can be seen, so what the next
statement doesn't see below the id isn't there, and stays a gap for ever. That costs postings nothing: no column, no
write, no lock.
"""

import asyncio
import logging

from dega.keyring import Keyring
from dega.ledger.chain import Digest, Head, SealKey, mark
from dega.store import seals
from dega.store.database import Connection, Database
from dega.store.seals import BEGINNING, TABLES, Reach, SealRow

log = logging.getLogger(__name__)

MOST_IDS = 2000
"""So many ids of each table a seal covers at most: it bounds the memory of a check, and a transaction here."""

ROWS_AT_ONCE = 250
"""Between so many rows everybody else in this process has their turn: two or three milliseconds."""

WAIT_SECONDS = 3.0
"""How long to wait for transactions under way; what hasn't ended then is sealed the next time."""

_LOOK_AGAIN_SECONDS = 0.02


class HeadLost(Exception):
    """The head that was exported isn't in the chain: seals are gone, or others stand in their place."""

    def __init__(self, head: Head) -> None:
        super().__init__(
            f"seal {head.number} was exported as the head and isn't in the chain: the database lost rows, or is another"
        )


async def seal_all(database: Database, ring: Keyring, exported: Head | None = None, *, most_ids: int = MOST_IDS) -> int:
    """Seal what has been booked until now; how many seals it took. None where another process is at it.

    Raises HeadLost where the chain doesn't hold the head that was exported: on top of what is lost nothing is sealed.
    """
    made = 0
    while True:
        async with database.transaction() as connection:
            seal = await _next(connection, ring, exported, most_ids)
            if seal is not None:
                await seals.write(connection, seal)
        if seal is None:
            return made
        made += 1
        if not _is_full(seal.after, seal.upto, most_ids):
            return made


async def head(connection: Connection) -> Head | None:
    """The head as it stands; None before the first seal."""
    found = await seals.last(connection)
    return None if found is None else Head(found.number, found.mac)


async def _next(connection: Connection, ring: Keyring, exported: Head | None, most_ids: int) -> SealRow | None:
    """The seal that comes next; None where nothing waits for one, or another process is at it."""
    if not await seals.take_turn(connection):
        return None
    await seals.take_time(connection)
    if exported is not None and await seals.mac(connection, exported.number) != exported.mac:
        raise HeadLost(exported)
    last = await seals.last(connection)
    after = BEGINNING if last is None else last.upto
    upto, clock = await _finished(connection, after, most_ids)
    key, digest, marks = SealKey(ring.current), Digest(), bytearray()
    for table in TABLES:
        async for batch in seals.batches(connection, table, after.of(table), upto.of(table), ROWS_AT_ONCE):
            for row in batch:
                digest.add(table, row)
                marks += mark(table, row, key.tag(table, row))
    if not marks and not _is_full(after, upto, most_ids):
        return None  # while a full one goes on behind ids that were given out for nothing, as many as there are
    number, previous = (1, None) if last is None else (last.number + 1, last.mac)
    return key.ended(SealRow(number, previous, ring.kid, clock, after, upto, digest.finish(), bytes(marks), b""))


async def _finished(connection: Connection, after: Reach, most_ids: int) -> tuple[Reach, str]:
    """How far every transaction has ended that was given an id after `after`, and the bank's clock (UTC, as text)."""
    reached, clock = await seals.reached(connection)
    writers = await seals.writers(connection)
    waiting, deadline = set(writers), asyncio.get_running_loop().time() + WAIT_SECONDS
    while waiting and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        waiting = await seals.under_way(connection, list(waiting))
    if waiting:
        log.warning("somebody writes for a long time: sealed up to before them", extra={"writers": len(waiting)})
    posting = any(writers[writer] for writer in waiting)
    movement = after.movement if posting else _step(after.movement, reached.movement, most_ids)
    transfer = after.transfer if posting else _step(after.transfer, reached.transfer, most_ids)
    audit = after.audit if waiting else _step(after.audit, reached.audit, most_ids)
    return Reach(movement, transfer, audit), clock


def _step(after: int, reached: int, most_ids: int) -> int:
    """Never backwards, whatever somebody did to the sequence: a check of the books names what that leaves."""
    return max(after, min(reached, after + most_ids))


def _is_full(after: Reach, upto: Reach, most_ids: int) -> bool:
    return any(upto.of(table) - after.of(table) >= most_ids for table in TABLES)
