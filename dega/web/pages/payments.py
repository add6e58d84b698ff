"""Moving money: choose a kind and fill in the form; what was prepared and made; a receipt at a lasting address.

Between form and receipt stand the check page and the code: `payment_codes.py`. While no money moves, drafts are looked
at and cancelled as ever.
"""

import contextlib
from uuid import UUID

from aiohttp import web

from dega.access.methods import Method, method_of
from dega.accounts.accounts import Account, my_accounts
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import NotFound, NotInTime, Refusal, Refusals
from dega.i18n import N_, Language, translate
from dega.ids import format_iban, mask_iban, mask_name
from dega.money import Currency, Money, format_amount, format_money
from dega.payments.cancel import cancel_payment
from dega.payments.confirm import code_life, needs_code
from dega.payments.kind import Kind
from dega.payments.kinds import KINDS
from dega.payments.make import is_kept, is_unmade
from dega.payments.payment import Asked, Payment, ask, find_payment, my_drafts, my_latest
from dega.payments.prepare import prepare_payment
from dega.payments.promises import is_time, promised_for
from dega.store.payments import Payer
from dega.web import forms
from dega.web.keys import BANK, ROUTE_OF, VISITOR
from dega.web.pages.session import actor_of, customer_of
from dega.web.render import View, form, page, see_other

NAME_OF_KIND = {"own": "own", "in-bank": "in_bank"}

ASKED = web.RequestKey("asked", Asked)

PROMISE = "/payments/{id}/promise"
"""Where a draft is promised to be made after the daily update, in a bank that has such promises."""


async def show_menu(request: web.Request) -> web.Response:
    """The kinds of transfer, what was prepared lately and not made, and what was made last."""
    bank, customer_id = request.app[BANK], customer_of(request)
    step = "" if request[VISITOR].freeze.closed else "/check"
    drafts = [
        {
            "href": PROMISE.format(id=draft.id) if draft.promised_for else f"/payments/{draft.id}{step}",
            "is_promised": draft.promised_for is not None,
            "payee": mask_name(draft.payee_name) if draft.kind != "own" else format_iban(draft.payee_iban),
            "amount": format_money(Money(draft.amount_minor, Currency(draft.currency))),
            "prepared": format_instant(draft.prepared_at),
        }
        for draft in await my_drafts(bank, customer_id)
    ]
    made = [
        {
            "href": f"/payments/{payment.id}",
            "payee": payment.payee_name if payment.kind != "own" else format_iban(payment.payee_iban),
            "amount": format_money(Money(payment.amount_minor, Currency(payment.currency))),
            "decided": format_instant(payment.prepared_at),
        }
        for payment in await my_latest(bank, customer_id)
    ]
    return page(request, "payments/menu.html", drafts=drafts, made=made)


async def show_own(request: web.Request) -> web.Response:
    """The form between own accounts."""
    return await _show(request, KINDS["own"])


async def prepare_own(request: web.Request) -> web.Response:
    """Prepare a transfer between own accounts."""
    return await _prepare(request, KINDS["own"])


async def show_in_bank(request: web.Request) -> web.Response:
    """The form to another customer of the bank."""
    return await _show(request, KINDS["in-bank"])


async def prepare_in_bank(request: web.Request) -> web.Response:
    """Prepare a transfer to another customer of the bank."""
    return await _prepare(request, KINDS["in-bank"])


async def cancel(request: web.Request) -> web.Response:
    """The draft isn't wanted any more."""
    payment = await payment_asked_for(request)
    if payment.state == "draft":
        await cancel_payment(request.app[BANK], payment.customer_id, payment.id, actor_of(request))
    return see_other(f"/payments/{payment.id}")


async def receipt(request: web.Request) -> web.Response:
    """The receipt, for ever at this address; or where the payment stands."""
    payment = await payment_asked_for(request)
    bank = request.app[BANK]
    if payment.state == "cancelled":
        return page(request, "payments/cancelled.html", **shown(request, payment))
    if payment.made is not None and await is_kept(bank, payment):
        return page(request, "payments/receipt.html", **shown(request, payment))
    if payment.made is None and "pending" not in request.query and not bank.poster.is_under_way(payment.id):
        return await _draft(request, payment)
    if payment.made is None and await is_unmade(bank, payment):
        return await _draft(request, payment, unmade=True)
    return page(request, "payments/pending.html", **shown(request, payment))


def promise_href(request: web.Request, payment_id: UUID | str) -> str:
    """Where this draft can be promised for after the daily update; '' where it can't. Not while the update is late:
    by then the draft can soon be made, and the next midnight is far."""
    bank = request.app[BANK]
    is_of_use = request[VISITOR].freeze.cause in (None, "window") and is_time(bank, bank.clock.now())
    return PROMISE.format(id=payment_id) if is_of_use and PROMISE in request.app[ROUTE_OF] else ""


async def payment_asked_for(request: web.Request) -> Payment:
    """The customer's payment that the address names. Raises NotFound, for somebody else's too."""
    return await find_payment(request.app[BANK], customer_of(request), forms.read_id(request.match_info["id"]))


def ask_with_payer(request: web.Request) -> None:
    """Ask for the same and the customer while it isn't known yet whether they go on. Raises NotFound for no id."""
    request[ASKED] = ask(request.app[BANK], customer_of(request), forms.read_id(request.match_info["id"]))


async def asked_for_with_payer(request: web.Request) -> tuple[Payment, Payer]:
    """The payment and the customer that were asked for: what it takes to make it. Raises NotFound."""
    if ASKED not in request:
        ask_with_payer(request)
    return await request[ASKED].answered()


