"""Moving money: choose a kind and fill in the form; what was prepared and made; a receipt at a lasting address.

Between form and receipt stand the check page and the code: `payment_codes.py`.
"""

import contextlib

from aiohttp import web

from dega.accounts.accounts import Account, my_accounts
from dega.clock import format_instant
from dega.errors import NotFound, Refusal, Refusals
from dega.i18n import N_, Language, translate
from dega.ids import format_iban, mask_iban, mask_name
from dega.money import Currency, Money, format_amount, format_money
from dega.payments.cancel import cancel_payment
from dega.payments.confirm import needs_code
from dega.payments.kind import Kind
from dega.payments.kinds import KINDS
from dega.payments.make import is_kept, is_unmade
from dega.payments.payment import Payment, find_payment, my_drafts, my_latest
from dega.payments.prepare import prepare_payment
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages.session import actor_of, customer_of
from dega.web.render import View, form, page, see_other

NAME_OF_KIND = {"own": "own", "in-bank": "in_bank"}


async def show_menu(request: web.Request) -> web.Response:
    """The kinds of transfer, what was prepared lately and not made, and what was made last."""
    bank, customer_id = request.app[BANK], customer_of(request)
    drafts = [
        {
            "href": f"/payments/{draft.id}/check",
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
        return see_other(f"/payments/{payment.id}/check")
    if payment.made is None and await is_unmade(bank, payment):
        return see_other(f"/payments/{payment.id}/check?unmade=1")
    return page(request, "payments/pending.html", **shown(request, payment))


async def payment_asked_for(request: web.Request) -> Payment:
    """The customer's payment that the address names. Raises NotFound, for somebody else's too."""
    return await find_payment(request.app[BANK], customer_of(request), forms.read_id(request.match_info["id"]))


async def _show(request: web.Request, kind: Kind) -> web.Response:
    bank, customer_id = request.app[BANK], customer_of(request)
    mine = await my_accounts(bank, customer_id)
    options = account_options(mine, request[VISITOR].language)
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
        payment_id = await prepare_payment(bank, kind, customer_id, typed, actor_of(request))
    except (Refusal, Refusals) as refused:
        options = account_options(await my_accounts(bank, customer_id), request[VISITOR].language)
        return form(request, f"payments/kinds/{NAME_OF_KIND[kind.name]}.html", typed, refused, **options)
    await _replaced(request, typed["draft"])
    return see_other(f"/payments/{payment_id}/check")


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
    usable = [account for account in accounts if account.status == "active"]
    for debit in usable:
        for credit in usable:
            if credit.iban != debit.iban and credit.currency == debit.currency:
                return {"from_account": debit.iban, "to_account": credit.iban}
    return {}


def account_options(accounts: list[Account], language: Language) -> View:
    """The accounts to choose from, what tells them apart first: a telephone is narrow. Closed ones can't be chosen."""
    names = {"current": N_("Current account"), "savings": N_("Savings account")}
    open_ones = [account for account in accounts if account.status != "closed"]
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
