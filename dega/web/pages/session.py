"""Who is there: the session and its customer, for all pages; a new session; the end of a visit, and its extension."""

from aiohttp import web

from dega.access import sessions
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.audit import Actor
from dega.errors import SignInNeeded
from dega.web import cookies
from dega.web.keys import BANK, VISITOR
from dega.web.render import page, see_other

CLEAR = '"cache", "storage"'
"""What the browser forgets at the end: pages kept for its back button too. Cookies are taken back one by one."""


async def show_logout(request: web.Request) -> web.Response:
    """Asks who is logged in whether to end it; tells everyone else that they are logged out."""
    return page(request, "access/logout.html")


async def log_out(request: web.Request) -> web.Response:
    """End the session, here and in the browser. Twice is as good as once."""
    session = request[VISITOR].session
    if session is not None:
        await sessions.end(request.app[BANK], session)
    response = see_other("/logout")
    cookies.leave(request, response)
    response.headers["Clear-Site-Data"] = CLEAR
    return response


async def extend(request: web.Request) -> web.Response:
    """Somebody is still there. To have asked is a use of the session, so nothing is left to do."""
    return web.Response(status=204)


def session_of(request: web.Request) -> Session:
    """The visitor's session, on pages that need one. Raises SignInNeeded."""
    session = request[VISITOR].session
    if session is None:
        raise SignInNeeded()
    return session


def customer_of(request: web.Request) -> int:
    """The customer who is logged in, on pages that need one. Raises SignInNeeded."""
    customer_id = session_of(request).customer_id
    if customer_id is None:
        raise SignInNeeded()
    return customer_id


def actor_of(request: web.Request) -> Actor:
    """Who acts, for the audit trail."""
    visitor = request[VISITOR]
    return visitor.client.acting_for(visitor.session.customer_id if visitor.session is not None else None)


def entered(request: web.Request, session: Session, address: str) -> web.Response:
    """On to `address`, with the session as it is now."""
    response = see_other(address)
    cookies.enter(request, response, session)
    return response


def inside(request: web.Request) -> str | None:
    """Where a visitor who is logged in belongs instead of the pages of logging in; None for everybody else."""
    session = request[VISITOR].session
    if session is None or session.level not in cookies.LOGGED_IN:
        return None
    return "/security/password" if session.level is Level.CHANGE_ONLY else "/accounts"
