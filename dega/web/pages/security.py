"""About security: how old the password is, its change and what confirms it, the last logins and the strange ones."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from dega.access import login, password
from dega.access.methods import Method, method_of
from dega.access.password import UnderWay
from dega.access.sessions import Client, Session
from dega.access.steps import Level
from dega.accounts.customers import profile
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import Refusal, Refusals
from dega.i18n import N_
from dega.web import forms
from dega.web.browsers import browser_name
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.codes import proof_view
from dega.web.pages.reminder import password_view
from dega.web.pages.session import customer_of, entered, session_of
from dega.web.render import View, page, see_other

OVERVIEW, CHANGE = "access/security.html", "access/change.html"
BY_METHOD = {
    Method.SMS: "access/change-code.html",
    Method.APP: "access/confirm-app.html",
    Method.PASSKEY: "access/confirm-passkey.html",
}
"""The page that asks for the confirmation, by the method that the bank found."""
CHANGED, CODE = "/security?changed=1", "/security/password/code"
LOGINS_SHOWN = 10
FIELDS = {"old": "password", "new": "new_password", "again": "new_password_again"}
SECRETS = tuple(FIELDS.values())


@dataclass(frozen=True, slots=True)
class LoginView:
    """A login, or one that failed."""

    time: str
    succeeded: bool
    browser: str
    network: str


async def overview(request: web.Request) -> web.Response:
    """The menu "About security" (R23): password, mobile number, last logins."""
    bank, session, customer_id = request.app[BANK], session_of(request), customer_of(request)
    customer = await profile(bank, customer_id)
    logins = [
        LoginView(format_instant(entry.at), entry.succeeded, browser_name(entry.browser), entry.address_prefix)
        for entry in await login.last_sign_ins(bank, customer_id, LOGINS_SHOWN)
    ]
    return page(
        request,
        OVERVIEW,
        password=password_view(bank, session),
        mobile=customer.mobile_masked,
        logins=logins,
        changed="changed" in request.query,
    )


async def show_password(request: web.Request) -> web.Response:
    """Asks for the present password and twice for the new one; of an expired password nothing else opens (R24)."""
    return page(request, CHANGE, **await _change_shown(request))


async def give_password(request: web.Request) -> web.Response:
    """The new password: on to its confirmation. Where the old one had expired, the login was one: it is changed."""
    bank, session, client = request.app[BANK], session_of(request), request[VISITOR].client
    posted = await forms.read(request)
    if pressed := await keyboard.press(request, posted, SECRETS):
        return pressed
    typed = await keyboard.whole(request, posted, SECRETS)
    three = typed["password"], typed["new_password"], typed["new_password_again"]
    try:
        if session.level is Level.CHANGE_ONLY:
            return entered(request, await password.change_expired(bank, session, *three, client), CHANGED)
        await password.start_change(bank, session, *three)
    except (Refusal, Refusals) as refused:
        return again(request, CHANGE, posted, refused, FIELDS, **await _change_shown(request))
    return see_other(CODE)


async def show_code(request: web.Request) -> web.Response:
    """Asks for the confirmation of the change under way."""
    asked = password.under_way(session_of(request))
    if asked is None:
        return see_other("/security/password")
    return page(request, BY_METHOD[asked.method], sent_again="again" in request.query, **await _shown(request, asked))


async def give_code(request: web.Request) -> web.Response:
    """The code: the password is changed, and all other sessions have ended."""
    typed = await forms.read(request)
    return await _finish(request, password.finish_change, typed["code"], typed)


async def give_passkey(request: web.Request) -> web.Response:
    """What a passkey signed, in the place of the code."""
    signed = (await forms.read(request))["passkey"]
    return await _finish(request, password.finish_change_by_passkey, signed, forms.Typed())


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    asked = password.under_way(session_of(request))
    if asked is None:
        return see_other("/security/password")
    try:
        await password.resend(request.app[BANK], session_of(request))
    except Refusal as refused:
        return again(
            request, BY_METHOD[asked.method], forms.Typed(), refused, path=CODE, **await _shown(request, asked)
        )
    return see_other(f"{CODE}?again=1")


async def _finish(
    request: web.Request,
    finish: Callable[[Bank, Session, str, Client], Awaitable[Session]],
    given: str,
    typed: forms.Typed,
) -> web.Response:
    session = session_of(request)
    asked = password.under_way(session)
    if asked is None:
        return see_other("/security/password")
    try:
        changed = await finish(request.app[BANK], session, given, request[VISITOR].client)
    except Refusal as refused:
        return again(request, BY_METHOD[asked.method], typed, refused, path=CODE, **await _shown(request, asked))
    return entered(request, changed, CHANGED)


async def _change_shown(request: web.Request) -> View:
    access = request.app[BANK].config.access
    return {
        "expired": session_of(request).level is Level.CHANGE_ONLY,
        "password_days": access.password_days,
        "password_least": access.password_least,
        "password_memory": access.password_memory,
        "method": (await method_of(request.app[BANK], customer_of(request))).value,
        "keyboard": await keyboard.view(request, SECRETS),
    }


async def _shown(request: web.Request, asked: UnderWay) -> View:
    return {
        "change": N_("Change password"),
        "sent_to": "/security/password",
        "start": "/security/password",
        "is_second_step": True,
        **await proof_view(request, asked.challenge_id, asked.method),
    }
