"""The virtual keyboard (R19) for browsers without scripts: each key is sent, and the server keeps what was typed.

It stands on every page where a password is written, for one field at a time. What was written into the other fields is
kept as well, sealed so that only this browser's next request opens it; passwords are never put into a page. How the
keyboard looks is said in the address. With scripts `static/keyboard.js` types into the fields and none of this happens.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from aiohttp import web

from dega.store import keyboard as store
from dega.web.forms import Typed
from dega.web.keys import BANK, VISITOR
from dega.web.render import see_other

LETTERS = ("12345 67890-", "qwert zuiopç", "asdfg hjklë@", "yxcvb nm.,_!")
SIGNS = ("12345 67890-", ".,-_@ !?#+*/", "=%&$: ;'\"()€", r"<>[]{ }\|^~`")
"""Rows of keys. Each has two halves, of which a narrow screen shows one below the other."""
LAYERS = ("letters", "capitals", "signs")
CLOSED = "closed"
_NONCE = 16

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """Which field the keys type into (or `closed`), which keys there are, and the number that shuffles them, if any."""

    field: str
    layer: str = LAYERS[0]
    shuffle: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], fields: Collection[str]) -> Self | None:
        """As the address says; None where it says nothing of a keyboard."""
        field, layer, shuffle = query.get("keyboard", ""), query.get("layer", ""), query.get("shuffle", "")
        if field not in fields and field != CLOSED:
            return None
        return cls(field, layer if layer in LAYERS else LAYERS[0], shuffle[:9] if shuffle.isdecimal() else "")

    def address(self, path: str) -> str:
        """The page with this keyboard."""
        layer = "" if self.layer == LAYERS[0] else self.layer
        said = {"keyboard": self.field, "layer": layer, "shuffle": self.shuffle}
        return f"{path}?{urlencode({name: text for name, text in said.items() if text})}"

    def rows(self) -> tuple[Rows, ...]:
        """The keys: rows of two halves."""
        keys: tuple[str, ...] = SIGNS if self.layer == "signs" else LETTERS
        if self.shuffle:
            keys = _shuffled(keys, self.shuffle)
        if self.layer == "capitals":
            keys = tuple(row.upper() for row in keys)
        return tuple(tuple(tuple(half) for half in row.split(" ")) for row in keys)


@dataclass(frozen=True, slots=True)
class KeyboardView:
    """The keyboard of a page: where its form is sent, the field it types into (empty: it isn't shown), its keys, how
    many characters of each field are kept, what was written into fields that aren't secret; the rows for scripts."""

    action: str
    field: str
    layer: str
    is_shuffled: bool
    rows: tuple[Rows, ...]
    typed: Mapping[str, int]
    written: Typed
    letters: tuple[str, ...] = LETTERS
    signs: tuple[str, ...] = SIGNS


async def view(request: web.Request, fields: Collection[str]) -> KeyboardView:
    """The keyboard for these password fields of the page."""
    look = _Look.of(request.query, fields)
    if look is None:
        return KeyboardView(request.path, "", LAYERS[0], False, (), {}, Typed())
    kept = _open(request, await store.find(request.app[BANK].cache, _name(request)))
    typed = {field: len(kept[field]) for field in fields}
    written = Typed({name: text for name, text in kept.items() if name not in fields})
    field = "" if look.field == CLOSED else look.field
    return KeyboardView(look.address(request.path), field, look.layer, bool(look.shuffle), look.rows(), typed, written)


async def press(
    request: web.Request, posted: Typed, fields: Collection[str], written: Collection[str] = ()
) -> web.Response | None:
    """Keep what a key makes of the fields, and what was `written` into the others; on to the page again. None where no
    key was pressed."""
    if not any(name.startswith(("key", "open_")) for name in posted):
        return None
    look = _Look.of(request.query, fields)
    kept = Typed()
    if look is not None:  # what an earlier visit left behind doesn't count
        kept = _open(request, await store.find(request.app[BANK].cache, _name(request)))
    most = request.app[BANK].config.access.password_most + 1  # one more, so that what is too long is said to be
    typed = Typed({field: (kept[field] + posted[field])[:most] for field in fields})
    look = _turned(look or _Look(CLOSED), posted, fields)
    if look.field in fields:
        typed[look.field] = _after(typed[look.field], posted)[:most]
    typed.update({name: posted[name] for name in written})
    seconds = request.app[BANK].config.sessions.idle_seconds
    await store.keep(request.app[BANK].cache, _name(request), _seal(request, typed), seconds)
    return see_other(f"{look.address(request.path)}#keyboard")


async def whole(request: web.Request, posted: Typed, fields: Collection[str]) -> Typed:
    """The form with what the keyboard typed before what was written into each field. It is kept no longer."""
    if _Look.of(request.query, fields) is None:
        return posted
    kept = _open(request, await store.take(request.app[BANK].cache, _name(request)))
    return Typed({**posted, **{field: kept[field] + posted[field] for field in fields}})


def _turned(look: _Look, posted: Typed, fields: Collection[str]) -> _Look:
    """The keyboard after a key that changes the keyboard itself."""
    for field in fields:
        if f"open_{field}" in posted:
            return replace(look, field=field)
    for layer in LAYERS:
        if f"key_{layer}" in posted:
            return replace(look, layer=layer)
    if "key_shuffle" in posted:
        return replace(look, shuffle=str(secrets.randbelow(10**9)))
    if "key_in_order" in posted:
        return replace(look, shuffle="")
    return replace(look, field=CLOSED) if "key_close" in posted else look


def _after(typed: str, posted: Typed) -> str:
    """The text of the field after a key that changes it."""
    if "key_delete" in posted:
        return typed[:-1]
    if "key_clear" in posted:
        return ""
    return typed + (" " if "key_space" in posted else posted["key"][:1])


def _shuffled(rows: tuple[str, ...], seed: str) -> tuple[str, ...]:
    """The keys of the first row change places with each other, the others among themselves; each seed has its order."""

    def order(key: str) -> bytes:
        return hashlib.sha256(f"{seed}{key}".encode()).digest()

    shuffled = []
    for part in (rows[:1], rows[1:]):
        keys = iter(sorted("".join(part).replace(" ", ""), key=order))
        shuffled += ["".join(" " if key == " " else next(keys) for key in row) for row in part]
    return tuple(shuffled)


def _secret(request: web.Request) -> bytes:
    """What only this browser in this session, on this page, opens, and only together with the server."""
    visitor = request[VISITOR]
    bound = visitor.session.id if visitor.session is not None else ""
    text = f"keyboard|{visitor.browser_id}|{bound}|{request.path}"
    return hmac.new(request.app[BANK].keys.sessions, text.encode(), hashlib.sha256).digest()


def _name(request: web.Request) -> str:
    return hashlib.sha256(b"name" + _secret(request)).hexdigest()


def _seal(request: web.Request, typed: Typed) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _hide(_secret(request), nonce, json.dumps(typed).encode())


def _open(request: web.Request, sealed: bytes) -> Typed:
    if not sealed:
        return Typed()
    nonce, hidden = sealed[:_NONCE], sealed[_NONCE:]
    return Typed(json.loads(_hide(_secret(request), nonce, hidden)))


def _hide(secret: bytes, nonce: bytes, text: bytes) -> bytes:
    """The text under a stream that only the server makes: what Valkey holds tells nothing. Twice is the text again."""
    stream = hashlib.shake_256(secret + nonce).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))
