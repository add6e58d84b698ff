"""What is said: messages, suggestions and complaints, with a session or without one, and what became of them."""

from dataclasses import dataclass

from aiohttp import web

from dega.audit import Actor
from dega.clock import format_instant
from dega.contact import complaints, messages
from dega.contact.messages import Message
from dega.errors import NotFound, Refusals
from dega.i18n import N_, Language, translate
from dega.ids import CodeError, parse_message_reference
from dega.web import forms, render
from dega.web.keys import BANK, VISITOR
from dega.web.pages.session import actor_of

KINDS = {"message": N_("Message"), "suggestion": N_("Suggestion"), "complaint": N_("Complaint")}
STATES = {
    "received": (N_("Received"), "neutral"),
    "answered": (N_("Answered"), "good"),
    "closed": (N_("Closed"), "neutral"),
}
NOT_FOLLOWED = N_("There is no message with this reference and this contact. Check both.")


@dataclass(frozen=True, slots=True)
class Said:
    """A message as pages show it."""

    reference: str
    kind: str
    text: str
    received: str
    state: str
    state_kind: str


async def show_message(request: web.Request) -> web.StreamResponse:
    """The ways to the bank, and the form of a message; or the reference of one that was just left."""
    return await _show(request, "contact/message.html")


async def leave_message(request: web.Request) -> web.StreamResponse:
    """A message is left."""
    typed = await forms.read(request)
    language, customer_id, actor = _author(request)
    try:
        reference = await messages.leave_message(
            request.app[BANK], typed["name"], typed["contact"], typed["text"], customer_id, language, actor
        )
    except Refusals as refused:
        return render.form(request, "contact/message.html", typed, refused, said=await _said(request))
    return render.see_other(f"/contact?reference={reference}")


async def show_complaint(request: web.Request) -> web.StreamResponse:
    """The form of suggestions and complaints; or the reference of one that was just made."""
    return await _show(request, "contact/complaint.html")


async def complain(request: web.Request) -> web.StreamResponse:
    """A suggestion or complaint is made; or, from the other form of the page, the state of one is asked for."""
    typed = await forms.read(request)
    if typed["form"] == "state":
        return await _follow(request, typed)
    language, customer_id, actor = _author(request)
    try:
        reference = await complaints.complain(
            request.app[BANK],
            typed["kind"],
            typed["name"],
            typed["contact"],
            typed["text"],
            customer_id,
            language,
            actor,
        )
    except Refusals as refused:
        return render.form(request, "contact/complaint.html", typed, refused, said=await _said(request))
    return render.see_other(f"/complaints?reference={reference}")


async def _follow(request: web.Request, typed: forms.Typed) -> web.StreamResponse:
    language = request[VISITOR].language
    try:
        found = await messages.follow(request.app[BANK], typed["reference"], typed["left_contact"])
    except NotFound:
        sentence = forms.FieldError("reference", translate(language, NOT_FOLLOWED))
        return render.page(
            request,
            "contact/complaint.html",
            status=422,
            typed=typed,
            errors=[sentence],
            error=forms.by_field([sentence]),
            said=await _said(request),
        )
    return render.page(request, "contact/state.html", found=_shown(found, language))


async def _show(request: web.Request, template: str) -> web.StreamResponse:
    if "reference" in request.query:
        return render.page(request, "contact/kept.html", reference=_reference(request.query["reference"]))
    session = request[VISITOR].session
    typed = forms.Typed(name=session.name if session is not None else "")
    return render.page(request, template, typed=typed, said=await _said(request))


async def _said(request: web.Request) -> list[Said]:
    """What the visitor said before, if they are logged in."""
    language, customer_id, _ = _author(request)
    if customer_id is None:
        return []
    return [_shown(message, language) for message in await messages.my_messages(request.app[BANK], customer_id)]


def _author(request: web.Request) -> tuple[Language, int | None, Actor]:
    visitor = request[VISITOR]
    customer_id = visitor.session.customer_id if visitor.session is not None else None
    return visitor.language, customer_id, actor_of(request)


def _reference(typed: str) -> str:
    try:
        return parse_message_reference(typed)
    except CodeError:
        raise NotFound() from None


def _shown(message: Message, language: Language) -> Said:
    state, kind = STATES[message.state]
    return Said(
        reference=message.reference,
        kind=translate(language, KINDS[message.kind]),
        text=message.text,
        received=format_instant(message.received_at),
        state=translate(language, state),
        state_kind=kind,
    )
