"""What is said to the bank: messages, suggestions and complaints, with a session or without; and what came of them."""

from aiohttp import web

from dega.contact import complaints, letters, messages
from dega.contact.limits import Author
from dega.contact.words import TOPICS
from dega.errors import NotFound, Refusal, Refusals, TooManyRequests
from dega.i18n import N_, translate
from dega.web import forms, render, stamps
from dega.web.keys import BANK, VISITOR
from dega.web.pages.messages import shown_letter
from dega.web.pages.session import actor_of

NOT_FOLLOWED = N_("There is no message with this reference and this contact. Check both.")


async def show_message(request: web.Request) -> web.StreamResponse:
    """The ways to the bank, and the form of a message; or the reference of one that was just left."""
    return _show(request, "contact/message.html")


async def leave_message(request: web.Request) -> web.StreamResponse:
    """A message is left."""
    typed = await _read(request)
    try:
        reference = await messages.leave_message(
            request.app[BANK],
            _author(request),
            typed["topic"],
            typed["name"],
            typed["contact"],
            typed["text"],
            stamps.read(request, typed),
        )
    except (Refusal, Refusals) as refused:
        return _again(request, "contact/message.html", typed, refused)
    return render.see_other(f"/contact?reference={reference}")


async def show_complaint(request: web.Request) -> web.StreamResponse:
    """The form of suggestions and complaints; or the reference of one that was just made."""
    return _show(request, "contact/complaint.html")


async def complain(request: web.Request) -> web.StreamResponse:
    """A suggestion or complaint is made; or, from the other form of the page, what became of one is asked for."""
    typed = await _read(request)
    if typed["form"] == "state":
        return await _follow(request, typed)
    try:
        reference = await complaints.complain(
            request.app[BANK],
            _author(request),
            typed["kind"],
            typed["name"],
            typed["contact"],
            typed["text"],
            typed["expected"],
            stamps.read(request, typed),
        )
    except (Refusal, Refusals) as refused:
        return _again(request, "contact/complaint.html", typed, refused)
    return render.see_other(f"/complaints?reference={reference}")


async def _follow(request: web.Request, typed: forms.Typed) -> web.StreamResponse:
    visitor = request[VISITOR]
    try:
        found = await letters.follow(request.app[BANK], _author(request), typed["reference"], typed["left_contact"])
    except TooManyRequests as refused:
        return _again(request, "contact/complaint.html", typed, refused)
    except NotFound:
        sentence = forms.FieldError("reference", translate(visitor.language, NOT_FOLLOWED))
        return render.page(
            request,
            "contact/complaint.html",
            status=422,
            typed=typed,
            errors=[sentence],
            error=forms.by_field([sentence]),
            shown=stamps.issue(request),
        )
    return render.page(request, "contact/state.html", letter=shown_letter(found, visitor.language))


def _show(request: web.Request, template: str) -> web.Response:
    if "reference" in request.query:
        return render.page(request, "contact/kept.html", reference=_reference(request.query["reference"]))
    return render.page(request, template, shown=stamps.issue(request), topics=_topics(request))


def _again(request: web.Request, template: str, typed: forms.Typed, refused: Refusal | Refusals) -> web.StreamResponse:
    """The form with what is wrong; what doesn't concern it goes to the page of refusals."""
    if isinstance(refused, Refusal) and refused.status not in (422, 429):
        raise refused
    shown, topics = stamps.again(request, typed), _topics(request)
    return render.form(request, template, typed, refused, shown=shown, topics=topics)


async def _read(request: web.Request) -> forms.Typed:
    """What was typed; whoever is logged in needn't say their name."""
    typed = await forms.read(request)
    session = request[VISITOR].session
    if session is not None and session.customer_id is not None:
        typed["name"] = session.name
    return typed


def _author(request: web.Request) -> Author:
    visitor = request[VISITOR]
    customer_id = visitor.session.customer_id if visitor.session is not None else None
    return Author(customer_id, visitor.language, actor_of(request))


def _topics(request: web.Request) -> list[tuple[str, str]]:
    language = request[VISITOR].language
    return [("", translate(language, N_("Choose"))), *((key, translate(language, TOPICS[key])) for key in TOPICS)]


def _reference(typed: str) -> str:
    known = messages.parse_reference(typed)
    if known is None:
        raise NotFound()
    return known