async def _show(request: web.Request, kind: Kind) -> web.Response:
    bank, customer_id = request.app[BANK], customer_of(request)
    mine = await my_accounts(bank, customer_id)
    options = await _options(request, kind, mine)
    typed = forms.Typed()
    if kind.name == "own":
        typed.update(first_pair(mine))
    if "draft" in request.query:
        typed = _as_typed(await find_payment(bank, customer_id, forms.read_id(request.query["draft"])))
    return page(request, f"payments/kinds/{NAME_OF_KIND[kind.name]}.html", typed=typed, **options)


async def _prepare(request: web.Request, kind: Kind) -> web.Response:
    bank, customer_id = request.app[BANK], customer_of(request)
    typed = await forms.read(request)
    try:
        payment_id = await keep_typed(request, kind, typed)
    except (Refusal, Refusals) as refused:
        options = await _options(request, kind, await my_accounts(bank, customer_id))
        return form(request, f"payments/kinds/{NAME_OF_KIND[kind.name]}.html", typed, refused, **options)
    return see_other(f"/payments/{payment_id}/check")


async def keep_typed(request: web.Request, kind: Kind, typed: forms.Typed) -> UUID:
    """Keep what was typed as a draft, in the place of the one that it changed. Raises what `prepare_payment` does."""
    payment_id = await prepare_payment(request.app[BANK], kind, customer_of(request), typed, actor_of(request))
    await _replaced(request, typed["draft"])
    return payment_id


async def _draft(request: web.Request, payment: Payment, *, unmade: bool = False) -> web.Response:
    """On to the check page of a draft; while no money moves, what is kept of it, or its promise."""
    if not request[VISITOR].freeze.closed:
        return see_other(f"/payments/{payment.id}/check{'?unmade=1' if unmade else ''}")
    if await promised_for(request.app[BANK], payment) is not None:
        return see_other(PROMISE.format(id=payment.id))
    promise = promise_href(request, payment.id)
    return page(request, "payments/kept.html", unmade=unmade, promise_href=promise, **shown(request, payment))


async def _replaced(request: web.Request, draft: str) -> None:
    """The draft that was changed into another one isn't wanted any more."""
    with contextlib.suppress(NotFound):
        await cancel_payment(request.app[BANK], customer_of(request), forms.read_id(draft), actor_of(request))


def _as_typed(payment: Payment) -> forms.Typed:
    """The form as it was filled in for this draft."""
    return forms.Typed(
        draft=str(payment.id),
        from_account=payment.debit_iban,
        to_account=payment.payee_iban,
        to_iban=format_iban(payment.payee_iban),
        to_name=payment.payee_typed,
        amount=format_amount(payment.amount.minor, payment.amount.currency),
        description=payment.description,
    )


def first_pair(accounts: list[Account]) -> dict[str, str]:
    """The first two accounts between which money can be moved: one currency, both in use."""
    usable = [account for account in accounts if account.status == "active" and account.product != "term"]
    for debit in usable:
        for credit in usable:
            if credit.iban != debit.iban and credit.currency == debit.currency:
                return {"from_account": debit.iban, "to_account": credit.iban}
    return {}


async def confirming_method(bank: Bank, customer_id: int, kind: Kind) -> Method:
    """By what such payments are confirmed. An app's code is bound to nothing: by it money may stay, and not leave."""
    return confirming(await method_of(bank, customer_id), kind)


def confirming(method: Method, kind: Kind) -> Method:
    """The same, of who has this one at most."""
    return Method.SMS if method is Method.APP and kind.spends else method


async def _is_too_late(request: web.Request, kind: Kind) -> bool:
    """Whether what is begun now can't be confirmed before the daily update."""
    bank = request.app[BANK]
    if not kind.needs_code(bank.config):
        return False
    try:
        code_life(bank, by_sms=True)
    except NotInTime:
        return await confirming_method(bank, customer_of(request), kind) is Method.SMS
    return False


async def _options(request: web.Request, kind: Kind, accounts: list[Account]) -> View:
    """The accounts to choose from, whether a code follows, and whether there is time for it."""
    options = account_options(accounts, request[VISITOR].language)
    needs_code = kind.needs_code(request.app[BANK].config)
    return {**options, "needs_code": needs_code, "is_too_late": await _is_too_late(request, kind)}


def account_options(accounts: list[Account], language: Language) -> View:
    """The accounts to choose from, what tells them apart first: a telephone is narrow. No closed ones, no deposits."""
    names = {"current": N_("Current account"), "savings": N_("Savings account")}
    open_ones = [account for account in accounts if account.status != "closed" and account.product in names]
    return {
        "accounts": [
            (
                each.iban,
                f"…{each.iban[-4:]} · {format_money(each.available)} · {translate(language, names[each.product])}",
            )
            for each in open_ones
        ]
    }


def shown(request: web.Request, payment: Payment) -> View:
    """The payment as pages show it."""
    return {
        "payment": payment,
        "payee": payment.payee_shown,
        "name_differs": bool(payment.payee_typed) and not payment.name_fits,
        "change_href": f"/payments/{payment.kind}?draft={payment.id}",
        "debit_iban": format_iban(payment.debit_iban),
        "credit_iban": format_iban(payment.payee_iban),
        "credit_short": mask_iban(payment.payee_iban),
        "amount": format_money(payment.amount),
        "fee": format_money(payment.fee),
        "total": format_money(payment.total),
        "needs_code": needs_code(request.app[BANK], payment),
        "booked": format_instant(payment.made.booked_at) if payment.made else "",
        "balance_after": format_money(payment.made.balance_after) if payment.made else "",
        "reference": payment.made.reference if payment.made else "",
    }
