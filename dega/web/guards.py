"""What every request passes before its page, in this order. What fails here never reaches a page."""

import ipaddress
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from dega import logs
from dega.access import devices, sessions
from dega.access.login import Client
from dega.access.steps import Level
from dega.bank import Bank
from dega.errors import (
    Busy,
    FormStale,
    FormUnknown,
    HostUnknown,
    MethodNotAllowed,
    PartAway,
    Refusal,
    Refusals,
    RequestUnreadable,
    SignInNeeded,
    TooManyRequests,
)
from dega.i18n import LANGUAGES, Language
from dega.store import throttle
from dega.web import cookies, errors, freeze, static, tokens, turns
from dega.web.browsers import browser_name
from dega.web.keys import ASSEMBLY, BANK, ROUTE_OF, VISITOR, Visitor
from dega.web.render import see_other
from dega.web.routes import Route
from dega.web.unread import mark

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

IN_FLIGHT = web.AppKey("in_flight", dict[bool, set[int]])
"""Requests under way, forms (True) apart from pages (False): however many pay, pages still answer."""


def nobody_yet() -> dict[bool, set[int]]:
    """No requests under way."""
    return {False: set(), True: set()}


@web.middleware
async def recorded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line in the log for each request: route, not address; what is typed never shows."""
    logs.request_id.set(os.urandom(8).hex())  # for as long as the task lives that answers this one request
    begun = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        where = request.match_info.route.resource
        logs.of_request(
            method=request.method,
            route=where.canonical if where is not None else "",
            status=status,
            ms=round((time.monotonic() - begun) * 1000, 1),
        )


@web.middleware
async def introduced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who asks, in which language; from here on there can be pages. Faults and refusals end here, as pages."""
    where = request.match_info.route.resource
    route = request.app[ROUTE_OF].get(where.canonical) if where is not None else None
    request[VISITOR] = visitor = _visitor(request, route)
    response = await _answered(request, handler)
    needs_cookies = response.content_type == "text/html" or not _is_plain(request)
    if needs_cookies and not response.prepared:
        for name, value in visitor.new_cookies.items():
            cookies.put(request, response, name, value)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (Refusal, Refusals) as refusal:
        return await errors.refused(request, refusal)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await errors.http_error(request, error)
    except Exception as error:  # noqa: BLE001  # the boundary: a fault is logged once, here
        request[VISITOR].session = None
        return await errors.fault(request, error)


@web.middleware
async def admitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Not more at once than can be served, only for our own host, and no change of protocol."""
    assembly = request.app[ASSEMBLY]
    if _is_plain(request):
        return await handler(request)
    if _host(request.host) not in assembly.hosts:
        raise HostUnknown()
    if hdrs.UPGRADE in request.headers:
        raise MethodNotAllowed()
    flying = request.app[IN_FLIGHT][request.method == hdrs.METH_POST]
    if len(flying) >= request.app[BANK].config.web.in_flight:
        raise Busy()
    flying.add(id(request))
    try:
        return await _in_turn(request, handler)
    finally:
        flying.discard(id(request))


@web.middleware
async def recognised(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The session, if the browser has one. Where Valkey is away, public pages still answer; others fail closed."""
    visitor, bank = request[VISITOR], request.app[BANK]
    session_id = cookies.read(request, cookies.AFTER) or cookies.read(request, cookies.BEFORE)
    if session_id:
        try:
            visitor.session = await sessions.load(bank, session_id)
            await _keep_at_home(bank, visitor)
        except PartAway:
            if visitor.route is not None and visitor.route.needs is not None:
                raise
    return await handler(request)


