"""What customers have: their accounts, one account, account activity ("Veprimet e Llogarisë"), and that as a file."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from urllib.parse import urlencode

import msgspec
from aiohttp import hdrs, web

from dega.accounts import accounts
from dega.accounts import activity as feature
from dega.accounts import export as file
from dega.accounts.accounts import Account, Product, Status
from dega.accounts.activity import Filter, parse_filter
from dega.accounts.deposits import deposit_of
from dega.accounts.months import month_ends
from dega.bank import Bank
from dega.clock import format_day, local_day
from dega.errors import Refusals
from dega.i18n import N_, Language, translate
from dega.ids import format_iban
from dega.money import NO_BREAK_SPACE, format_amount
from dega.payments.payment import has_waited, oldest_draft
from dega.web import forms, render
from dega.web.entries import rows_of
from dega.web.keys import BANK, VISITOR
from dega.web.pages.deposits import deposit_view
from dega.web.pages.months import history
from dega.web.pages.reminder import password_view
from dega.web.pages.session import customer_of, session_of

PRODUCTS = {
    Product.CURRENT: N_("Current account"),
    Product.SAVINGS: N_("Savings account"),
    Product.TERM: N_("Time deposit"),
}
STATUSES = {
    Status.ACTIVE: (N_("Active"), "good"),
    Status.BLOCKED: (N_("Blocked"), "bad"),
    Status.DORMANT: (N_("Dormant"), "warning"),
    Status.CLOSED: (N_("Closed"), "neutral"),
}
FILTERS = ("account", "from", "to", "text", "min", "max")
LATEST = 10
"""Entries that the page of an account shows."""


class Card(msgspec.Struct, frozen=True):
    """An account as pages show it."""

    iban: str
    name: str
    product: str
    currency: str
    balance_number: str
    available_number: str
    status: str
    status_kind: str
    opened: str
    pays: bool
    is_deposit: bool

    @property
    def balance(self) -> str:
        """With its currency, as amounts stand in sentences."""
        return f"{self.balance_number}{NO_BREAK_SPACE}{self.currency}"

    @property
    def available(self) -> str:
        """With its currency, as amounts stand in sentences."""
        return f"{self.available_number}{NO_BREAK_SPACE}{self.currency}"


async def show_all(request: web.Request) -> web.StreamResponse:
    """All accounts with what is in them and was in the last months; and whether payments wait that the daily update
    came in between."""
    bank, customer_id, language = _who(request)
    drafted = None if request[VISITOR].freeze.closed else oldest_draft(bank, customer_id)
    mine = await accounts.my_accounts(bank, customer_id)
    ends = await month_ends(bank, mine)
    cards = [(card_of(each, language), history(ends[each.id], each.balance, language)) for each in mine]
    reminder = password_view(bank, session_of(request))
    waits = drafted is not None and has_waited(bank, await drafted)
    return render.page(request, "accounts/all.html", cards=cards, password=reminder, waits=waits)


async def show_one(request: web.Request) -> web.StreamResponse:
    """One account: what it is, what is in it, what was booked last."""
    bank, customer_id, language = _who(request)
    account = await accounts.account(bank, customer_id, request.match_info["iban"])
    latest = await feature.activity(bank, customer_id, Filter(account.iban), LATEST, mine=[account])
    card, rows = card_of(account, language), rows_of(latest.entries, account.currency, language)
    found = await deposit_of(bank, customer_id, account.iban) if card.is_deposit else None
    return render.page(
        request,
        "accounts/one.html",
        card=card,
        deposit=deposit_view(found, language) if found else None,
        rows=rows,
        has_more=latest.older is not None,
    )


async def activity(request: web.Request) -> web.StreamResponse:
    """What was booked in one account, as far as the filter lets it through."""
    bank, customer_id, language = _who(request)
    mine = await accounts.my_accounts(bank, customer_id)
    typed = forms.read_query(request)
    if not mine:
        return render.page(request, "accounts/none.html")
    options = [(account.iban, option_of(account, language)) for account in mine]
    try:
        chosen = parse_filter(typed, mine)
    except Refusals as refused:
        return render.form(request, "accounts/activity.html", typed, refused, options=options, shown=None)
    typed["account"] = chosen.iban  # so that the links of the page stay with this account, whichever comes first later
    found = await feature.activity(bank, customer_id, chosen, mine=mine)
    kept = _kept(typed)
    query = urlencode(kept)
    return render.page(
        request,
        "accounts/activity.html",
        typed=typed,
        options=options,
        shown=card_of(found.account, language),
        is_filtered=len(kept) > 1,
        rows=rows_of(found.entries, found.account.currency, language),
        is_unfinished=found.is_unfinished,
        newer_href=f"/activity?{query}&page={found.newer}" if found.newer else "",
        older_href=f"/activity?{query}&page={found.older}" if found.older else "",
        export_href=f"/activity/export?{query}",
    )


async def export(request: web.Request) -> web.StreamResponse:
    """The same as a file, whole. What is wrong with the filter is said on its page."""
    bank, customer_id, language = _who(request)
    typed = forms.read_query(request)
    try:
        chosen = parse_filter(typed, await accounts.my_accounts(bank, customer_id))
    except Refusals:
        return render.see_other(f"/activity?{urlencode(_kept(typed))}")
    chunks = await file.export(bank, customer_id, chosen, lambda text: translate(language, text))
    return await send_csv(request, f"veprimet-{chosen.iban[-4:]}-{local_day(bank.clock.now())}.csv", chunks)


async def send_csv(request: web.Request, name: str, chunks: AsyncIterator[bytes]) -> web.StreamResponse:
    """Answer with a file of that name, chunk by chunk."""
    response = web.StreamResponse(headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'})
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except Exception:
        # Half a file must not look like a whole one: the connection is cut before its end is sent.
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


def card_of(account: Account, language: Language) -> Card:
    """The account as pages show it."""
    product, status, kind = _words(account.product, account.status, language)
    return Card(
        iban=account.iban,
        name=f"{product} · {account.currency}",
        product=product,
        currency=account.currency,
        balance_number=format_amount(account.balance.minor, account.currency),
        available_number=format_amount(account.available.minor, account.currency),
        status=status,
        status_kind=kind,
        opened=format_day(account.opened_on),
        pays=account.status is Status.ACTIVE and account.product is not Product.TERM,
        is_deposit=account.product is Product.TERM,
    )


@cache
def _words(product: Product, status: Status, language: Language) -> tuple[str, str, str]:
    """What the product and the status are called, and the status's kind."""
    called, kind = STATUSES[status]
    return translate(language, PRODUCTS[product]), translate(language, called), kind


def option_of(account: Account, language: Language) -> str:
    """The account in a list to choose from."""
    return f"{translate(language, PRODUCTS[account.product])} · {account.currency} · {format_iban(account.iban)[-9:]}"


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    """What the address of a page keeps of the filter: the account, and what is filled in."""
    return {name: typed[name] for name in FILTERS if typed[name]}


def _who(request: web.Request) -> tuple[Bank, int, Language]:
    return request.app[BANK], customer_of(request), request[VISITOR].language
