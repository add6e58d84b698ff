"""The virtual keyboard (R19) for browsers without scripts: each key is sent, and the server keeps what was typed.

With scripts the keys type into the field and none of this happens.
"""

import hashlib
import secrets
from dataclasses import dataclass

from dega.access import sessions
from dega.access.sessions import Session
from dega.bank import Bank
from dega.web.forms import Typed

FACT = "typed_by_keyboard"
_NONCE = 16


@dataclass(frozen=True, slots=True)
class KeyboardView:
    """How the keyboard is `shown` (`1`, or `capitals`), and how many characters are typed."""

    shown: str
    typed: int


def view(bank: Bank, session: Session, shown: str) -> KeyboardView | None:
    """The keyboard, where the address asks for it by `shown`."""
    if not shown:
        return None
    return KeyboardView("capitals" if shown == "capitals" else "1", len(_typed(bank, session)))


async def press(bank: Bank, session: Session, posted: Typed, shown: str) -> str | None:
    """Keep what a key that was pressed makes of the password; how the keyboard is shown next. None: no key was."""
    if not any(name in posted for name in ("key", "key_delete", "key_clear", "key_shift")):
        return None
    typed = _typed(bank, session) + posted["password"] + posted["key"]
    if "key_delete" in posted:
        typed = typed[:-1]
    if "key_clear" in posted:
        typed = ""
    if "key_shift" in posted:
        shown = "1" if shown == "capitals" else "capitals"
    await sessions.keep(bank, session, **{FACT: _seal(bank, session, typed[: bank.config.access.password_most])})
    return "capitals" if shown == "capitals" else "1"


def whole(bank: Bank, session: Session, posted: Typed, shown: str) -> str:
    """The password: what the keyboard typed, where it is shown, then what was written into the field."""
    return (_typed(bank, session) if shown else "") + posted["password"]


def _typed(bank: Bank, session: Session) -> str:
    kept = bytes.fromhex(session.facts.get(FACT, ""))
    nonce, hidden = kept[:_NONCE], kept[_NONCE:]
    return _hide(bank, session, nonce, hidden).decode()


def _seal(bank: Bank, session: Session, typed: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return (nonce + _hide(bank, session, nonce, typed.encode())).hex()


def _hide(bank: Bank, session: Session, nonce: bytes, text: bytes) -> bytes:
    """The text under a stream that only the server makes, and only for a browser that brings the session's id: what
    Valkey holds tells nothing of the password. Twice is the text again."""
    stream = hashlib.shake_256(bank.keys.sessions + session.id.encode() + nonce).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))
