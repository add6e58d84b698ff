"""Proving who one is for one change: what is to be changed, the proof by the strongest factor, and on to the change."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from aiohttp import web

from dega.access import changes, stepup
from dega.access.changes import Change
from dega.access.methods import Method, method_of
from dega.access.sessions import Client, Session
from dega.access.stepup import UnderWay
from dega.bank import Bank
from dega.errors import NotFound, Refusal
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages.again import again
from dega.web.pages.codes import proof_view
from dega.web.pages.session import session_of
from dega.web.render import View, page, see_other

ASK, CODE = "access/confirm.html", "/security/confirm/code"
BY_METHOD = {
    Method.SMS: "access/confirm-code.html",
    Method.APP: "access/confirm-app.html",
    Method.PASSKEY: "access/confirm-passkey.html",
}
"""The page that asks for the proof, by the method that the bank found."""


def href(change: Change) -> str:
    """Where this change is confirmed; from there the customer is led on to it."""
    return f"/security/confirm?{urlencode(_fields(change))}"


async def show(request: web.Request) -> web.Response:
    """Says what is to be confirmed and by what."""
    try:
        change = changes.read(request.query.get("for", ""), request.query.get("of", ""))
    except NotFound:
        return see_other("/security")
    return page(request, ASK, **await _asked(request, change))


async def ask(request: web.Request) -> web.Response:
    """A proof is wanted: on to its page, with a code by SMS where that is the method."""
    typed = await forms.read(request)
    change = changes.read(typed["for"], typed["of"])
    try:
        await stepup.ask(request.app[BANK], session_of(request), change)
    except Refusal as refused:
        return again(request, ASK, typed, refused, **await _asked(request, change))
    return see_other(CODE)


async def show_code(request: web.Request) -> web.Response:
    """Asks for the proof that is under way."""
    asked = stepup.under_way(session_of(request))
    if asked is None:
        return see_other("/security")
    return page(request, BY_METHOD[asked.method], sent_again="again" in request.query, **await _shown(request, asked))


async def give_code(request: web.Request) -> web.Response:
    """The proof: on to the change that it was given for."""
    return await _give(request, stepup.answer, "code")


async def give_passkey(request: web.Request) -> web.Response:
    """What a passkey signed, as the proof: on to the change."""
    return await _give(request, stepup.answer_passkey, "passkey")


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    asked = stepup.under_way(session_of(request))
    if asked is None:
        return see_other("/security")
    try:
        await stepup.resend(request.app[BANK], session_of(request))
    except Refusal as refused:
        return again(
            request, BY_METHOD[asked.method], forms.Typed(), refused, path=CODE, **await _shown(request, asked)
        )
    return see_other(f"{CODE}?again=1")


async def _give(
    request: web.Request, answer: Callable[[Bank, Session, str, Client], Awaitable[Session]], field: str
) -> web.Response:
    session = session_of(request)
    asked = stepup.under_way(session)
    if asked is None:
        return see_other("/security")
    given = (await forms.read(request))[field]
    try:
        await answer(request.app[BANK], session, given, request[VISITOR].client)
    except Refusal as refused:
        return again(
            request, BY_METHOD[asked.method], forms.Typed(), refused, path=CODE, **await _shown(request, asked)
        )
    return see_other(asked.change.path)


def _fields(change: Change) -> dict[str, str]:
    return {"for": change.kind.key, **({"of": change.of} if change.of else {})}


async def _asked(request: web.Request, change: Change) -> View:
    method = await method_of(request.app[BANK], session_of(request).customer_id)
    return {"change": change.kind.words, "fields": _fields(change), "method": method.value}


async def _shown(request: web.Request, asked: UnderWay) -> View:
    return {
        "change": asked.change.kind.words,
        "sent_to": "/security/confirm",
        "start": href(asked.change),
        **await proof_view(request, asked.challenge_id, asked.method),
    }
