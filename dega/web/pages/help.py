"""The help of every page, the manual made of it, and the security rules. All of it is open to everybody."""

from aiohttp import web

from dega.contact.help import MANUAL, HelpPage, chapters, help_page
from dega.errors import NotFound
from dega.web import render
from dega.web.facts import facts_of
from dega.web.keys import BANK, VISITOR
from dega.web.manual_pdf import is_possible, manual_pdf
from dega.web.pictures import picture_of

TOPICS = [{"href": f"/help/{topic.key}", "title": topic.title} for topic in MANUAL]


async def index(request: web.Request) -> web.StreamResponse:
    """How the help works, and all its pages."""
    return _shown(request, help_page("index"))


async def page(request: web.Request) -> web.StreamResponse:
    """One page of help: what every "Help" at the top of a page leads to."""
    return _shown(request, help_page(request.match_info["page"]))


async def manual(request: web.Request) -> web.StreamResponse:
    """The whole manual on one page, with an anchor for each menu."""
    pictures = {part.key: picture_of(part, request[VISITOR].language) for part in MANUAL}
    return render.page(
        request,
        "help/manual.html",
        chapters=chapters(),
        pictures=pictures,
        facts=facts_of(request.app[BANK].config),
        has_pdf=is_possible(),
    )


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


def _shown(request: web.Request, shown: HelpPage) -> web.Response:
    topics = TOPICS if shown.key == "index" else []
    picture = picture_of(shown, request[VISITOR].language)
    facts = facts_of(request.app[BANK].config)
    return render.page(request, "help/page.html", shown=shown, topics=topics, picture=picture, facts=facts)
