"""A page: its template in the visitor's language, with what every page shows."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from dega.clock import format_instant
from dega.config import Config, Social
from dega.errors import Refusal, Refusals
from dega.web import cookies, forms, tokens
from dega.web.environment import KEYS
from dega.web.keys import ASSEMBLY, BANK, VISITOR

HTML = {"Content-Type": "text/html; charset=utf-8"}

View = dict[str, Any]
"""What a template is given beside what every page shows."""


@dataclass(frozen=True, slots=True)
class ContactsView:
    """How to reach people, as pages show and link it; the WhatsApp number as its links want it, digits alone."""

    call_center: str
    call_center_e164: str
    email: str
    email_info: str
    whatsapp_display: str
    whatsapp_e164: str
    social: tuple[Social, ...]


def contacts_view(config: Config) -> ContactsView:
    """The contacts of the configuration, for pages and messages."""
    contacts = config.contacts
    return ContactsView(
        contacts.call_center,
        contacts.call_center_e164,
        contacts.email,
        contacts.email_info,
        contacts.whatsapp,
        contacts.whatsapp_e164.lstrip("+"),
        tuple(contacts.social),
    )


def page(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """The template as a page; `context` beside what every page shows."""
    visitor = request[VISITOR]
    bank = request.app[BANK]
    session = visitor.session
    logged_in = session is not None and session.level in cookies.LOGGED_IN
    whole = {
        "lang": visitor.language,
        "token": tokens.form_token(request),
        "who": session if logged_in else None,
        "help_href": f"/help/{visitor.route.help}" if visitor.route else "/help/index",
        "section": visitor.route.section if visitor.route else None,
        "contacts": contacts_view(bank.config),
        "inbox": bank.config.inbox,
        "unread": visitor.unread,
        "freeze": visitor.freeze,
        "demo": request.app[ASSEMBLY].demo,
        "path": request.path_qs,
        "now": _minute(bank.clock.now().replace(second=0, microsecond=0)),
        "idle_seconds": bank.config.sessions.idle_seconds,
        "errors": [],
        "error": forms.Typed(),
        "typed": forms.Typed(),
        **context,
    }
    html = aiohttp_jinja2.render_string(template, request, whole, app_key=KEYS[visitor.language])
    return web.Response(body=html.encode(), status=status, headers=HTML)


@lru_cache(maxsize=16)
def _minute(instant: datetime) -> str:
    return format_instant(instant)


def form(
    request: web.Request, template: str, typed: forms.Typed, refused: Refusal | Refusals, **context: object
) -> web.Response:
    """The form again, with a sentence for each thing that was refused and with what was typed. Status 422, or the
    refusal's own."""
    refusals = refused.refusals if isinstance(refused, Refusals) else [refused]
    errors = forms.sentences(request[VISITOR].language, refusals)
    status = refusals[0].status
    return page(request, template, status=status, typed=typed, errors=errors, error=forms.by_field(errors), **context)


def see_other(address: str) -> web.Response:
    """Answer a POST: the browser goes on to `address` with a GET."""
    return web.Response(status=303, headers={"Location": address})
