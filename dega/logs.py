"""One line of JSON for each thing that happened, with the request it belongs to; never a code, password or token."""

import logging
import sys
import time
from contextvars import ContextVar
from functools import lru_cache

import msgspec

request_id: ContextVar[str] = ContextVar("request_id", default="")

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))


class JsonLines(logging.Formatter):
    """A record as one line of JSON: control characters can't break out of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the record's extra values beside its message."""
        line: dict[str, object] = {
            "at": f"{_second(int(record.created))}.{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "from": record.name,
            "request": request_id.get(),
            "what": record.getMessage(),
        }
        line.update({key: value for key, value in vars(record).items() if key not in _OWN})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        try:
            return msgspec.json.encode(line, enc_hook=str).decode()
        except UnicodeEncodeError:  # half a character, as strangers send it
            return msgspec.json.encode({key: _whole(value) for key, value in line.items()}).decode()


def _whole(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def set_up(level: int = logging.INFO) -> None:
    """Send everything from `level` on to standard error, as lines of JSON."""
    # Nobody reads them here, and looking for the caller's line costs as much as the rest of a record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("fido2").setLevel(logging.WARNING)
