"""Orders ("Pagesat periodike"): all of them, one with its dates and its history, the forms that make and change one.

Between form and order stand the check page and the code: `order_codes.py`. Orders book nothing by themselves, so that
these pages work during the daily update too.
"""

import contextlib
from uuid import UUID

from aiohttp import web

from dega.accounts.accounts import my_accounts
from dega.clock import format_day, format_instant
from dega.errors import NotFound, Refusal, Refusals
from dega.i18n import N_, Language, translate
from dega.ids import format_iban, mask_iban, reference
from dega.money import Money, format_amount, format_money
from dega.payments.confirm_order import needs_code
from dega.payments.due import NOTHING, PAID
from dega.payments.kind import Kind
from dega.payments.kinds import KINDS
from dega.payments.prepare_order import ABOVE, cancel_order, prepare_order
from dega.payments.schedule import Frequency, HolidayRule
from dega.payments.standing_orders import (
    StandingOrder,
    find_order,
    first_possible_day,
    history,
    my_orders,
    next_dates,
)
from dega.store.orders import Attempt
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages.payments import NAME_OF_KIND, account_options, first_pair
from dega.web.pages.session import actor_of, customer_of
from dega.web.render import View, form, page, see_other

FREQUENCIES = {
    Frequency.ONCE: N_("Once (scheduled payment)"),
    Frequency.WEEKLY: N_("Every week"),
    Frequency.MONTHLY: N_("Every month"),
    Frequency.QUARTERLY: N_("Every three months"),
    Frequency.YEARLY: N_("Every year"),
}
RULES = {
    HolidayRule.SAME_DAY: N_("On the day itself"),
    HolidayRule.BEFORE: N_("On the working day before"),
    HolidayRule.AFTER: N_("On the working day after"),
}
STATES = {
    "draft": (N_("Not confirmed"), "warning"),
    "active": (N_("Active"), "good"),
    "stopped": (N_("Stopped"), "neutral"),
    "ended": (N_("Ended"), "neutral"),
}
OUTCOMES = {
    PAID: (N_("Paid"), "good"),
    NOTHING: (N_("Nothing to move"), "neutral"),
    "insufficient_funds": (N_("Not enough money"), "bad"),
    "account_blocked": (N_("Your account is blocked"), "bad"),
    "account_dormant": (N_("Your account is dormant"), "bad"),
    "account_closed": (N_("Your account is closed"), "bad"),
    "payee_account_closed": (N_("The payee’s account is closed or blocked"), "bad"),
}
REFUSED = (N_("Refused"), "bad")


async def show_all(request: web.Request) -> web.Response:
    """The customer's orders: what stands and when it pays next, drafts, and what is over."""
    language = request[VISITOR].language
    mine = [_listed(order, language) for order in await my_orders(request.app[BANK], customer_of(request))]
    return page(
        request,
        "payments/orders/all.html",
        active=[each for each in mine if each["state"] == "active"],
        drafts=[each for each in mine if each["state"] == "draft"],
        over=[each for each in mine if each["state"] in ("stopped", "ended")],
    )


async def show_one(request: web.Request) -> web.Response:
    """One order: what it says, its next dates, and each try to pay it."""
    order = await order_asked_for(request)
    if order.state == "draft":
        return see_other(f"/payments/orders/{order.id}/check")
    bank, language = request.app[BANK], request[VISITOR].language
    tries = [_tried(each, order, language) for each in await history(bank, order.customer_id, order.id)]
    return page(request, "payments/orders/one.html", **await shown(request, order), tries=tries)


async def show_own(request: web.Request) -> web.Response:
    """The form of an order between own accounts."""
    return await _show(request, KINDS["own"])


async def prepare_own(request: web.Request) -> web.Response:
    """Prepare an order between own accounts."""
    return await _prepare(request, KINDS["own"])


async def show_in_bank(request: web.Request) -> web.Response:
    """The form of an order to another customer of the bank."""
    return await _show(request, KINDS["in-bank"])


async def prepare_in_bank(request: web.Request) -> web.Response:
    """Prepare an order to another customer of the bank."""
    return await _prepare(request, KINDS["in-bank"])


async def cancel(request: web.Request) -> web.Response:
    """The draft isn't wanted any more."""
    order = await order_asked_for(request)
    if order.state == "draft":
        await cancel_order(request.app[BANK], order.customer_id, order.id, actor_of(request))
    return see_other("/payments/orders")


async def order_asked_for(request: web.Request) -> StandingOrder:
    """The customer's order that the address names. Raises NotFound, for somebody else's too."""
    return await find_order(request.app[BANK], customer_of(request), forms.read_id(request.match_info["order"]))


async def _show(request: web.Request, kind: Kind) -> web.Response:
    bank, customer_id = request.app[BANK], customer_of(request)
    typed = forms.Typed(
        frequency=Frequency.MONTHLY,
        holiday_rule=HolidayRule.AFTER,
        how="amount",
        first_on=format_day(first_possible_day(bank)),
    )
    if kind.name == "own":
        typed.update(first_pair(await my_accounts(bank, customer_id)))
    named = request.query.get("draft") or request.query.get("change")
    if named:
        order = await find_order(bank, customer_id, forms.read_id(named))
        if order.kind != kind.name or order.state != ("draft" if "draft" in request.query else "active"):
            raise NotFound()
        typed = _as_typed(request, order)
    return page(request, _form_of(kind), typed=typed, **await _options(request, kind))


