"""Forms that move money take turns, so that a crowd of them leaves the loop to pages in between.

A thousand payments that are all at the same step hold up everybody for a thousand times that step. Only so many are at
work here; the others wait in the order they came, and who waits for the ledger has given their turn to the next.
"""

import asyncio

from aiohttp import web

AT_WORK = 32


class Turn:
    """A place among those who are at work, until it is left; leaving twice is leaving once."""

    __slots__ = ("_is_held", "_places")

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_held = False

    async def __aenter__(self) -> None:
        await self._places.acquire()
        self._is_held = True

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one in: what is left to do here is to wait."""
        if self._is_held:
            self._is_held = False
            self._places.release()


PLACES = web.AppKey("places", asyncio.Semaphore)
TURN = web.RequestKey("turn", Turn)


def set_up(app: web.Application) -> None:
    """Make the places."""
    app[PLACES] = asyncio.Semaphore(AT_WORK)


def leave(request: web.Request) -> None:
    """Let the next one in, if this request has a turn."""
    turn = request.get(TURN)
    if turn is not None:
        turn.leave()
