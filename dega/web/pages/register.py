"""Registering, page by page: the customer number, the code, a password of one's own."""

from aiohttp import web

from dega.access import register
from dega.access.login import challenge_id
from dega.errors import Refusal, Refusals
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.codes import code_view
from dega.web.pages.session import entered, inside, session_of
from dega.web.render import View, page, see_other

NUMBER, CODE, PASSWORD = "access/register.html", "access/register-code.html", "access/register-password.html"
SECRETS = ("password", "password_again")


async def show_number(request: web.Request) -> web.Response:
    """Asks for the customer number (R9) and says who may register (R6 to R8)."""
    if where := inside(request):
        return see_other(where)
    return page(request, NUMBER, **_number_shown(request))


async def give_number(request: web.Request) -> web.Response:
    """The number: on to the code, also for a number that nobody has."""
    if where := inside(request):
        return see_other(where)
    typed = await forms.read(request)
    try:
        session = await register.give_number(request.app[BANK], typed["customer_number"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, NUMBER, typed, refused, **_number_shown(request))
    return entered(request, session, "/register/code")


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code that went to the registered mobile, if the number has one."""
    return page(request, CODE, sent_again="again" in request.query, **await _code_shown(request))


async def give_code(request: web.Request) -> web.Response:
    """The code: on to the password."""
    typed = await forms.read(request)
    try:
        session = await register.give_code(
            request.app[BANK], session_of(request), typed["code"], request[VISITOR].client
        )
    except Refusal as refused:
        return again(request, CODE, typed, refused, **await _code_shown(request))
    return entered(request, session, "/register/password")


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    try:
        await register.resend(request.app[BANK], session_of(request))
    except Refusal as refused:
        return again(request, CODE, forms.Typed(), refused, path="/register/code", **await _code_shown(request))
    return see_other("/register/code?again=1")


async def show_password(request: web.Request) -> web.Response:
    """Asks for a password, twice."""
    return page(request, PASSWORD, **await _password_shown(request))


async def choose_password(request: web.Request) -> web.Response:
    """The password: registered, and ready to log in (R12). Or a key of the virtual keyboard."""
    posted = await forms.read(request)
    if pressed := await keyboard.press(request, posted, SECRETS):
        return pressed
    typed = await keyboard.whole(request, posted, SECRETS)
    try:
        await register.choose_password(
            request.app[BANK],
            session_of(request),
            typed["password"],
            typed["password_again"],
            request[VISITOR].client,
        )
    except (Refusal, Refusals) as refused:
        fields = {"again": "password_again"}
        return again(request, PASSWORD, posted, refused, fields, **await _password_shown(request))
    response = see_other("/register/done")
    cookies.leave(request, response)
    return response


async def done(request: web.Request) -> web.Response:
    """Registered: the way to the log in."""
    return page(request, "access/registered.html")


def _number_shown(request: web.Request) -> View:
    return {"kshbi_version": request.app[BANK].config.bank.kshbi_version}


async def _code_shown(request: web.Request) -> View:
    digits = request.app[BANK].config.codes.login_digits
    return {"code": await code_view(request, challenge_id(session_of(request)), digits)}


async def _password_shown(request: web.Request) -> View:
    return {
        "number": session_of(request).customer_number,
        "password_least": request.app[BANK].config.access.password_least,
        "keyboard": await keyboard.view(request, SECRETS),
    }
