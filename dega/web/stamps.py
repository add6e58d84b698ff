"""What tells people from programs without asking them: when a form was shown, signed, and a field that nobody sees.

Whoever is taken for a program gets the form back with what was typed and a sentence: a person sends it again, and no
message is ever lost without a word. The rest is left to the limits of how much one may write.
"""

import hmac

import msgspec
from aiohttp import web

from dega.contact.limits import Sent
from dega.errors import FormTooOld, Refusal, SentTooQuickly, TrapFilled
from dega.web import forms, tokens
from dega.web.keys import BANK, VISITOR

FIELD = "shown"
TRAP = "homepage"

LONGEST_SECONDS = 12 * 3600
"""So long a form may stay open before it is sent."""


def issue(request: web.Request) -> str:
    """The hidden field that says when this browser was shown the form."""
    return _signed(request, f"{request.app[BANK].clock.seconds():.3f}")


def again(request: web.Request, typed: forms.Typed) -> str:
    """The field of a form that is given back: the same, so that nobody waits twice, or a new one in the place of one
    that is no longer good."""
    seconds = _seconds_since(request, typed[FIELD])
    return typed[FIELD] if seconds is not None and seconds <= LONGEST_SECONDS else issue(request)


def read(request: web.Request, typed: forms.Typed) -> Sent:
    """By what the same form, sent twice, is known (32 bytes), and what speaks for a program: TrapFilled, FormTooOld or
    SentTooQuickly."""
    session = request[VISITOR].session
    who = session.customer_id if session is not None else None
    content = sorted((name, text) for name, text in typed.items() if name != tokens.FIELD)
    return Sent(_mac(request, msgspec.json.encode([request.path, who, content]).decode()), _doubt(request, typed))


def _doubt(request: web.Request, typed: forms.Typed) -> Refusal | None:
    if typed[TRAP]:
        return TrapFilled(TRAP)
    seconds = _seconds_since(request, typed[FIELD])
    if seconds is None or seconds > LONGEST_SECONDS:
        return FormTooOld()
    return SentTooQuickly() if seconds < request.app[BANK].config.inbox.least_seconds else None


def _seconds_since(request: web.Request, stamp: str) -> float | None:
    """How long ago the form was shown to this browser; None where we didn't say so, or not to it."""
    text = stamp.partition(".mac.")[0]
    if not hmac.compare_digest(_signed(request, text).encode(), stamp.encode()):
        return None
    return request.app[BANK].clock.seconds() - float(text)


def _signed(request: web.Request, text: str) -> str:
    return f"{text}.mac.{_mac(request, text).hex()}"


def _mac(request: web.Request, text: str) -> bytes:
    key = request.app[BANK].keys.forms
    return hmac.digest(key, f"stamp|{request[VISITOR].browser_id}|{text}".encode(), "sha256")
