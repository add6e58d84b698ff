"""Logging in, page by page: the customer number, the password, the code. None of them says which was wrong."""

from aiohttp import web

from dega.access import login, recovery
from dega.access.steps import Level
from dega.errors import Refusal
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.codes import code_view
from dega.web.pages.session import inside, session_of
from dega.web.render import View, page, see_other

NUMBER, PASSWORD, CODE = "access/number.html", "access/password.html", "access/login-code.html"


async def show_number(request: web.Request) -> web.Response:
    """Asks for the customer number alone (R14). Who is logged in goes on to where they belong."""
    if where := inside(request):
        return see_other(where)
    return page(request, NUMBER, ended="ended" in request.query)


async def give_number(request: web.Request) -> web.Response:
    """The number: on to the password, whatever number it is."""
    if where := inside(request):
        return see_other(where)
    typed = await forms.read(request)
    try:
        session = await login.give_number(request.app[BANK], typed["customer_number"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, NUMBER, typed, refused)
    response = see_other("/login/password")
    cookies.enter(request, response, session)
    return response


async def show_password(request: web.Request) -> web.Response:
    """Asks for the password; with `?keyboard=1` the virtual keyboard stands below it (R19)."""
    return page(request, PASSWORD, **_password_shown(request))


async def give_password(request: web.Request) -> web.Response:
    """The password: on to the code, whether it is right or wrong. Or a key of the virtual keyboard."""
    bank, session = request.app[BANK], session_of(request)
    posted, shown = await forms.read(request), request.query.get("keyboard", "")
    if after := await keyboard.press(bank, session, posted, shown):
        return see_other(f"/login/password?keyboard={after}#password")
    password = keyboard.whole(bank, session, posted, shown)
    try:
        raised = await login.give_password(bank, session, password, request[VISITOR].client)
    except Refusal as refused:
        return again(request, PASSWORD, posted, refused, **_password_shown(request))
    response = see_other("/login/code")
    cookies.enter(request, response, raised)
    return response


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code, and says what to do where none arrives (R18)."""
    return page(request, CODE, sent_again="again" in request.query, **await _code_shown(request))


async def give_code(request: web.Request) -> web.Response:
    """The code: logged in, or only as far as changing an expired password (R24)."""
    typed = await forms.read(request)
    try:
        session = await login.give_code(request.app[BANK], session_of(request), typed["code"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, CODE, typed, refused, **await _code_shown(request))
    response = see_other("/security/password" if session.level is Level.CHANGE_ONLY else "/accounts")
    cookies.enter(request, response, session)
    if not cookies.read(request, cookies.LANGUAGE):
        cookies.put(request, response, cookies.LANGUAGE, session.language)
    return response


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    try:
        await login.resend(request.app[BANK], session_of(request), request[VISITOR].client)
    except Refusal as refused:
        return again(request, CODE, forms.Typed(), refused, path="/login/code", **await _code_shown(request))
    return see_other("/login/code?again=1")


async def forgot(request: web.Request) -> web.Response:
    """Customer number or password forgotten: the Call Center (R21)."""
    return page(request, "access/forgot.html")


def _password_shown(request: web.Request) -> View:
    session = session_of(request)
    shown = keyboard.view(request.app[BANK], session, request.query.get("keyboard", ""))
    return {"number": session.customer_number, "keyboard": shown}


async def _code_shown(request: web.Request) -> View:
    digits = request.app[BANK].config.codes.login_digits
    shown = await code_view(request, session_of(request).facts["challenge"], digits)
    return {"code": shown, "recovery_digits": recovery.DIGITS}
