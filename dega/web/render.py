"""A page: its template in the visitor's language, with what every page shows."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from markupsafe import Markup

from dega.clock import format_instant
from dega.config import Config, Social
from dega.errors import Refusal, Refusals
from dega.i18n import LANGUAGES, Language
from dega.web import cookies, forms, tokens
from dega.web.environment import fill, make
from dega.web.keys import ASSEMBLY, BANK, VISITOR

HTML = {hdrs.CONTENT_TYPE: "text/html; charset=utf-8"}

View = dict[str, Any]
"""What a template is given beside what every page shows."""

KEYS: dict[Language, web.AppKey[jinja2.Environment]] = {
    language: web.AppKey(f"templates-{language}", jinja2.Environment) for language in LANGUAGES
}
SAME: web.AppKey[dict[Language, View]] = web.AppKey("same", dict)
"""What every page of the bank shows, whoever asks for it."""


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


def set_up(app: web.Application) -> None:
    """Compile the templates of all languages, and lay out what all pages of this bank show."""
    config = app[BANK].config
    contacts = contacts_view(config)
    app[SAME] = {}
    for language in LANGUAGES:
        templates = app[KEYS[language]] = make(language)
        app[SAME][language] = {
            **templates.globals,
            "lang": language,
            "contacts": contacts,
            "footer": Markup(templates.get_template("parts/footer.html").render(contacts=contacts)),  # noqa: S704
            "inbox": config.inbox,
            "demo": app[ASSEMBLY].demo,
            "idle_seconds": config.sessions.idle_seconds,
            "errors": (),
            "error": forms.Typed(),
            "typed": forms.Typed(),
        }


def page(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """The template as a page; `context` beside what every page shows."""
    visitor, app = request[VISITOR], request.app
    language, session, route = visitor.language, visitor.session, visitor.route
    whole = {
        **app[SAME][language],
        "token": tokens.form_token(request),
        "who": session if session is not None and session.level in cookies.LOGGED_IN else None,
        "help_href": f"/help/{route.help}" if route else "/help/index",
        "section": route.section if route else None,
        "unread": visitor.unread,
        "freeze": visitor.freeze,
        "path": request.path_qs,
        "now": _minute(app[BANK].clock.now().replace(second=0, microsecond=0)),
        **context,
    }
    templates = aiohttp_jinja2.get_env(app, app_key=KEYS[language])
    html = fill(templates.get_template(template), whole)
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
