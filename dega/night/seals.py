"""The books are sealed a minute after they were written, and the head is told to a place outside the database.

The head is a line in the log, and a file where `[books] heads` names a folder. A file that names a seal which the chain
hasn't got stops the sealing: somebody has to look at it before anything is written on top of a loss.
"""

import asyncio
import logging
import os
from pathlib import Path

from dega.keyring import Keyring
from dega.ledger.chain import Head
from dega.ledger.sealer import head as head_of
from dega.ledger.sealer import seal_all
from dega.store.database import Database

log = logging.getLogger(__name__)

FILE = "head"


class SealRound:
    """Seals what waits and exports the head, each time it is called; says how many seals it took."""

    def __init__(self, database: Database, ring: Keyring, folder: str) -> None:
        self._database = database
        self._ring = ring
        self._folder = Path(folder) if folder else None

    async def __call__(self) -> int:
        """Raises HeadLost, ValueError for a file that holds no head, OSError where it can't be read or written."""
        exported = await asyncio.to_thread(read_head, self._folder) if self._folder else None
        made = await seal_all(self._database, self._ring, exported)
        async with self._database.connection() as connection:
            head = await head_of(connection)
        if head is None:
            return made
        if made:
            log.info("the books are sealed", extra={"head": str(head), "seals": made})
        if self._folder and (exported is None or head.number > exported.number):
            await asyncio.to_thread(_write_head, self._folder, head)
        return made


def read_head(folder: Path) -> Head | None:
    """The head that was exported to this folder; None before the first. Raises ValueError, OSError."""
    try:
        text = (folder / FILE).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    try:
        return Head.read(text)
    except ValueError as error:
        raise ValueError(f"{folder / FILE}: {error}") from error


def _write_head(folder: Path, head: Head) -> None:
    """Whole or not at all, and on the disk before it is believed."""
    unfinished = folder / f".{FILE}.{os.getpid()}"
    with unfinished.open("w", encoding="ascii") as file:
        file.write(f"{head}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
