"""One line of JSON for each thing that happened, with the request it belongs to; never a code, password or token."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from select import PIPE_BUF
from typing import TextIO

import msgspec

request_id: ContextVar[str] = ContextVar("request_id", default="")

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ENCODER = msgspec.json.Encoder(enc_hook=str)


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))


def _line(at: float, level: str, origin: str, what: str, more: dict[str, object]) -> str:
    """The line of what happened `at` that second since 1970, with its extra values after what every line says."""
    seconds = int(at)
    line: dict[str, object] = {
        "at": f"{_second(seconds)}.{int((at - seconds) * 1000):03d}",
        "level": level,
        "from": origin,
        "request": request_id.get(),
        "what": what,
        **more,
    }
    try:
        return _ENCODER.encode(line).decode()
    except UnicodeEncodeError:  # half a character, as strangers send it
        return _ENCODER.encode({key: _whole(value) for key, value in line.items()}).decode()


def _whole(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


class JsonLines(logging.Formatter):
    """A record as one line of JSON: control characters can't break out of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the record's extra values beside its message."""
        more = {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info:
            more["trace"] = self.formatException(record.exc_info)
        return _line(record.created, record.levelname.lower(), record.name, record.getMessage(), more)


class TurnByTurn(logging.Handler):
    """Lines of one turn of the event loop are written together at its end: a write for each costs as much as the line.

    Written at once, with all that wait, is a warning or worse and whatever is said where no loop runs. What waits when
    the process ends is written then; where it is killed, lines of one turn are lost at most.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._stream = stream
        self._waiting: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None  # at the end of whose turn they go out

    def emit(self, record: logging.LogRecord) -> None:
        """Take the record's line."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  # what is told wrongly isn't to fail for it
            self.handleError(record)
        else:
            self.take(line, at_once=record.levelno >= logging.WARNING)

    def take(self, line: str, *, at_once: bool = False) -> None:
        """Take a line that is ready but for its end."""
        self.acquire()
        try:
            self._waiting.append(line + "\n")
            loop = None if at_once else _running_loop()
            if loop is None:
                self.flush()
            elif loop is not self._loop:
                self._loop = loop
                loop.call_soon(self.flush)
        finally:
            self.release()

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            self._loop = None
            lines, self._waiting = self._waiting, []
            with contextlib.suppress(OSError, ValueError):  # nobody listens any more: whom to tell?
                for piece in _pieces(lines):
                    self._stream.write(piece)
                    self._stream.flush()
        finally:
            self.release()


def _pieces(lines: list[str]) -> Iterator[str]:
    """The lines in pieces that a pipe takes whole, so that those of another process never stand within one."""
    piece: list[str] = []
    size = 0
    for line in lines:
        more = len(line.encode())
        if piece and size + more > PIPE_BUF:
            yield "".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += more
    if piece:
        yield "".join(piece)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def of_request(**facts: object) -> None:
    """The line of a request that was answered, of level info: the logger `dega.requests` would write the same.

    There is one for each request, and a record costs several times what its line does.
    """
    if logging.root.level <= logging.INFO:
        for handler in logging.root.handlers:
            if isinstance(handler, TurnByTurn):
                handler.take(_line(time.time(), "info", "dega.requests", "request", facts))


def set_up(level: int = logging.INFO) -> None:
    """Send everything from `level` on to standard error, as lines of JSON."""
    # Nobody reads them here, and looking for the caller's line costs as much as the rest of a record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logging.basicConfig(level=level, handlers=[TurnByTurn(sys.stderr)], force=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("fido2").setLevel(logging.WARNING)
