"""Secrets that are easy to recognise, however they are written; and everything that the bank leaves behind.

A canary is searched for as it is, percent-encoded, in base64 at any place of a longer text, in hexadecimal, escaped as
HTML, JSON and Python write it, in every Unicode form, and hashed without a key.
"""

import asyncio
import base64
import hashlib
import html
import io
import json
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import aiohttp
from aiohttp import TraceRequestEndParams, TraceRequestRedirectParams
from cast import Admin

from dega import logs
from dega.bank import Bank
from dega.embedded.supervisor import Servers
from dega.embedded.valkey import SOCKET_NAME

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
SURE_LENGTH = 8
"""So many characters of base64 are nobody's by chance."""


@dataclass
class Canaries:
    """The secrets by what they are, each with all ways to write it."""

    spelled: dict[str, set[bytes]] = field(default_factory=dict)
    numbers: dict[str, re.Pattern[bytes]] = field(default_factory=dict)

    def add(self, name: str, secret: str, *also: str) -> str:
        """One secret more, with other texts that give it away; the secret."""
        for text in (secret, *also):
            if len(text) <= 8 and text.isdecimal():  # a code stands alone, or it is some other number
                alone = rb"(?<![0-9A-Za-z.])%s(?![0-9A-Za-z])" % text.encode()
                self.numbers[f"{name} {text}"] = re.compile(alone)
                self.spelled.setdefault(name, set()).update(spellings(text) - {text.encode()})
            else:
                self.spelled.setdefault(name, set()).update(spellings(text))
        return secret

    def add_bytes(self, name: str, secret: bytes) -> None:
        """One that isn't text."""
        self.spelled.setdefault(name, set()).update(spellings_of_bytes(secret))

    def found(self, heap: bytes, *but: str) -> set[str]:
        """Which of them are in there; those whose names begin with one of `but` may be."""
        seen = {name for name, ways in self.spelled.items() if any(way in heap for way in ways)}
        seen |= {name for name, pattern in self.numbers.items() if pattern.search(heap)}
        return {name for name in seen if not name.startswith(but)} if but else seen


def spellings(text: str) -> set[bytes]:
    """The text in all the ways that it may be written."""
    ways: set[str] = set()
    raw: set[bytes] = set()
    for same in {unicodedata.normalize(form, text) for form in FORMS} | {text}:
        data = same.encode()
        raw |= {same.encode("utf-16-le"), *spellings_of_bytes(data)}
        each = "".join(f"%{byte:02X}" for byte in data)
        ways |= {quote(same, safe=""), quote(same), quote_plus(same), each, each.lower()}
        ways |= {html.escape(same), json.dumps(same)[1:-1], json.dumps(same, ensure_ascii=False)[1:-1]}
        ways |= {repr(same)[1:-1], json.dumps(repr(same))[2:-2]}
    return raw | {way.encode() for way in ways}


def spellings_of_bytes(data: bytes) -> set[bytes]:
    """The bytes as they are, as Python and logs quote them, in hexadecimal and base64, and what they hash to."""
    ways = {repr(data)[2:-1], json.dumps(repr(data))[3:-2], data.hex(), data.hex().upper(), *_in_base64(data)}
    raw = {data}
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, data).digest()  # without a key, short secrets are found by trying
        raw.add(digest)
        ways |= {digest.hex(), base64.b64encode(digest).decode().rstrip("=")}
    return raw | {way.encode() for way in ways}


def _in_base64(data: bytes) -> Iterator[str]:
    """What base64 makes of it, wherever in a longer text it stands: what its neighbours have a part in is cut off."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode().rstrip("=")
        for before in (1, 2):
            inner = encode(bytes(before) + data).decode()[before + 1 :]
            inner = inner[: len(inner) - 4] if (before + len(data)) % 3 else inner
            if len(inner) >= SURE_LENGTH:
                yield inner


@contextmanager
def log_at_its_loudest() -> Iterator[io.StringIO]:
    """The log as `dega serve` writes it, from DEBUG on."""
    root, heard = logging.getLogger(), io.StringIO()
    others, level = root.handlers[:], root.level
    root.handlers.clear()
    with redirect_stderr(heard):
        logs.set_up(logging.DEBUG)
    (ours,) = root.handlers
    root.handlers[:] = [*others, ours]
    try:
        yield heard
    finally:
        root.removeHandler(ours)
        root.setLevel(level)


@asynccontextmanager
async def eavesdropper(servers: Servers) -> AsyncIterator[bytearray]:
    """All that is said to Valkey in this time, as it says so itself."""
    reader, writer = await asyncio.open_unix_connection(str(servers.sockets / SOCKET_NAME))
    heard = bytearray()

    async def listen() -> None:
        while data := await reader.read(65536):
            heard.extend(data)

    listening = asyncio.create_task(listen())
    writer.write(b"MONITOR\r\n")
    await writer.drain()
    try:
        yield heard
    finally:
        writer.close()
        await listening


async def everything_in_valkey(bank: Bank) -> bytes:
    """All keys of this bank and what is kept under them."""
    ask, heap = bank.cache.command, []
    for key in await ask("KEYS", f"{bank.cache.prefix}*"):
        kind = (await ask("TYPE", key)).decode()
        words = {"hash": ("HGETALL", key), "string": ("GET", key), "zset": ("ZRANGE", key, 0, -1)}[kind]
        heap += [key, repr(await ask(*words)).encode()]
    return b"\n".join(heap)


async def everything_in_postgresql(admin: Admin) -> bytes:
    """All rows of all tables, as `pg_dump` writes them."""
    heap = io.BytesIO()
    for table in await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        await admin.copy_from_table(table["tablename"], output=heap)
    return heap.getvalue()


async def logs_of_servers(admin: Admin) -> bytes:
    """What PostgreSQL and Valkey themselves wrote, of this test and those before it."""
    folder = Path(await admin.fetchval("SHOW data_directory")).parent
    return b"".join(log.read_bytes() for log in folder.glob("*.log"))


@dataclass(frozen=True)
class Answer:
    """What a browser was given: the address it asked, its headers but for cookies, and the body."""

    asked: str
    status: int
    headers: bytes
    body: bytes


class Answers(aiohttp.TraceConfig):
    """Every answer of every request, redirects too, with the secrets in its cookies and forms noted as such."""

    def __init__(self, canaries: Canaries) -> None:
        super().__init__()
        self.kept: list[Answer] = []
        self._canaries = canaries
        self.on_request_end.append(self._keep)
        self.on_request_redirect.append(self._keep)

    async def _keep(self, _: object, __: object, told: "TraceRequestEndParams | TraceRequestRedirectParams") -> None:
        answer, body = told.response, await told.response.read()
        for name, cookie in answer.cookies.items():
            if cookie.value and name != "dega-lang":
                self._canaries.add(f"cookie {name}", cookie.value)
        for token in re.findall(rb'name="form_token" value="([0-9a-f]+)"', body):
            self._canaries.add("form token", token.decode())
        lines = [f"{name}: {value}" for name, value in answer.headers.items() if name.lower() != "set-cookie"]
        asked = f"{told.method} {answer.url.path}"
        self.kept.append(Answer(asked, answer.status, "\n".join(lines).encode(), body))
