"""About security: how old the password is, its change, the last logins, and what to do about a strange one."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from dega.access import login, password
from dega.access.steps import Level
from dega.accounts.customers import profile
from dega.clock import format_instant
from dega.errors import Refusal, Refusals
from dega.web import forms
from dega.web.browsers import browser_name
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.codes import code_view
from dega.web.pages.reminder import password_view
from dega.web.pages.session import customer_of, entered, session_of
from dega.web.render import View, page, see_other

OVERVIEW, CHANGE, CODE = "access/security.html", "access/change.html", "access/change-code.html"
CHANGED = "/security?changed=1"
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
    """The new password: on to its code; where the old one had expired, a code was just given and it is changed."""
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
    return see_other("/security/password/code")


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code of the change under way."""
    if not _is_under_way(request):
        return see_other("/security/password")
    return page(request, CODE, sent_again="again" in request.query, **await _code_shown(request))


async def give_code(request: web.Request) -> web.Response:
    """The code: the password is changed, and all other sessions have ended."""
    if not _is_under_way(request):
        return see_other("/security/password")
    typed = await forms.read(request)
    try:
        session = await password.finish_change(
            request.app[BANK], session_of(request), typed["code"], request[VISITOR].client
        )
    except Refusal as refused:
        return again(request, CODE, typed, refused, **await _code_shown(request))
    return entered(request, session, CHANGED)


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    if not _is_under_way(request):
        return see_other("/security/password")
    try:
        await password.resend(request.app[BANK], session_of(request), request[VISITOR].client)
    except Refusal as refused:
        shown = await _code_shown(request)
        return again(request, CODE, forms.Typed(), refused, path="/security/password/code", **shown)
    return see_other("/security/password/code?again=1")


async def _change_shown(request: web.Request) -> View:
    access = request.app[BANK].config.access
    return {
        "expired": session_of(request).level is Level.CHANGE_ONLY,
        "password_days": access.password_days,
        "password_least": access.password_least,
        "password_memory": access.password_memory,
        "keyboard": await keyboard.view(request, SECRETS),
    }


def _is_under_way(request: web.Request) -> bool:
    return "change_challenge" in session_of(request).facts


async def _code_shown(request: web.Request) -> View:
    digits = request.app[BANK].config.codes.payment_digits
    return {"code": await code_view(request, UUID(session_of(request).facts["change_challenge"]), digits)}
