"""Albanian or English: chosen on any page, kept in the browser, and remembered for a customer."""

import re

from aiohttp import web

from dega.access.language import choose_language
from dega.i18n import LANGUAGES
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.render import page, see_other

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\U0010ffff]*")


async def show(request: web.Request) -> web.Response:
    """Asks for the language."""
    return page(request, "access/language.html")


async def choose(request: web.Request) -> web.Response:
    """Keep the language and go back to where it was chosen."""
    typed = await forms.read(request)
    language = next((known for known in LANGUAGES if known == typed["language"]), None)
    if language is None:
        return see_other("/language")
    session = request[VISITOR].session
    if session is not None and session.customer_id is not None:
        await choose_language(request.app[BANK], session.customer_id, language)
    response = see_other(local_address(typed["back"]))
    cookies.put(request, response, cookies.LANGUAGE, language)
    return response


def local_address(address: str) -> str:
    """The address, if it can only be one of ours; else the first page. Anything else would send people elsewhere."""
    return address if _LOCAL.fullmatch(address) else "/"
