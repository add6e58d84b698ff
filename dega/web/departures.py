"""Answers of one turn of the event loop leave together, at its end or when they are a handful.

Whoever reads them, a proxy on the same machine say, is woken for the first and still awake for the others. Written one
by one, each wakes a reader who fell asleep while the next page was being made: that costs as much as a tenth of a page.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

log = logging.getLogger(__name__)

HANDFUL = 8
"""So many leave before the turn ends: the first of a crowd doesn't wait for the last, nor are all their pages kept."""


class Departures:
    """What leaves together, in the order in which it was written. One for a server."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, Iterable[bytes]]] = []

    def take(self, transport: asyncio.Transport, chunks: Iterable[bytes]) -> None:
        """These leave on that connection."""
        if not self._waiting:
            self._loop.call_soon(self.leave)
        self._waiting.append((transport, chunks))
        if len(self._waiting) == HANDFUL:
            self.leave()

    def leave(self) -> None:
        """All leave now. What was for somebody who has gone is dropped; what can't be written ends its connection."""
        waiting, self._waiting = self._waiting, []
        for transport, chunks in waiting:
            if not transport.is_closing():
                try:
                    transport.writelines(chunks)
                except Exception:
                    log.exception("an answer could not be sent")
                    transport.abort()


class Departing(asyncio.Transport):
    """A connection's transport, on which what is written leaves with all that is written in the same turn."""

    __slots__ = ("_departures", "_transport")

    def __init__(self, transport: asyncio.Transport, departures: Departures) -> None:
        super().__init__()
        self._transport = transport
        self._departures = departures

    def write(self, data: Any) -> None:
        """Send the bytes with what else is written in this turn."""
        self._departures.take(self._transport, (data,))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Send all of them with what else is written in this turn."""
        self._departures.take(self._transport, list_of_data)

    def close(self) -> None:
        """End the connection behind what was written."""
        self._departures.leave()
        self._transport.close()

    def abort(self) -> None:
        """End the connection now; what waits on it is dropped."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection: `peername`, `socket`."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take no more bytes for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._transport.resume_reading()