async def _prepare(request: web.Request, kind: Kind) -> web.Response:
    bank, customer_id = request.app[BANK], customer_of(request)
    typed = await forms.read(request)
    replaces = forms.read_id(typed["replaces"]) if typed["replaces"] else None
    try:
        order_id = await prepare_order(bank, kind, customer_id, typed, actor_of(request), replaces=replaces)
    except (Refusal, Refusals) as refused:
        return form(request, _form_of(kind), typed, refused, **await _options(request, kind))
    with contextlib.suppress(NotFound):  # the draft that was changed into another one
        await cancel_order(bank, customer_id, forms.read_id(typed["draft"]), actor_of(request))
    return see_other(f"/payments/orders/{order_id}/check")


def _form_of(kind: Kind) -> str:
    return f"payments/orders/{NAME_OF_KIND[kind.name]}.html"


def _as_typed(request: web.Request, order: StandingOrder) -> forms.Typed:
    """The form as it was filled in for a draft, or as it is filled in to change an order that stands."""
    is_draft = order.state == "draft"
    first_on = order.schedule.first_on if is_draft else order.next_on or order.schedule.first_on
    first_on = max(first_on, first_possible_day(request.app[BANK]))
    replaces: UUID | None = order.replaces if is_draft else order.id
    return forms.Typed(
        draft=str(order.id) if is_draft else "",
        replaces=str(replaces or ""),
        from_account=order.debit_iban,
        to_account=order.payee_iban,
        to_iban=format_iban(order.payee_iban),
        to_name=order.payee_typed,
        how=ABOVE if order.sweeps else "amount",
        amount=format_amount(order.amount.minor, order.amount.currency),
        description=order.description,
        frequency=order.schedule.frequency,
        first_on=format_day(first_on),
        last_on=format_day(order.schedule.last_on) if order.schedule.last_on else "",
        holiday_rule=order.schedule.rule,
    )


async def _options(request: web.Request, kind: Kind) -> View:
    language = request[VISITOR].language
    mine = await my_accounts(request.app[BANK], customer_of(request))
    return {
        **account_options(mine, language),
        "needs_code": kind.needs_code(request.app[BANK].config),
        "frequencies": [(key, translate(language, text)) for key, text in FREQUENCIES.items()],
        "rules": [(key, translate(language, text)) for key, text in RULES.items()],
        "night_starts": request.app[BANK].config.window.starts,
    }


def _amount(order: StandingOrder, language: Language) -> str:
    amount = format_money(order.amount)
    return translate(language, "All above %(amount)s", amount=amount) if order.sweeps else amount


def _listed(order: StandingOrder, language: Language) -> View:
    return {
        "href": f"/payments/orders/{order.id}",
        "state": order.state,
        "state_text": translate(language, STATES[order.state][0]),
        "amount": _amount(order, language),
        "payee": mask_iban(order.payee_iban) if order.kind == "own" else order.payee_shown,
        "frequency": translate(language, FREQUENCIES[order.schedule.frequency]),
        "next": format_day(order.next_on) if order.next_on else "",
        "retry_until": format_day(order.retry_until) if order.retry_until else "",
    }


def _tried(tried: Attempt, order: StandingOrder, language: Language) -> View:
    text, look = OUTCOMES.get(tried.outcome, REFUSED)
    return {
        "due": format_day(tried.due_on),
        "at": format_instant(tried.at),
        "amount": format_money(Money(tried.amount_minor, order.amount.currency)) if tried.amount_minor else "",
        "outcome": translate(language, text),
        "look": look,
        "reference": reference(tried.movement_id) if tried.movement_id is not None else "",
        "again": format_day(tried.again_until) if tried.again_until else "",
    }


async def shown(request: web.Request, order: StandingOrder) -> View:
    """The order as pages show it."""
    bank, language = request.app[BANK], request[VISITOR].language
    schedule = order.schedule
    state, look = STATES[order.state]
    return {
        "order": order,
        "name_differs": bool(order.payee_typed) and not order.name_fits,
        "state": translate(language, state),
        "state_look": look,
        "payee": order.payee_shown,
        "amount": _amount(order, language),
        "fee": format_money(order.fee),
        "debit_iban": format_iban(order.debit_iban),
        "credit_iban": format_iban(order.payee_iban),
        "credit_short": mask_iban(order.payee_iban),
        "frequency": translate(language, FREQUENCIES[schedule.frequency]),
        "is_once": schedule.frequency is Frequency.ONCE,
        "first_on": format_day(schedule.first_on),
        "last_on": format_day(schedule.last_on) if schedule.last_on else "",
        "rule": translate(language, RULES[schedule.rule]),
        "retry_until": format_day(order.retry_until) if order.retry_until else "",
        "dates": [
            {"due": format_day(each.due_on), "night": format_day(each.night), "moved": each.due_on != each.night}
            for each in await next_dates(bank, order)
        ],
        "night_starts": bank.config.window.starts,
        "needs_code": needs_code(bank, order),
        "retry_days": bank.config.payments.order_retry_days,
    }
