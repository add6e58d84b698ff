"""The help of every page, the manual made of it, and the security rules. All of it is open to everybody."""

from functools import cache

from aiohttp import web

from dega.alphabet import sort_key
from dega.contact.catalogue import catalogue
from dega.contact.help import MANUAL, help_page
from dega.i18n import Language, translate
from dega.web import render
from dega.web.keys import VISITOR


@cache
def _topics(language: Language) -> list[dict[str, str]]:
    """Every page of help, as the alphabet of the language has them: the manual has them as a reader needs them."""
    titles = {topic.key: translate(language, topic.title) for topic in MANUAL}
    in_order = sorted(titles.items(), key=lambda topic: sort_key(topic[1], language))
    return [{"href": f"/help/{key}", "title": title} for key, title in in_order]


async def index(request: web.Request) -> web.StreamResponse:
    """How the help works, and all its pages."""
    return render.page(request, "help/page.html", shown=help_page("index"), topics=_topics(request[VISITOR].language))


async def page(request: web.Request) -> web.StreamResponse:
    """One page of help: what every "Help" at the top of a page leads to."""
    shown = help_page(request.match_info["page"])
    topics = _topics(request[VISITOR].language) if shown.key == "index" else []
    return render.page(request, "help/page.html", shown=shown, topics=topics)


async def errors(request: web.Request) -> web.StreamResponse:
    """What is refused and why: every code, its sentence, and what to do."""
    refusals = catalogue(request[VISITOR].language)
    return _packed(
        request, render.page(request, "help/page.html", shown=help_page("errors"), topics=[], refusals=refusals)
    )


async def manual(request: web.Request) -> web.StreamResponse:
    """The whole manual on one page, with an anchor for each menu."""
    return _packed(request, render.page(request, "help/manual.html", parts=MANUAL))


async def security_rules(request: web.Request) -> web.StreamResponse:
    """The security rules ("Rregullat e Sigurisë", R28)."""
    return render.page(request, "help/page.html", shown=help_page("security-rules"), topics=[])


def _packed(request: web.Request, long: web.Response) -> web.Response:
    """A long page, packed on its way. Not where its address carries more: what strangers put into a page together with
    what only its reader may know must not shrink by how alike the two are (BREACH)."""
    if not request.query_string:
        long.enable_compression()
    return long
