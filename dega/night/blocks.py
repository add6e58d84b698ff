"""Sees to what follows from a block, a moment after it fell: the answer to whoever caused it must not take longer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from dega.errors import Busy, PartAway
from dega.store.database import AWAY, STILL_HELD

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0


class BlockWatch:
    """Calls `tell_owners` every second, and again at once while it finds any. What fails is found again."""

    def __init__(self, tell_owners: Callable[[], Awaitable[int]]) -> None:
        self._tell_owners = tell_owners
        self._task = asyncio.create_task(self._run(), name="night-blocks")

    async def close(self) -> None:
        """Stop at once: what isn't told is told by the next process."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            told = 0
            try:
                told = await self._tell_owners()
            except (PartAway, Busy, *AWAY, *STILL_HELD) as error:
                log.warning("owners can't be told of blocks now", extra={"why": type(error).__name__})
            except Exception:
                log.exception("owners could not be told of blocks")
            if not told:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