@web.middleware
async def ours(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A form is taken only from a page of ours, and not too many from one address."""
    if request.method != hdrs.METH_POST or _is_plain(request):
        return await handler(request)
    charset = (request.charset or "utf-8").lower()
    if request.content_type != "application/x-www-form-urlencoded" or charset not in ("utf-8", "utf8"):
        raise FormUnknown()
    try:
        posted = await request.post()
    except (UnicodeDecodeError, ConnectionError, web.RequestPayloadError):  # not text, or it broke off
        raise RequestUnreadable() from None
    typed_token = posted.get(tokens.FIELD)
    if not isinstance(typed_token, str) or not tokens.is_ours(request, typed_token):
        raise FormStale()
    bank = request.app[BANK]
    most = bank.config.web.posts_a_minute
    if not await throttle.admit(bank.cache, f"posts:{request[VISITOR].client.address_prefix}", most, 60):
        raise TooManyRequests()
    return await handler(request)


@web.middleware
async def in_step(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages come in their order: who isn't as far as a page needs is led to where they are."""
    visitor = request[VISITOR]
    needs = visitor.route.needs if visitor.route is not None else None
    if request.method == hdrs.METH_POST and await _was_ended(request):
        visitor.session = None
        raise SignInNeeded()
    level = visitor.session.level if visitor.session is not None else None
    if needs is None or level == needs or (needs is Level.CHANGE_ONLY and level is Level.FULL):
        return await handler(request)
    if level is Level.CHANGE_ONLY:
        return see_other("/security/password")
    if needs in (Level.REGISTER_CODE, Level.REGISTER_PASSWORD):
        return see_other("/register")
    had_one = bool(cookies.read(request, cookies.AFTER)) and level is None
    return see_other("/?ended=1" if had_one else "/")


@web.middleware
async def unfrozen(request: web.Request, handler: Handler) -> web.StreamResponse:
    """During the daily update financial pages say so before anything is typed; all others go on (R31)."""
    visitor = request[VISITOR]
    if visitor.route is not None and visitor.route.financial and visitor.freeze.closed:
        return await freeze.answer(request)
    return await handler(request)


@web.middleware
async def marked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever is logged in sees in the menu of every page how many answers wait for them."""
    if not _is_plain(request):
        await mark(request)
    return await handler(request)


async def _in_turn(request: web.Request, handler: Handler) -> web.StreamResponse:
    route = request[VISITOR].route
    if route is None or not route.financial or request.method != hdrs.METH_POST:
        return await handler(request)
    request[turns.TURN] = turn = turns.Turn(request.app[turns.PLACES])
    async with turn:
        return await handler(request)


CHAIN = (recorded, introduced, admitted, recognised, ours, in_step, unfrozen, marked)


async def _keep_at_home(bank: Bank, visitor: Visitor) -> None:
    """A session that turns up in another browser than its own is over: whoever it is logs in again."""
    session, client = visitor.session, visitor.client
    if session is None:
        return
    is_same_browser = browser_name(session.client) == browser_name(client.browser)
    if not (is_same_browser and devices.is_at_home(bank, session, client)):
        visitor.session = None
        await devices.end_stray(bank, session, client)


async def _was_ended(request: web.Request) -> bool:
    """Whatever Valkey still believes of a logged-in session, PostgreSQL knows of blocks and of sessions ended."""
    session = request[VISITOR].session
    if session is None or session.level not in cookies.LOGGED_IN:
        return False
    return not await sessions.still_good(request.app[BANK], session)


def _visitor(request: web.Request, route: Route | None) -> Visitor:
    browser_id = cookies.read(request, cookies.FORM)
    new_cookies = {}
    if not browser_id:
        browser_id = new_cookies[cookies.FORM] = secrets.token_urlsafe(32)
    browser, device = request.headers.get("User-Agent", "")[:200], cookies.read(request, cookies.DEVICE)
    client = Client(_address_prefix(request), browser, logs.request_id.get(), device)
    return Visitor(_language(request), client, freeze.find(request), browser_id, None, route, new_cookies)


def _is_plain(request: web.Request) -> bool:
    """For machines, or a static file: neither a session nor a page."""
    route = request[VISITOR].route
    where = request.match_info.route.resource
    return (route is not None and route.plain) or (where is not None and where.canonical == static.RESOURCE)


@lru_cache(maxsize=64)
def _host(named: str) -> str | None:
    """The host of a Host header, without its port."""
    try:
        return urlsplit(f"//{named}").hostname
    except ValueError:  # brackets that don't close, letters that turn into slashes
        return None


def _language(request: web.Request) -> Language:
    chosen = cookies.read(request, cookies.LANGUAGE)
    first = request.app[BANK].config.bank.languages[0]
    return next((language for language in LANGUAGES if language == chosen), first)


def _address_prefix(request: web.Request) -> str:
    """The /24 or /64 of the visitor: the rightmost address that isn't one of our proxies."""
    proxies = request.app[BANK].config.web.proxies
    lines = request.headers.getall("X-Forwarded-For", [])
    hops = [hop.strip() for line in lines for hop in line.split(",")] + [request.remote or ""]
    return _network(next((hop for hop in reversed(hops) if hop not in proxies), hops[-1]))


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        version = ipaddress.ip_address(address).version
        return str(ipaddress.ip_network(f"{address}/{24 if version == 4 else 64}", strict=False))
    except ValueError:
        return "unknown"
