"""The page where there can be no page: before a request is understood nobody knows who asks, or in which language.

It is made once, when it is needed first, says in each language what happened, and repeats nothing of what was sent.
"""

from collections.abc import Callable
from functools import cache

from aiohttp import hdrs, web
from markupsafe import Markup

from dega.errors import Refusal, RequestHeadTooLong, RequestUnreadable
from dega.i18n import remedy_of, sentence_of
from dega.web.headers import NOT_KEPT, of_every_answer
from dega.web.keys import BANK
from dega.web.render import HTML, KEYS, contacts_view

Bare = Callable[[int], web.Response]
"""The answer with this status; the connection closes after it."""

REFUSALS: dict[int, type[Refusal]] = {400: RequestUnreadable, 431: RequestHeadTooLong}
FAULT = 500


def bare_pages(app: web.Application) -> Bare:
    """The answers of this bank where no page can be made."""

    @cache
    def page_of(status: int) -> bytes:
        return _page(app, REFUSALS.get(status))

    def bare(status: int) -> web.Response:
        known = status if status in REFUSALS or status == FAULT else (FAULT if status > FAULT else 400)
        headers = of_every_answer(app) | HTML | {hdrs.CACHE_CONTROL: NOT_KEPT}
        answer = web.Response(body=page_of(known), status=known, headers=headers)
        answer.force_close()
        return answer

    return bare


def _page(app: web.Application, refusal: type[Refusal] | None) -> bytes:
    config = app[BANK].config
    shared = {"contacts": contacts_view(config), "code": refusal.code if refusal else ""}
    parts: list[dict[str, str]] = []
    for language in config.bank.languages:
        said = {
            "sentence": sentence_of(language, refusal()) if refusal else "",
            "remedy": remedy_of(language, refusal) if refusal else "",
        }
        html = app[KEYS[language]].get_template("errors/bare-part.html").render(**shared, **said, first=not parts)
        parts.append({"lang": language, "html": Markup(html)})  # noqa: S704  # a template's own
    return app[KEYS[config.bank.languages[0]]].get_template("errors/bare.html").render(**shared, parts=parts).encode()
