"""The help of every page, the manual made of it, and the security rules. All of it is open to everybody."""

from functools import cache
from typing import Any

from aiohttp import web

from dega.alphabet import sort_key
from dega.contact.catalogue import catalogue
from dega.contact.help import MANUAL, HelpPage, chapters, help_page
from dega.errors import NotFound
from dega.i18n import Language, translate
from dega.web import render
from dega.web.facts import facts_of
from dega.web.keys import BANK, VISITOR
from dega.web.manual_pdf import is_possible, manual_pdf
from dega.web.pictures import picture_of


@cache
def _topics(language: Language) -> list[dict[str, str]]:
    """Every page of help, as the alphabet of the language has them: the manual has them as a reader needs them."""
    titles = {topic.key: translate(language, topic.title) for topic in MANUAL}
    in_order = sorted(titles.items(), key=lambda topic: sort_key(topic[1], language))
    return [{"href": f"/help/{key}", "title": title} for key, title in in_order]


async def index(request: web.Request) -> web.StreamResponse:
    """How the help works, and all its pages."""
    return _shown(request, help_page("index"))


async def page(request: web.Request) -> web.StreamResponse:
    """One page of help: what every "Help" at the top of a page leads to."""
    return _shown(request, help_page(request.match_info["page"]))


async def errors(request: web.Request) -> web.StreamResponse:
    """What is refused and why: every code, its sentence, and what to do."""
    return _packed(request, _shown(request, help_page("errors"), refusals=catalogue(request[VISITOR].language)))


async def manual(request: web.Request) -> web.StreamResponse:
    """The whole manual on one page, with an anchor for each menu."""
    shown = render.page(
        request,
        "help/manual.html",
        chapters=chapters(),
        pictures={part.key: picture_of(part, request[VISITOR].language) for part in MANUAL},
        facts=facts_of(request.app[BANK].config),
        has_pdf=is_possible(),
    )
    return _packed(request, shown)


async def pdf(request: web.Request) -> web.StreamResponse:
    """The manual as a PDF, in the visitor's language. Raises NotFound where this bank has no `dega[pdf]`."""
    if not is_possible():
        raise NotFound()
    language, config = request[VISITOR].language, request.app[BANK].config
    made = await manual_pdf(language, config)
    name = f'inline; filename="dega-manual-{language}.pdf"'
    return web.Response(body=made, content_type="application/pdf", headers={"Content-Disposition": name})


async def security_rules(request: web.Request) -> web.StreamResponse:
    """The security rules ("Rregullat e Sigurisë", R28)."""
    return _shown(request, help_page("security-rules"))


def _shown(request: web.Request, shown: HelpPage, **more: Any) -> web.Response:
    language = request[VISITOR].language
    return render.page(
        request,
        "help/page.html",
        shown=shown,
        topics=_topics(language) if shown.key == "index" else [],
        picture=picture_of(shown, language),
        facts=facts_of(request.app[BANK].config),
        **more,
    )


def _packed(request: web.Request, long: web.Response) -> web.Response:
    """A long page, packed on its way. Not where its address carries more: what strangers put into a page together with
    what only its reader may know must not shrink by how alike the two are (BREACH)."""
    if not request.query_string:
        long.enable_compression()
    return long
