"""A form that wasn't taken comes back with the reason and with what was typed."""

from collections.abc import Mapping

from aiohttp import web

from dega.errors import CodeNotSent, Refusal, Refusals, SmsPaused, TooManyCodes
from dega.web.forms import Typed
from dega.web.render import form

STILL_ABOUT_THE_FORM = (TooManyCodes, CodeNotSent, SmsPaused)
"""Refused with a status of their own, but a code that came before may still be typed."""


def again(
    request: web.Request,
    template: str,
    typed: Typed,
    refused: Refusal | Refusals,
    fields: Mapping[str, str] | None = None,
    **context: object,
) -> web.Response:
    """The form again, for a refusal that is about it. Any other (a block, an outage) is raised on to its own page.

    `fields` are the form's names of what the use case calls otherwise.
    """
    refusals = refused.refusals if isinstance(refused, Refusals) else [refused]
    for refusal in refusals:
        if refusal.status != 422 and not isinstance(refusal, STILL_ABOUT_THE_FORM):
            raise refusal
        if fields:
            refusal.field = fields.get(refusal.field or "", refusal.field)
    return form(request, template, typed, refused, **context)
