"""The cookies: one for the browser's forms, one before login, another after it, one for the language; and one that
outlives the visit, by which a browser is known.

Over https their names begin with `__Host-`, so that no other host can set them; the demo on http can't use that.
"""

import re

from aiohttp import web

from dega.access.sessions import Session
from dega.access.steps import Level
from dega.web.keys import BANK, VISITOR

FORM, BEFORE, AFTER, LANGUAGE, DEVICE = "form", "pre", "id", "lang", "device"
LOGGED_IN = (Level.FULL, Level.CHANGE_ONLY)

_PREFIXES = {True: "__Host-dega-", False: "dega-"}
_OURS = {
    secure: {prefix + name: name for name in (FORM, BEFORE, AFTER, LANGUAGE, DEVICE)}
    for secure, prefix in _PREFIXES.items()
}
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")


def sent(line: str, *, secure: bool) -> dict[str, str]:
    """Our cookies in what a browser sent as its header `Cookie`, but for those whose value can't be ours.

    They have plain names and values: the general parser costs ten times as much.
    """
    ours, found = _OURS[secure], {}
    for pair in line.split(";"):
        theirs, _, value = pair.partition("=")
        name = ours.get(theirs.strip())
        if name is not None:
            found[name] = value.strip()
    return {name: value for name, value in found.items() if _VALUE.fullmatch(value)}


def read(request: web.Request, name: str) -> str:
    """The cookie's value, or nothing."""
    return request[VISITOR].cookies.get(name, "")


def put(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Set a cookie that ends with the browser; the one by which it is known stays for `access.device_days`."""
    config = request.app[BANK].config
    # Sessions aren't sent along with a link from elsewhere; the browser's form cookie is, or open forms would go stale.
    site = "Strict" if name in (BEFORE, AFTER, DEVICE) else "Lax"
    response.set_cookie(
        _name(request, name),
        value,
        httponly=True,
        secure=config.web.secure_cookies,
        samesite=site,
        path="/",
        max_age=config.access.device_days * 86400 if name == DEVICE else None,
    )


def drop(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Take a cookie back."""
    secure = request.app[BANK].config.web.secure_cookies
    response.del_cookie(_name(request, name), httponly=True, secure=secure, path="/")


def enter(request: web.Request, response: web.StreamResponse, session: Session) -> None:
    """Give the browser its new session; the cookie before login isn't the one after it."""
    now, other = (AFTER, BEFORE) if session.level in LOGGED_IN else (BEFORE, AFTER)
    put(request, response, now, session.id)
    if session.device_token:
        put(request, response, DEVICE, session.device_token)
    if read(request, other):
        drop(request, response, other)


def leave(request: web.Request, response: web.StreamResponse) -> None:
    """The browser has no session any more."""
    for name in (BEFORE, AFTER):
        drop(request, response, name)


def _name(request: web.Request, name: str) -> str:
    return _PREFIXES[request.app[BANK].config.web.secure_cookies] + name
