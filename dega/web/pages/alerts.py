"""Alerts ("Njoftimet"): what the customer wants to be told, and on which ways."""

from dataclasses import dataclass

from aiohttp import web

from dega.access.alert_choices import choose, my_alerts
from dega.accounts.accounts import Status, my_accounts
from dega.accounts.customers import profile
from dega.alerts import Choices, Kind, Ways
from dega.bank import Bank
from dega.errors import Refusal, Refusals
from dega.ids import mask_email
from dega.money import Currency, Money, format_amount
from dega.typed import read_amount
from dega.web import forms
from dega.web.keys import BANK
from dega.web.pages.again import again
from dega.web.pages.session import actor_of, customer_of
from dega.web.render import View, page, see_other

PAGE = "access/alerts.html"


@dataclass(frozen=True, slots=True)
class AmountView:
    """The field of an amount: from there on a payment in its currency is a large one."""

    field: str
    currency: Currency
    text: str


async def show(request: web.Request) -> web.Response:
    """What holds now."""
    bank, customer_id = request.app[BANK], customer_of(request)
    choices = await my_alerts(bank, customer_id)
    shown = await _shown(bank, customer_id, choices)
    return page(request, PAGE, **shown, saved="saved" in request.query, ways=_ticked(choices))


async def save(request: web.Request) -> web.Response:
    """What is to hold from now on. Needs no code: it is told on every way, so nobody is silenced unheard."""
    bank, customer_id = request.app[BANK], customer_of(request)
    typed = await forms.read(request)
    ways = {kind: Ways(bool(typed[f"{kind}_sms"]), bool(typed[f"{kind}_email"])) for kind in Kind}
    refused: list[Refusal] = []
    large: dict[Currency, Money] = {}
    for currency in await _currencies(bank, customer_id):
        try:
            large[currency] = read_amount(typed[f"large_{currency}"], currency, f"large_{currency}")
        except Refusal as refusal:
            refused.append(refusal)
    try:
        if refused:
            raise Refusals(refused)
        await choose(bank, customer_id, ways, large, actor_of(request))
    except Refusals as refusals:
        shown = await _shown(bank, customer_id, await my_alerts(bank, customer_id), typed)
        ticked = {name for name in typed if typed[name]}
        return again(request, PAGE, typed, refusals, **shown, saved=False, ways=ticked)
    return see_other("/security/alerts?saved=1")


async def _shown(bank: Bank, customer_id: int, choices: Choices, typed: forms.Typed | None = None) -> View:
    known = await profile(bank, customer_id)
    amounts = [
        AmountView(
            field := f"large_{currency}",
            currency,
            format_amount(choices.large(currency).minor, currency) if typed is None else typed[field],
        )
        for currency in await _currencies(bank, customer_id)
    ]
    return {
        "mobile": known.mobile_masked,
        "email": mask_email(known.email) if known.email else None,
        "amounts": amounts,
    }


def _ticked(choices: Choices) -> set[str]:
    """The names of the boxes that are ticked."""
    by_sms = {f"{kind}_sms" for kind, ways in choices.ways.items() if ways.sms}
    return by_sms | {f"{kind}_email" for kind, ways in choices.ways.items() if ways.email}


async def _currencies(bank: Bank, customer_id: int) -> list[Currency]:
    """The currencies of the customer's accounts, in the order of the bank's list; lek where there is none."""
    held = {each.currency for each in await my_accounts(bank, customer_id) if each.status is not Status.CLOSED}
    return [currency for currency in Currency if currency in held] or [Currency.ALL]
