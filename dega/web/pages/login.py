"""Logging in, page by page: the customer number, the password, the code. None of them says which was wrong."""

from aiohttp import web

from dega.access import login, passkeys, recovery
from dega.access.sessions import Session
from dega.access.steps import Level
from dega.errors import Refusal
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.codes import code_view
from dega.web.pages.session import entered, inside, session_of
from dega.web.render import View, page, see_other

NUMBER, PASSWORD, CODE = "access/number.html", "access/password.html", "access/login-code.html"
SECRETS = ("password",)


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
    return entered(request, session, "/login/password")


async def show_password(request: web.Request) -> web.Response:
    """Asks for the password."""
    return page(request, PASSWORD, **await _password_shown(request))


async def give_password(request: web.Request) -> web.Response:
    """The password: on to the code, whether it is right or wrong. Or a key of the virtual keyboard."""
    bank, session = request.app[BANK], session_of(request)
    posted = await forms.read(request)
    if pressed := await keyboard.press(request, posted, SECRETS):
        return pressed
    typed = await keyboard.whole(request, posted, SECRETS)
    try:
        raised = await login.give_password(bank, session, typed["password"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, PASSWORD, posted, refused, **await _password_shown(request))
    return entered(request, raised, "/login/code")


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
    return _logged_in(request, session)


async def give_passkey(request: web.Request) -> web.Response:
    """A passkey's signature in the place of the code: answered in the same way."""
    posted = await forms.read(request)
    bank, client = request.app[BANK], request[VISITOR].client
    try:
        session = await login.give_passkey(bank, session_of(request), posted["passkey"], client)
    except Refusal as refused:
        return again(request, CODE, forms.Typed(), refused, path="/login/code", **await _code_shown(request))
    return _logged_in(request, session)


async def resend(request: web.Request) -> web.Response:
    """Another code in the place of the last one."""
    try:
        await login.resend(request.app[BANK], session_of(request))
    except Refusal as refused:
        return again(request, CODE, forms.Typed(), refused, path="/login/code", **await _code_shown(request))
    return see_other("/login/code?again=1")


async def forgot(request: web.Request) -> web.Response:
    """Customer number or password forgotten: the Call Center (R21)."""
    return page(request, "access/forgot.html")


async def _password_shown(request: web.Request) -> View:
    return {"number": session_of(request).customer_number, "keyboard": await keyboard.view(request, SECRETS)}


def _logged_in(request: web.Request, session: Session) -> web.Response:
    response = entered(request, session, "/security/password" if session.level is Level.CHANGE_ONLY else "/accounts")
    if not cookies.read(request, cookies.LANGUAGE):
        cookies.put(request, response, cookies.LANGUAGE, session.language)
    return response


async def _code_shown(request: web.Request) -> View:
    bank, challenge_id = request.app[BANK], login.challenge_id(session_of(request))
    shown = await code_view(request, challenge_id, bank.config.codes.login_digits)
    asked = await passkeys.options(bank, challenge_id)
    return {"code": shown, "recovery_digits": recovery.DIGITS, "passkey_asked": asked}
