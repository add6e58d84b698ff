"""Form tokens: a form is taken only from a page that this browser, in this session, was given by us."""

import hmac

from aiohttp import web

from dega.macs import mac_of
from dega.web import cookies
from dega.web.keys import BANK, VISITOR

FIELD = "form_token"


def form_token(request: web.Request) -> str:
    """The token of this browser's forms. Logging in or out makes the tokens of earlier pages void."""
    visitor = request[VISITOR]
    session = visitor.session
    bound = session.id if session is not None and session.level in cookies.LOGGED_IN else ""
    return mac_of(request.app[BANK].keys.forms, f"{visitor.browser_id}|{bound}")


def is_ours(request: web.Request, typed_token: str) -> bool:
    """Whether a posted form carries the token of this browser, and no other site sent it.

    Browsers that say where a form comes from are believed when they say "elsewhere"; old ones say nothing.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    if site not in ("same-origin", "none"):
        return False
    if origin != "null" and origin.split("://")[-1] != request.headers.get("Host", ""):
        return False
    return hmac.compare_digest(form_token(request).encode(), typed_token.encode())
