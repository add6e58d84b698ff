"""What a bank declares to everybody: how accessible it is, what it does with data, on which terms it serves.

The texts are templates/legal/<language>/: each bank makes them its own, with its lawyers, before it opens.
"""

from aiohttp import web

from dega.i18n import N_
from dega.web.facts import facts_of
from dega.web.keys import BANK
from dega.web.render import page

TEMPLATE = "legal/page.html"


async def accessibility(request: web.Request) -> web.StreamResponse:
    """What people with disabilities can rely on, what doesn't work yet, and whom to tell."""
    return _shown(request, key="accessibility", title=N_("Accessibility"))


async def privacy(request: web.Request) -> web.StreamResponse:
    """Which personal data are kept, why and for how long, and what a person can ask for."""
    return _shown(request, key="privacy", title=N_("Privacy notice"))


async def terms(request: web.Request) -> web.StreamResponse:
    """What customer and bank owe each other."""
    return _shown(request, key="terms", title=N_("Terms of use"))


def _shown(request: web.Request, key: str, title: str) -> web.Response:
    return page(request, TEMPLATE, key=key, title=title, facts=facts_of(request.app[BANK].config))
