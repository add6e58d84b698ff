"""Adding a passkey: its name, then the device makes it. Nothing here works without scripts, and the pages say so."""

from aiohttp import web

from dega.access import enrolment, stepup
from dega.access.changes import PASSKEY_ADD, Change
from dega.access.enrolment import Enrolment
from dega.errors import Refusal, StepUpNeeded
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import confirm
from dega.web.pages.again import again
from dega.web.pages.factors import codes_shown
from dega.web.pages.session import entered, session_of
from dega.web.render import View, page, see_other

NAME, MAKE = "access/passkey-name.html", "access/passkey-make.html"


async def show_name(request: web.Request) -> web.Response:
    """Asks for a name for the passkey, once the customer has proven who they are."""
    if not stepup.is_given(request.app[BANK], session_of(request), Change(PASSKEY_ADD)):
        return see_other(confirm.href(Change(PASSKEY_ADD)))
    return page(request, NAME)


async def give_name(request: web.Request) -> web.Response:
    """The name: on to the device. The proof is used up by that."""
    typed = await forms.read(request)
    try:
        await enrolment.begin(request.app[BANK], session_of(request), typed["name"])
    except StepUpNeeded:
        return see_other(confirm.href(Change(PASSKEY_ADD)))
    except Refusal as refused:
        return again(request, NAME, typed, refused)
    return see_other("/security/passkeys/make")


async def show_make(request: web.Request) -> web.Response:
    """Asks the device to make the passkey."""
    under_way = enrolment.under_way(session_of(request))
    if under_way is None:
        return see_other("/security/passkeys/add")
    return page(request, MAKE, **await _shown(request, under_way))


async def make(request: web.Request) -> web.Response:
    """The device made it: it counts, and where there are new recovery codes they are shown, this once."""
    bank, session = request.app[BANK], session_of(request)
    under_way = enrolment.under_way(session)
    if under_way is None:
        return see_other("/security/passkeys/add")
    posted = await forms.read(request)
    try:
        session, codes = await enrolment.finish(bank, session, posted["passkey"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, MAKE, forms.Typed(), refused, **await _shown(request, under_way))
    if not codes:
        return entered(request, session, "/security/factors?done=passkey")
    return codes_shown(request, session, codes, "/security/factors?done=passkey")


async def _shown(request: web.Request, under_way: Enrolment) -> View:
    asked = await enrolment.options(request.app[BANK], session_of(request), under_way)
    return {"name": under_way.name, "passkey_asked": asked}
