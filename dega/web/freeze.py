"""The daily update as visitors see it: what pages announce, and the answer of a financial page while no money moves.

It stops for one of three reasons, and each has its sentence: the window, a night that isn't done when the window ends,
an operator (whose reason is nobody's but the bank's). Postings ask the database themselves: nothing is decided here.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from aiohttp import hdrs, web

from dega.clock import format_instant, format_time, local
from dega.config import WindowSection
from dega.errors import BankClosed, Refusal, Refusals, UpdateLate, UpdateWindow
from dega.i18n import remedy_of, sentence_of
from dega.ledger.post import CLOCKS_APART
from dega.payments.kinds import KINDS
from dega.payments.make import is_unmade
from dega.payments.payment import Payment, find_payment
from dega.web import forms
from dega.web.keys import BANK, GATE, VISITOR, Cause, Closer, Freeze, GateView
from dega.web.pages import payments
from dega.web.pages.session import customer_of
from dega.web.render import View, page, see_other

RETRY_SECONDS = 60
"""After how long to try again where nobody knows when it will be of use."""

SAME_NIGHT = timedelta(hours=12)
"""A time of day so near needs no date beside it."""


def find(request: web.Request) -> Freeze:
    """What holds now."""
    bank = request.app[BANK]
    return freeze_at(bank.config.window, bank.clock.now(), request.app[GATE])


def freeze_at(section: WindowSection, now: datetime, gate: GateView) -> Freeze:
    """What holds at that instant (UTC), or rather in its second: the window begins and ends with a whole one."""
    return _freeze_at(section, int(now.timestamp()), gate.closed, gate.opens_at, gate.by)


async def answer(request: web.Request, refusal: Refusal | None = None) -> web.Response:
    """What a financial address says instead of its page: the reason with its code, and when to try again (R32).

    With a `refusal` it was the ledger that refused, and nothing was booked; without, nothing was tried. What was typed
    into a form is kept as a draft where it can be, and shown where it can't; a payment that is made already leads to
    its receipt. Programs that take no HTML get JSON: code, message, remedy, opens_at (null: nobody
    knows), retry_after (seconds).
    Raises NotFound and PartAway, but not with a `refusal`.
    """
    payment_id = _payment_named(request)
    kept = View()
    if refusal is None and payment_id:
        payment = await find_payment(request.app[BANK], customer_of(request), forms.read_id(payment_id))
        if payment.state != "draft":
            return see_other(f"/payments/{payment.id}")
        if await _may_be_made(request, payment):
            return see_other(f"/payments/{payment.id}?pending=1")
    elif refusal is None and request.method == hdrs.METH_POST:
        kept = await _keep(request)
        payment_id = kept.get("draft", "")
    if payment_id:
        kept |= {"draft": payment_id, "promise_href": payments.promise_href(request, payment_id)}
    return _answered(request, refusal, kept)


def _answered(request: web.Request, refusal: Refusal | None, kept: View) -> web.Response:
    view, now = _as_refused(find(request), refusal), request.app[BANK].clock.now()
    refusal = _reason(view)
    sentence = sentence_of(request[VISITOR].language, refusal)
    seconds = max(1, math.ceil((view.opens - now).total_seconds())) if view.opens else RETRY_SECONDS
    if takes_html(request.headers.get(hdrs.ACCEPT, "")):
        response = page(
            request,
            "errors/freeze.html",
            status=refusal.status,
            sentence=sentence,
            code=refusal.code,
            help_href=f"/help/errors#{refusal.code}",
            freeze=view,
            opens=format_instant(view.opens) if view.opens else "",
            **kept,
        )
    else:
        opens_at = local(view.opens).isoformat() if view.opens else None
        body = {
            "code": refusal.code,
            "message": sentence,
            "remedy": remedy_of(request[VISITOR].language, type(refusal)),
            "opens_at": opens_at,
            "retry_after": seconds,
        }
        response = web.json_response(body, status=refusal.status)
    response.headers[hdrs.RETRY_AFTER] = str(seconds)
    return response


def takes_html(accept: str) -> bool:
    """Whether a page is an answer for whoever sends this Accept header.

    Internet Explorer 6 names pictures and */* there, and no text/html (R45): a wildcard is a browser, unless JSON is
    asked for by its name.
    """
    if not accept or "text/html" in accept or "application/xhtml+xml" in accept:
        return True
    return ("*/*" in accept or "text/*" in accept) and "application/json" not in accept


def _as_refused(view: Freeze, refusal: Refusal | None) -> Freeze:
    """The same, where the ledger knows of what pages don't know yet: its clock, or the gate, was a moment ahead."""
    if view.closed:
        return view
    if isinstance(refusal, UpdateWindow):
        return replace(view, cause="window")
    return replace(view, cause="operator", opens=None, until="")


def _reason(view: Freeze) -> Refusal:
    if view.cause == "window":
        return UpdateWindow(closes=view.closes_at, opens=view.opens_at)
    return UpdateLate() if view.cause == "late" else BankClosed()


def _payment_named(request: web.Request) -> str:
    """The id of the payment that the address is about; '' for other addresses."""
    route = request[VISITOR].route
    is_about_one = route is not None and route.path.startswith("/payments/{id}")
    return request.match_info["id"] if is_about_one else ""


async def _may_be_made(request: web.Request, payment: Payment) -> bool:
    """Whether a draft was confirmed before, and nobody can say yet what became of it. To look costs nothing to ask."""
    if request.method != hdrs.METH_POST:
        return request.app[BANK].poster.is_under_way(payment.id)
    return not await is_unmade(request.app[BANK], payment)


async def _keep(request: web.Request) -> View:
    """Keep what was typed into the form of a payment: as a draft, as checked as any; or else show it."""
    route = request[VISITOR].route
    kind = KINDS.get(route.path.removeprefix("/payments/")) if route is not None else None
    if kind is None:
        return {}
    typed = await forms.read(request)
    try:
        return {"draft": str(await payments.keep_typed(request, kind, typed))}
    except (Refusal, Refusals) as refused:
        refusals = refused.refusals if isinstance(refused, Refusals) else [refused]
        return {"typed": typed, "mend": forms.sentences(request[VISITOR].language, refusals)}


@lru_cache(maxsize=64)
def _freeze_at(
    section: WindowSection, second: int, gate_is_closed: bool, gate_opens_at: datetime | None, by: Closer | None
) -> Freeze:
    window, now = section.window, datetime.fromtimestamp(second, UTC)
    ends = window.ends_after(now)
    expected = gate_opens_at if gate_is_closed and gate_opens_at is not None and gate_opens_at > now else None
    # The database's clock, which closes the gate, may be a little ahead of the process's.
    in_window = window.contains(now) or (by == "night" and window.closes_next(now) - now <= CLOCKS_APART)
    cause: Cause | None = None
    opens: datetime | None = ends
    if in_window and (expected is None or expected <= ends):
        cause = "window"
        opens = None if by == "operator" and expected is None else ends
    elif in_window or gate_is_closed:
        cause = "late" if by == "night" else "operator"
        opens = expected
    return Freeze(
        announced=window.announced(now, section.banner_minutes) and cause is None,
        cause=cause,
        closes_at=section.starts,
        opens_at=section.ends,
        opens=opens,
        until=_written(opens, now) if opens is not None else "",
    )


def _written(opens: datetime, now: datetime) -> str:
    return format_time(opens) if opens - now < SAME_NIGHT else format_instant(opens)
