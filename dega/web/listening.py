"""Answering on a port. Bytes that are no HTTP are neither repeated to whoever sent them nor written into the log.

The line that a parser stumbles over may be the one with a session's cookie, or a form with a password.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from dega.web.bare import Bare, bare_pages
from dega.web.departures import Departing, Departures

log = logging.getLogger(__name__)

HOW: dict[str, Any] = {
    "access_log": None,  # guards.recorded writes a line of our own, which costs half as much and names no address
    "auto_decompress": False,  # forms come as they are: a small body can't become a large one
    "lingering_time": 0,
    "keepalive_timeout": 15,
}
CLOSING_SECONDS = 10
WAITING = 128
"""Connections that the system keeps for us until we take them."""


class Connection(web.RequestHandler):
    """One connection of a visitor or a proxy."""

    __slots__ = ("_bare", "_departures")

    def __init__(self, manager: web.Server, *, bare: Bare, departures: Departures, **how: Any) -> None:
        super().__init__(manager, **how)
        self._bare = bare
        self._departures = departures

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A visitor or a proxy has come."""
        super().connection_made(Departing(cast(asyncio.Transport, transport), self._departures))

    def eof_received(self) -> None:
        """They say no more, but may still read what is ready for them."""
        self._departures.leave()
        super().eof_received()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What no page answers: a fault outside of all pages is logged whole, anything else without its words."""
        if status >= 500:
            self.log_exception("a fault outside of all pages", exc_info=exc)
            if request.writer.output_size > 0:
                raise ConnectionError("the answer has begun, and can't become another one")
            return self._bare(status)
        log.warning("what was sent can't be read", extra={"status": status, "why": type(exc).__name__})
        return self._bare(431 if isinstance(exc, LineTooLong) else status)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Nothing that the framework refuses before our own pages is answered in its words."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = self._bare(resp.status)
        return await super().finish_response(request, resp, start_time)


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Answer on `host` and `port` (0: any) for as long as the block runs, and finish then what was begun.

    Gives the address. Raises OSError where it can't be listened on.
    """
    gc.collect()
    gc.freeze()  # what is there before the first visitor stays: the collector needn't look at it again and again
    gc.set_threshold(10_000, 20, 20)
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=CLOSING_SECONDS)
    await runner.setup()
    try:
        here: dict[str, Any] = {"bare": bare_pages(app), "departures": Departures(loop), "loop": loop}
        connection = partial(Connection, cast(web.Server, runner.server), **here, **HOW)
        server = await loop.create_server(connection, host, port, backlog=WAITING)
        try:
            address = server.sockets[0].getsockname()
            yield address[0], address[1]
        finally:
            server.close()
    finally:
        await runner.cleanup()
