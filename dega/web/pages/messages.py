"""The inbox ("Mesazhet"): what the customer wrote to the bank, what was answered, and what they say to that."""

from dataclasses import dataclass

from aiohttp import web

from dega.clock import format_day, format_instant
from dega.contact import letters
from dega.contact.letters import Thread
from dega.contact.limits import Author
from dega.contact.words import KINDS, STATES, TOPICS, State
from dega.errors import NotFound, Refusal, Refusals
from dega.i18n import Language, translate
from dega.web import forms, render, stamps
from dega.web.keys import BANK, VISITOR
from dega.web.pages.session import actor_of, customer_of
from dega.web.unread import UNREAD, mark

LOOKS: dict[State, str] = {"received": "neutral", "answered": "good", "closed": "neutral"}

LETTERS_A_PAGE = 20
LAST_PAGE = 1000

Paragraphs = list[list[str]]
"""Lines, in their paragraphs."""


@dataclass(frozen=True, slots=True)
class Line:
    """A letter in the list."""

    reference: str
    subject: str
    last: str
    state: str
    look: str
    is_unread: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """Something that was said on a letter."""

    by_bank: bool
    said: str
    text: Paragraphs


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as pages show it; `due` is the last day for the answer, empty where the bank doesn't owe one."""

    reference: str
    kind: str
    topic: str
    text: Paragraphs
    expected: Paragraphs
    received: str
    due: str
    state: str
    look: str
    is_complaint: bool
    is_closed: bool
    parts: tuple[PartView, ...]


async def show_all(request: web.Request) -> web.StreamResponse:
    """The letters of the customer, a page of them, what was said on last first."""
    language, number = request[VISITOR].language, _page(request)
    skip = LETTERS_A_PAGE * (number - 1)
    mine = await letters.my_letters(request.app[BANK], customer_of(request), LETTERS_A_PAGE + 1, skip)
    lines = [
        Line(
            letter.reference,
            translate(language, TOPICS[letter.topic] if letter.kind == "message" else KINDS[letter.kind]),
            format_instant(letter.last_at),
            translate(language, STATES[letter.state]),
            LOOKS[letter.state],
            letter.is_unread,
        )
        for letter in mine[:LETTERS_A_PAGE]
    ]
    newer = f"/messages?page={number - 1}" if number > 1 else ""
    older = f"/messages?page={number + 1}" if len(mine) > LETTERS_A_PAGE else ""
    return render.page(request, "contact/messages.html", lines=lines, newer=newer, older=older)


async def show_one(request: web.Request) -> web.StreamResponse:
    """One letter, and what was said on it; from now on it has been seen."""
    letter = await _open(request)
    return render.page(request, "contact/letter.html", letter=letter, shown=stamps.issue(request))


async def reply(request: web.Request) -> web.StreamResponse:
    """The customer says something besides."""
    typed = await forms.read(request)
    reference = request.match_info["reference"]
    author = Author(customer_of(request), request[VISITOR].language, actor_of(request))
    try:
        await letters.reply(request.app[BANK], author, reference, typed["text"], stamps.read(request, typed))
    except (Refusal, Refusals) as refused:
        if isinstance(refused, Refusal) and refused.status not in (422, 429):
            raise
        letter = await _open(request)
        shown = stamps.again(request, typed)
        return render.form(request, "contact/letter.html", typed, refused, letter=letter, shown=shown)
    return render.see_other(f"/messages/{reference}")


def shown_letter(thread: Thread, language: Language) -> LetterView:
    """The letter in the language of the page."""
    return LetterView(
        thread.reference,
        translate(language, KINDS[thread.kind]),
        translate(language, TOPICS[thread.topic]) if thread.kind == "message" else "",
        _paragraphs(thread.text),
        _paragraphs(thread.expected),
        format_instant(thread.received_at),
        format_day(thread.due_on) if thread.state == "received" and thread.kind == "complaint" else "",
        translate(language, STATES[thread.state]),
        LOOKS[thread.state],
        thread.kind == "complaint",
        thread.state == "closed",
        tuple(PartView(part.by_bank, format_instant(part.said_at), _paragraphs(part.text)) for part in thread.parts),
    )


async def _open(request: web.Request) -> LetterView:
    customer_id, language = customer_of(request), request[VISITOR].language
    thread = await letters.open_letter(request.app[BANK], customer_id, request.match_info["reference"])
    request.app[UNREAD].forget(customer_id)
    await mark(request)
    return shown_letter(thread, language)


def _page(request: web.Request) -> int:
    """Which page of the list is asked for, from one. Raises NotFound for what is no such number."""
    typed = request.query.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LAST_PAGE)) else 0
    if not 0 < number <= LAST_PAGE:
        raise NotFound()
    return number


def _paragraphs(text: str) -> Paragraphs:
    return [paragraph.split("\n") for paragraph in text.split("\n\n") if paragraph]
