"""What a visitor sees when something isn't done: a refusal's sentence, or the general page with a case number (R38)."""

import logging
import traceback

from aiohttp import hdrs, web

from dega.errors import (
    BankClosed,
    FormUnknown,
    MethodNotAllowed,
    NotFound,
    Refusal,
    Refusals,
    RequestTooLarge,
    RequestUnreadable,
    SignInNeeded,
    UpdateWindow,
    UserBlocked,
)
from dega.i18n import remedy_of, sentence_of
from dega.ids import new_case_number
from dega.logs import request_id
from dega.store import faults
from dega.web import cookies, freeze
from dega.web.keys import BANK, VISITOR
from dega.web.render import page, see_other

log = logging.getLogger(__name__)

OF_HTTP: dict[int, type[Refusal]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: RequestTooLarge,
    415: FormUnknown,
}
"""What the framework refuses before a page of ours, by its status; anything else couldn't be read."""

NOBODYS_FORM = (400, 404, 405, 413, 415, 421, 431)
"""Refused before there was a form or a page: the sentence is the title."""


async def refused(request: web.Request, refusal: Refusal | Refusals) -> web.Response:
    """The page of a refusal that no form took; for programs a little JSON."""
    if isinstance(refusal, Refusals):
        refusal = refusal.refusals[0]
    if isinstance(refusal, UpdateWindow | BankClosed):
        return await freeze.answer(request, refusal)
    if isinstance(refusal, UserBlocked | SignInNeeded):  # whatever session there was has ended
        request[VISITOR].session = None
    if _is_program(request):
        response = _json(request, refusal)
    elif isinstance(refusal, SignInNeeded):
        response = see_other("/?ended=1")
    else:
        response = page(request, _template(refusal), status=refusal.status, **_shown(request, refusal))
    if refusal.status in (429, 503):
        response.headers.setdefault(hdrs.RETRY_AFTER, str(freeze.RETRY_SECONDS))
    if isinstance(refusal, UserBlocked | SignInNeeded):
        cookies.leave(request, response)
    return response


def _template(refusal: Refusal) -> str:
    if isinstance(refusal, UserBlocked):
        return "errors/blocked.html"
    return "errors/http.html" if refusal.status in NOBODYS_FORM else "errors/refused.html"


def _shown(request: web.Request, refusal: Refusal) -> dict[str, str]:
    """What the page of a refusal says; its help is the refusal's own entry in the list of them all."""
    language = request[VISITOR].language
    return {
        "sentence": sentence_of(language, refusal),
        "remedy": remedy_of(language, type(refusal)),
        "code": refusal.code,
        "help_href": f"/help/errors#{refusal.code}",
    }


def _is_program(request: web.Request) -> bool:
    """Does a program ask, and no person? It says so, or the address is one for machines."""
    route = request[VISITOR].route
    return (route is not None and route.plain) or not freeze.takes_html(request.headers.get(hdrs.ACCEPT, ""))


def _json(request: web.Request, refusal: Refusal) -> web.Response:
    language = request[VISITOR].language
    told = {
        "code": refusal.code,
        "message": sentence_of(language, refusal),
        "remedy": remedy_of(language, type(refusal)),
    }
    return web.json_response(told, status=refusal.status)


async def http_error(request: web.Request, error: web.HTTPException) -> web.Response:
    """An error of HTTP, in the house's style and none of the framework's words."""
    response = await refused(request, OF_HTTP.get(error.status, RequestUnreadable)())
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers[hdrs.ALLOW] = ", ".join(sorted(error.allowed_methods))
    return response


async def fault(request: web.Request, error: Exception) -> web.Response:
    """The general page: the Call Center's number and a case number that staff can look up. Logged once, here."""
    number = new_case_number()
    where = request.match_info.route.resource
    route = where.canonical if where is not None else ""
    log.error("fault", extra={"case": number, "route": route, "method": request.method}, exc_info=error)
    case = faults.Case(
        number=number,
        at=request.app[BANK].clock.now(),
        route=f"{request.method} {route}",
        request_id=request_id.get(),
        kind=type(error).__name__,
        detail="".join(traceback.format_exception(error))[-8000:],
    )
    await faults.keep(request.app[BANK].database, case)
    if _is_program(request):
        return web.json_response({"code": "general_error", "case": number}, status=500)
    return page(request, "errors/general.html", status=500, case=number, help_href="/help/errors#errors-general")
