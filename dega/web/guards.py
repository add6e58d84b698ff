"""What every request passes before its page, in this order. What fails here never reaches a page."""

import ipaddress
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from dega import logs
from dega.access import devices, sessions
from dega.access.login import Client
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.bank import Bank
from dega.config import Config
from dega.errors import (
    Busy,
    FormStale,
    FormUnknown,
    HostUnknown,
    MethodNotAllowed,
    NotFound,
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
from dega.web.unread import mark

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Look = Callable[[web.Request, Visitor, Bank], Awaitable[web.Response | None]]
"""Raises a refusal, gives the answer instead of the page, or lets the request go on."""

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
        ms = round((time.monotonic() - begun) * 1000, 1)
        logs.of_request(method=request.method, route=_address(request), status=status, ms=ms)


@web.middleware
async def introduced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who asks, in which language; from here on there can be pages. Faults and refusals end here, as pages."""
    request[VISITOR] = visitor = _visitor(request)
    try:
        response = await handler(request)
    except (Refusal, Refusals) as refusal:
        response = await errors.refused(request, refusal)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = await errors.http_error(request, error)
    except Exception as error:  # noqa: BLE001  # the boundary: a fault is logged once, here
        visitor.session = None
        response = await errors.fault(request, error)
    if visitor.new_cookies and (response.content_type == "text/html" or not visitor.is_plain) and not response.prepared:
        for name, value in visitor.new_cookies.items():
            cookies.put(request, response, name, value)
    return response


@web.middleware
async def admitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Not more at once than can be served, only for our own host, and no change of protocol."""
    app, visitor = request.app, request[VISITOR]
    if visitor.is_plain:
        return await handler(request)
    if _host(request.host) not in app[ASSEMBLY].hosts:
        raise HostUnknown()
    if hdrs.UPGRADE in request.headers:
        raise MethodNotAllowed()
    is_form = request.method == hdrs.METH_POST
    flying = app[IN_FLIGHT][is_form]
    if len(flying) >= app[BANK].config.web.in_flight:
        raise Busy()
    flying.add(id(request))
    try:
        if not (is_form and visitor.route is not None and visitor.route.financial):
            return await handler(request)
        request[turns.TURN] = turn = turns.Turn(app[turns.PLACES])
        async with turn:
            return await handler(request)
    finally:
        flying.discard(id(request))


@web.middleware
async def led(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What only looks at a request, one after another: the first that has an answer gives it, else the page does."""
    visitor, bank = request[VISITOR], request.app[BANK]
    for look in LOOKS:
        answer = await look(request, visitor, bank)
        if answer is not None:
            return answer
    return await handler(request)


async def recognised(_: web.Request, visitor: Visitor, bank: Bank) -> None:
    """The session, if the browser has one. Where Valkey is away, public pages still answer; others fail closed."""
    session_id = visitor.cookies.get(cookies.AFTER) or visitor.cookies.get(cookies.BEFORE)
    if session_id is None:
        return
    try:
        visitor.session = session = await sessions.load(bank, session_id)
        if session is not None and not _is_at_home(bank, session, visitor.client):
            visitor.session = None
            await devices.end_stray(bank, session, visitor.client)
    except PartAway:
        if visitor.route is not None and visitor.route.needs is not None:
            raise


async def ours(request: web.Request, visitor: Visitor, bank: Bank) -> None:
    """A form is taken only from a page of ours."""
    if request.method != hdrs.METH_POST or visitor.is_plain:
        return
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


async def standing(request: web.Request, visitor: Visitor, bank: Bank) -> None:
    """Not too many forms are taken from one address, and none of a session that was ended: whatever Valkey still
    believes of who is logged in, PostgreSQL knows of blocks. Both are asked at once, and so is what the page reads.
    """
    if request.method != hdrs.METH_POST or visitor.is_plain:
        return
    most, session = bank.config.web.posts_a_minute, visitor.session
    is_within = throttle.admit(bank.cache, f"posts:{visitor.client.address_prefix}", most, 60)
    is_good = sessions.still_good(bank, session) if session and session.level in cookies.LOGGED_IN else None
    _read_ahead(request, visitor)
    if not await is_within:
        raise TooManyRequests()
    if is_good is not None and not await is_good:
        visitor.session = None
        raise SignInNeeded()


async def in_step(_: web.Request, visitor: Visitor, _bank: Bank) -> web.Response | None:
    """Pages come in their order: who isn't as far as a page needs is led to where they are."""
    needs = visitor.route.needs if visitor.route is not None else None
    level = visitor.session.level if visitor.session is not None else None
    if needs is None or level == needs or (needs is Level.CHANGE_ONLY and level is Level.FULL):
        return None
    if level is Level.CHANGE_ONLY:
        return see_other("/security/password")
    if needs in (Level.REGISTER_CODE, Level.REGISTER_PASSWORD):
        return see_other("/register")
    had_one = cookies.AFTER in visitor.cookies and level is None
    return see_other("/?ended=1" if had_one else "/")


async def unfrozen(request: web.Request, visitor: Visitor, _: Bank) -> web.Response | None:
    """During the daily update financial pages say so before anything is typed; all others go on (R31)."""
    is_stopped = visitor.route is not None and visitor.route.financial and visitor.freeze.closed
    return await freeze.answer(request) if is_stopped else None


async def marked(request: web.Request, visitor: Visitor, _: Bank) -> None:
    """Whoever is logged in sees in the menu of every page how many answers wait for them."""
    if not visitor.is_plain:
        await mark(request)


CHAIN = (recorded, introduced, admitted, led)
LOOKS: tuple[Look, ...] = (recognised, ours, standing, in_step, unfrozen, marked)


def _is_at_home(bank: Bank, session: Session, client: Client) -> bool:
    """A session that turns up in another browser than its own is over: whoever it is logs in again."""
    is_same_browser = browser_name(session.client) == browser_name(client.browser)
    return is_same_browser and devices.is_at_home(bank, session, client)


def _read_ahead(request: web.Request, visitor: Visitor) -> None:
    """Ask for what the page of a form reads first, where it is for who asks. What isn't there, the page finds."""
    route, session = visitor.route, visitor.session
    if route is not None and route.ahead is not None and session is not None and session.level == route.needs:
        with suppress(NotFound):
            route.ahead(request)


def _address(request: web.Request) -> str:
    """How the router calls the address that was asked for; '' where there is none."""
    where = request.match_info.route.resource
    return where.canonical if where is not None else ""


def _visitor(request: web.Request) -> Visitor:
    app, headers, address = request.app, request.headers, _address(request)
    bank, route = app[BANK], app[ROUTE_OF].get(address)
    config = bank.config
    sent = cookies.sent(headers.get(hdrs.COOKIE, ""), secure=config.web.secure_cookies)
    browser_id, new_cookies = sent.get(cookies.FORM), {}
    if browser_id is None:
        browser_id = new_cookies[cookies.FORM] = secrets.token_urlsafe(32)
    client = Client(
        _address_prefix(request, config.web.proxies),
        headers.get(hdrs.USER_AGENT, "")[:200],
        logs.request_id.get(),
        sent.get(cookies.DEVICE, ""),
    )
    language = _language(sent.get(cookies.LANGUAGE, ""), config)
    is_plain = route.plain if route is not None else address == static.RESOURCE
    return Visitor(
        language,
        client,
        freeze.find(request),
        browser_id,
        sent,
        new_cookies=new_cookies,
        route=route,
        is_plain=is_plain,
    )


@lru_cache(maxsize=64)
def _host(named: str) -> str | None:
    """The host of a Host header, without its port."""
    try:
        return urlsplit(f"//{named}").hostname
    except ValueError:  # brackets that don't close, letters that turn into slashes
        return None


def _language(chosen: str, config: Config) -> Language:
    for language in LANGUAGES:
        if language == chosen:
            return language
    return config.bank.languages[0]


def _address_prefix(request: web.Request, proxies: Sequence[str]) -> str:
    """The /24 or /64 of the visitor: the rightmost address that isn't one of our proxies."""
    nearest = request.remote or ""
    if nearest not in proxies:
        return _network(nearest)
    for line in reversed(request.headers.getall(hdrs.X_FORWARDED_FOR, [])):
        for hop in reversed(line.split(",")):
            if hop.strip() not in proxies:
                return _network(hop.strip())
    return _network(nearest)


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        version = ipaddress.ip_address(address).version
        return str(ipaddress.ip_network(f"{address}/{24 if version == 4 else 64}", strict=False))
    except ValueError:
        return "unknown"
