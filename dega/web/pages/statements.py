"""Statements of account ("Nxjerrje llogarie"): those of one account, one to read and to print, and that as a file."""

from typing import NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from dega.accounts import export as file
from dega.accounts import statements as feature
from dega.accounts.accounts import account, my_accounts
from dega.accounts.statements import Statement
from dega.clock import format_day, format_instant
from dega.errors import NotFound
from dega.i18n import N_, Language, translate
from dega.ids import compact
from dega.money import format_money
from dega.web import forms, render
from dega.web.entries import rows_of
from dega.web.keys import BANK, VISITOR
from dega.web.pages.accounts import card_of, option_of, send_csv
from dega.web.pages.months import MONTHS
from dega.web.pages.session import customer_of, session_of


class Line(NamedTuple):
    """A statement in the list."""

    href: str
    title: str
    days: str
    paid_in: str
    paid_out: str
    closing: str


async def show_all(request: web.Request) -> web.StreamResponse:
    """The statements of one account, the newest first."""
    bank, customer_id, language = request.app[BANK], customer_of(request), request[VISITOR].language
    mine = await my_accounts(bank, customer_id)
    if not mine:
        return render.page(request, "statements/none.html")
    wanted = compact(forms.read_query(request)["account"])
    chosen = next((each for each in mine if not wanted or each.iban == wanted), None)
    if chosen is None:
        raise NotFound()
    found = await feature.my_statements(bank, customer_id, chosen.iban)
    return render.page(
        request,
        "statements/all.html",
        options=[(each.iban, option_of(each, language)) for each in mine],
        shown=card_of(chosen, language),
        lines=[_line(each, language) for each in found],
    )


async def show_one(request: web.Request) -> web.StreamResponse:
    """One statement: its sums, and a piece of its entries."""
    bank, customer_id, language = request.app[BANK], customer_of(request), request[VISITOR].language
    found = await feature.my_statement(bank, customer_id, _number(request.match_info["statement"]))
    part = _number(forms.read_query(request)["page"] or "1")
    entries = await feature.entries_of(bank, customer_id, found, part)
    return render.page(
        request,
        "statements/one.html",
        title=title_of(found, language),
        days_text=_days(found),
        shown=card_of(await account(bank, customer_id, found.iban), language),
        holder=session_of(request).name,
        opening=format_money(found.opening),
        paid_in=format_money(found.paid_in),
        paid_out=format_money(found.paid_out),
        closing=format_money(found.closing),
        made_at=format_instant(found.made_at),
        part=part,
        parts=found.parts,
        rows=rows_of(entries, found.opening.currency, language),
        before_href=_part_href(found, part - 1),
        after_href=_part_href(found, part + 1),
        export_href=f"/statements/{found.id}/export",
    )


async def export(request: web.Request) -> web.StreamResponse:
    """All entries of one statement as a file."""
    bank, customer_id, language = request.app[BANK], customer_of(request), request[VISITOR].language
    found = await feature.my_statement(bank, customer_id, _number(request.match_info["statement"]))
    chunks = await file.export(bank, customer_id, found.whole, lambda text: translate(language, text))
    period = f"{found.last_day:%Y}" if found.period == "year" else f"{found.last_day:%Y-%m}"
    return await send_csv(request, f"nxjerrje-{found.iban[-4:]}-{period}.csv", chunks)


def title_of(statement: Statement, language: Language) -> str:
    """`November 2026`, or `The year 2026`."""
    last = statement.last_day
    if statement.period == "year":
        return translate(language, N_("The year %(year)s")) % {"year": last.year}
    return f"{translate(language, MONTHS[last.month - 1])} {last.year}"


def _line(statement: Statement, language: Language) -> Line:
    return Line(
        f"/statements/{statement.id}",
        title_of(statement, language),
        _days(statement),
        format_money(statement.paid_in),
        format_money(statement.paid_out),
        format_money(statement.closing),
    )


def _days(statement: Statement) -> str:
    return f"{format_day(statement.first_day)}–{format_day(statement.last_day)}"


def _part_href(statement: Statement, part: int) -> str:
    return f"/statements/{statement.id}?{urlencode({'page': part})}" if 1 <= part <= statement.parts else ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound()
    return int(text)
