"""What a visitor sees when something isn't done: a refusal's sentence, or the general page with a case number (R38)."""

import logging
import traceback

from aiohttp import web

from dega.errors import BankClosed, NotFound, Refusal, Refusals, SignInNeeded, UpdateWindow, UserBlocked
from dega.i18n import N_, sentence_of
from dega.ids import new_case_number
from dega.logs import request_id
from dega.store import faults
from dega.web import cookies, freeze
from dega.web.keys import BANK, VISITOR
from dega.web.render import page, see_other

log = logging.getLogger(__name__)

HTTP_SENTENCES = {
    400: N_("What you sent can't be read."),
    404: N_("There is nothing at this address."),
    405: N_("This address can't be used like that."),
    413: N_("What you sent is too large."),
    415: N_("What you sent isn't a form of ours."),
    421: N_("This server doesn't answer for that address."),
}


async def refused(request: web.Request, refusal: Refusal | Refusals) -> web.Response:
    """The page of a refusal that no form took."""
    if isinstance(refusal, Refusals):
        refusal = refusal.refusals[0]
    if isinstance(refusal, UpdateWindow | BankClosed):
        return await freeze.answer(request, refusal)
    if isinstance(refusal, SignInNeeded):
        response = see_other("/?ended=1")
        cookies.leave(request, response)
        return response
    if isinstance(refusal, NotFound):
        return http_error(request, 404)
    if isinstance(refusal, UserBlocked):  # whatever session there was has ended
        request[VISITOR].session = None
    template = "errors/blocked.html" if isinstance(refusal, UserBlocked) else "errors/refused.html"
    sentence = sentence_of(request[VISITOR].language, refusal)
    response = page(request, template, status=refusal.status, sentence=sentence, code=refusal.code)
    if refusal.status in (429, 503):
        response.headers["Retry-After"] = str(freeze.RETRY_SECONDS)
    if isinstance(refusal, UserBlocked):
        cookies.leave(request, response)
    return response


def http_error(request: web.Request, status: int) -> web.Response:
    """A plain error of HTTP, in the house's style."""
    sentence = HTTP_SENTENCES.get(status, N_("This can't be done."))
    return page(request, "errors/http.html", status=status, sentence=sentence, code=status)


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
    return page(request, "errors/general.html", status=500, case=number)
