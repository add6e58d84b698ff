"""Blocking one's own access: at once, from any browser, with number and password alone (R26), or from inside (R27)."""

from aiohttp import web

from dega.access import block, login
from dega.errors import Refusal
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import keyboard
from dega.web.pages.again import again
from dega.web.pages.session import session_of
from dega.web.render import page, see_other

FORM, INSIDE, DONE = "access/block.html", "access/block-inside.html", "access/block-done.html"
SECRETS = ("password",)


async def show(request: web.Request) -> web.Response:
    """Asks for number and password, without a code: the phone may be what was lost."""
    shown = await keyboard.view(request, SECRETS)
    return page(request, FORM, keyboard=shown, typed=shown.written)


async def block_access(request: web.Request) -> web.Response:
    """Blocked, if number and password were right; the answer is the same if they weren't. Or a key was pressed."""
    bank, client = request.app[BANK], request[VISITOR].client
    posted = await forms.read(request)
    if pressed := await keyboard.press(request, posted, SECRETS, written=("customer_number",)):
        return pressed
    typed = await keyboard.whole(request, posted, SECRETS)
    try:
        session = await login.give_number(bank, typed["customer_number"], client)
        await block.block_with_password(bank, session, typed["password"], client)
    except Refusal as refused:
        return again(request, FORM, posted, refused, keyboard=await keyboard.view(request, SECRETS))
    return see_other("/block/done")


async def done(request: web.Request) -> web.Response:
    """What was done, as far as a stranger may know, and whom to call. Whoever was logged in knows that it is done."""
    return page(request, DONE, inside="inside" in request.query)


async def show_inside(request: web.Request) -> web.Response:
    """Asks once more before the customer's own access is blocked."""
    return page(request, INSIDE)


async def block_inside(request: web.Request) -> web.Response:
    """Blocked from now on, this session included."""
    await block.block_own(request.app[BANK], session_of(request), request[VISITOR].client)
    response = see_other("/block/done?inside=1")
    cookies.leave(request, response)
    return response
