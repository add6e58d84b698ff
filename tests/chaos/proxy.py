"""A line between the bank and one of its servers that we own: slow, silent, in crumbs, cut, or cut just at COMMIT."""

import asyncio
import contextlib
import ctypes
import re
import socket
import struct
from collections.abc import Awaitable, Callable

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

AT_ONCE = 65536
IS_COMMIT = re.compile(rb"\bCOMMIT\0")
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset, not an end."""

SO_ATTACH_FILTER = 26
_DROP = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # return 0 bytes of whatever comes
_DROP_ALL = struct.pack("HP", 1, ctypes.addressof(_DROP))


class _Pair:
    """One connection of the bank, and ours to the server."""

    def __init__(self, line: "Line", bank: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.line = line
        self.bank = bank
        self.server = server
        self.is_lost = False
        self.drops_answer = False

    def lose(self) -> None:
        """Carry nothing more, and have our system drop what the bank's sends: even that it is still there."""
        self.is_lost = True
        self.bank.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, _DROP_ALL)

    def cut(self) -> None:
        """Break it in both directions, as a router does that has lost its table."""
        for end in (self.bank, self.server):
            connection = end.get_extra_info("socket")
            if connection is not None and connection.family == socket.AF_INET:
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_server: bool) -> None:
        """Bytes from one end to the other, as the line's state of the moment has it."""
        line = self.line
        while data := await reader.read(AT_ONCE):
            await self._wait_for_passage()
            if to_server and IS_COMMIT.search(data) and line.at_commit is not None:
                at_commit, line.at_commit = line.at_commit, None
                line.commits_met += 1
                await at_commit(self)
            if self.drops_answer and not to_server:
                self.cut()
                return
            if line.latency:
                await asyncio.sleep(line.latency)
            for crumb in _crumbs(data, line.crumbs):
                writer.write(crumb)
                await writer.drain()
                if line.crumbs:
                    await asyncio.sleep(0)
        writer.close()

    async def _wait_for_passage(self) -> None:
        await self.line.passage.wait()
        if self.is_lost:
            await asyncio.Event().wait()


def _crumbs(data: bytes, size: int) -> list[bytes]:
    return [data[place : place + size] for place in range(0, len(data), size)] if size else [data]


async def cut_before(pair: _Pair) -> None:
    """COMMIT never arrives."""
    pair.cut()
    raise ConnectionResetError


async def cut_after(pair: _Pair) -> None:
    """COMMIT arrives and is kept; its answer doesn't come back."""
    pair.drops_answer = True


async def lost_before(pair: _Pair) -> None:
    """COMMIT never arrives, and nobody says so."""
    pair.lose()
    await asyncio.Event().wait()


def hold(seconds: float) -> Callable[[_Pair], Awaitable[None]]:
    """COMMIT is under way for so long, whoever has sent it."""

    async def held(_: _Pair) -> None:
        await asyncio.sleep(seconds)

    return held


class Line:
    """A listening end and the connections through it. What isn't set lets everything pass at once."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.passage = asyncio.Event()
        self.passage.set()
        self.latency = 0.0
        self.crumbs = 0
        self.at_commit: Callable[[_Pair], Awaitable[None]] | None = None
        self.commits_met = 0

    async def listen_on_port(self, port: int = 0) -> int:
        """Answer on a port of loopback; which."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def listen_on_path(self, path: str) -> None:
        """Answer on a unix socket."""
        self._server = await asyncio.start_unix_server(self._serve, path)

    def cut(self) -> None:
        """Break every connection; new ones come through."""
        for pair in list(self._pairs):
            pair.cut()

    def lose(self) -> None:
        """Every connection is silent for ever, without a word to anybody; new ones come through."""
        for pair in self._pairs:
            pair.lose()

    def heal(self) -> None:
        """Everything passes again; what was held back arrives now."""
        self.latency, self.crumbs, self.at_commit = 0.0, 0, None
        self.passage.set()

    async def close(self) -> None:
        """Answer no more, and break what there is."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                await self.passage.wait()
                there, away = await self._connect()
            except OSError:
                writer.transport.abort()
                return
            pair = _Pair(self, writer, away)
            self._pairs.add(pair)
            try:
                await _both(pair.carry(reader, away, to_server=True), pair.carry(there, writer, to_server=False))
            finally:
                self._pairs.discard(pair)
                writer.transport.abort() if pair.is_lost else writer.close()
                away.close()


async def _both(*ways: Awaitable[None]) -> None:
    """Until one of the two ends."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
