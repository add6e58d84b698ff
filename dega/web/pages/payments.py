"""Moving money: choose a kind, fill in the form, check it, confirm it by a code, get a receipt at a lasting address."""

import contextlib
from uuid import UUID

from aiohttp import web

from dega.access import lockout, otp, proofs, recovery, totp
from dega.access.methods import Method, method_of
from dega.access.sessions import Session
from dega.accounts.accounts import Account, my_accounts
from dega.audit import Actor
from dega.bank import Bank
from dega.clock import format_instant
from dega.errors import (
    CodeExpired,
    CodeSpent,
    NotFound,
    OutcomePending,
    Refusal,
    Refusals,
)
from dega.i18n import N_, Language, translate
from dega.ids import format_iban, mask_iban, mask_name
from dega.money import Currency, Money, format_amount, format_money
from dega.payments.cancel import cancel_payment
from dega.payments.confirm import bind_code, needs_code, request_code
from dega.payments.kind import Kind
from dega.payments.kinds import KINDS
from dega.payments.make import is_kept, make_payment
from dega.payments.payment import Payment, digest_of, find_payment, my_drafts, my_latest
from dega.payments.prepare import prepare_payment
from dega.web import forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages.again import again
from dega.web.pages.codes import code_view
from dega.web.render import View, form, page, see_other

CODE, APP_CODE = "payments/code.html", "payments/app-code.html"
NAME_OF_KIND = {"own": "own", "in-bank": "in_bank"}


async def show_menu(request: web.Request) -> web.Response:
    """The kinds of transfer, what was prepared lately and not made, and what was made last."""
    bank, session = _who(request)
    drafts = [
        {
            "href": f"/payments/{draft.id}/check",
            "payee": mask_name(draft.payee_name) if draft.kind != "own" else format_iban(draft.payee_iban),
            "amount": format_money(Money(draft.amount_minor, Currency(draft.currency))),
            "prepared": format_instant(draft.prepared_at),
        }
        for draft in await my_drafts(bank, _customer(session))
    ]
    made = [
        {
            "href": f"/payments/{payment.id}",
            "payee": payment.payee_name if payment.kind != "own" else format_iban(payment.payee_iban),
            "amount": format_money(Money(payment.amount_minor, Currency(payment.currency))),
            "decided": format_instant(payment.prepared_at),
        }
        for payment in await my_latest(bank, _customer(session))
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


async def check(request: web.Request) -> web.Response:
    """Exactly what will happen, before it does."""
    payment, _ = await _payment(request)
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    return page(request, "payments/check.html", unmade="unmade" in request.query, **_shown(request, payment))


async def confirm(request: web.Request) -> web.Response:
    """Confirmed: on to the code, or made at once where the kind needs none."""
    payment, session = await _payment(request)
    bank = request.app[BANK]
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    try:
        if needs_code(bank, payment):
            if not await _has_fresh_code(bank, payment):  # pressed twice: one code is enough
                await _send_code(bank, session, payment)
            return see_other(f"/payments/{payment.id}/code")
        return await _make(request, payment, session)
    except Refusal as refusal:
        return again(request, "payments/check.html", forms.Typed(), refusal, **_shown(request, payment))


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code of this payment."""
    payment, _ = await _payment(request)
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    if payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}/check")
    return page(request, await _code_page(request, payment), **await _code_shown(request, payment))


async def give_code(request: web.Request) -> web.Response:
    """The code: right, and the payment is made; asked twice, the same receipt."""
    payment, session = await _payment(request)
    bank = request.app[BANK]
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    if payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}/check")
    typed, template = await forms.read(request), await _code_page(request, payment)
    try:
        await otp.verify(
            bank,
            payment.challenge_id,
            typed["code"],
            proof=await proofs.match(bank, payment.customer_id, typed["code"]) if template == APP_CODE else None,
            purpose="payment",
            customer_id=payment.customer_id,
            digest=digest_of(payment),
            client=request[VISITOR].client,
        )
        return await _make(request, payment, session)
    except CodeSpent as refusal:
        # A repeated confirmation may find its code used by the first one: then the receipt is the answer.
        if (await find_payment(bank, payment.customer_id, payment.id)).made is not None:
            return see_other(f"/payments/{payment.id}")
        return again(request, template, forms.Typed(), refusal, **await _code_shown(request, payment))
    except Refusal as refusal:
        return again(request, template, forms.Typed(), refusal, **await _code_shown(request, payment))


async def resend(request: web.Request) -> web.Response:
    """Another code for the same payment."""
    payment, session = await _payment(request)
    bank = request.app[BANK]
    if payment.state != "draft" or payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}")
    if await _method(bank, payment) is not Method.SMS:
        return see_other(f"/payments/{payment.id}/check")
    try:
        wanted = await request_code(bank, payment.customer_id, payment.id)
        await otp.reissue(
            bank,
            payment.challenge_id,
            purpose="payment",
            customer_id=payment.customer_id,
            mobile=wanted.mobile,
            text=wanted.text,
            digest=wanted.digest,
            subject=lockout.subject_id(bank, session.customer_number),
        )
    except (CodeSpent, CodeExpired):
        await _send_code(bank, session, payment)
    except Refusal as refusal:
        return again(request, CODE, forms.Typed(), refusal, **await _code_shown(request, payment))
    return see_other(f"/payments/{payment.id}/code")


async def cancel(request: web.Request) -> web.Response:
    """The draft isn't wanted any more."""
    payment, session = await _payment(request)
    if payment.state == "draft":
        await cancel_payment(request.app[BANK], payment.customer_id, payment.id, _actor(request, session))
    return see_other(f"/payments/{payment.id}")


async def receipt(request: web.Request) -> web.Response:
    """The receipt, for ever at this address; or where the payment stands."""
    payment, _ = await _payment(request)
    bank = request.app[BANK]
    if payment.state == "cancelled":
        return page(request, "payments/cancelled.html", **_shown(request, payment))
    if payment.made is not None and await is_kept(bank, payment):
        return page(request, "payments/receipt.html", **_shown(request, payment))
    if payment.made is not None or bank.poster.is_under_way(payment.id):
        return page(request, "payments/pending.html", **_shown(request, payment))
    return see_other(f"/payments/{payment.id}/check" + ("?unmade=1" if "pending" in request.query else ""))


def _who(request: web.Request) -> tuple[Bank, Session]:
    session = request[VISITOR].session
    if session is None:
        raise NotFound()
    return request.app[BANK], session


def _customer(session: Session) -> int:
    if session.customer_id is None:
        raise NotFound()
    return session.customer_id


def _actor(request: web.Request, session: Session) -> Actor:
    client = request[VISITOR].client
    return Actor(f"customer:{session.customer_id}", client.request_id, client.address_prefix)


async def _payment(request: web.Request) -> tuple[Payment, Session]:
    bank, session = _who(request)
    return await find_payment(bank, _customer(session), _uuid(request.match_info["id"])), session


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


async def _show(request: web.Request, kind: Kind) -> web.Response:
    bank, session = _who(request)
    mine = await my_accounts(bank, _customer(session))
    options = _options(mine, request[VISITOR].language)
    typed = forms.Typed()
    if kind.name == "own":
        typed.update(_first_pair(mine))
    if "draft" in request.query:
        typed = _as_typed(await find_payment(bank, _customer(session), _uuid(request.query["draft"])))
    return page(request, f"payments/kinds/{NAME_OF_KIND[kind.name]}.html", typed=typed, **options)


async def _prepare(request: web.Request, kind: Kind) -> web.Response:
    bank, session = _who(request)
    customer_id = _customer(session)
    typed = await forms.read(request)
    try:
        payment_id = await prepare_payment(bank, kind, customer_id, typed, _actor(request, session))
    except (Refusal, Refusals) as refused:
        options = _options(await my_accounts(bank, customer_id), request[VISITOR].language)
        return form(request, f"payments/kinds/{NAME_OF_KIND[kind.name]}.html", typed, refused, **options)
    await _replaced(request, typed["draft"])
    return see_other(f"/payments/{payment_id}/check")


async def _replaced(request: web.Request, draft: str) -> None:
    """The draft that was changed into another one isn't wanted any more."""
    bank, session = _who(request)
    with contextlib.suppress(NotFound):
        await cancel_payment(bank, _customer(session), _uuid(draft), _actor(request, session))


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


def _first_pair(accounts: list[Account]) -> dict[str, str]:
    """The first two accounts between which money can be moved: one currency, both in use."""
    usable = [account for account in accounts if account.status == "active"]
    for debit in usable:
        for credit in usable:
            if credit.iban != debit.iban and credit.currency == debit.currency:
                return {"from_account": debit.iban, "to_account": credit.iban}
    return {}


def _options(accounts: list[Account], language: Language) -> View:
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


async def _has_fresh_code(bank: Bank, payment: Payment) -> bool:
    if payment.challenge_id is None:
        return False
    state = await otp.state(bank, payment.challenge_id)
    return state.resend_in > 0 and state.expires_in > 0 and state.delivery == "sent"


async def _send_code(bank: Bank, session: Session, payment: Payment) -> None:
    wanted = await request_code(bank, payment.customer_id, payment.id)
    by_sms = await _method(bank, payment) is Method.SMS
    challenge_id = await otp.issue(
        bank,
        purpose="payment",
        customer_id=payment.customer_id,
        mobile=wanted.mobile if by_sms else None,
        text=wanted.text,
        digest=wanted.digest,
        subject=lockout.subject_id(bank, session.customer_number),
    )
    await bind_code(bank, payment.customer_id, payment.id, challenge_id)


async def _method(bank: Bank, payment: Payment) -> Method:
    """By what the payment is confirmed: money that leaves the customer only by a code that names amount and payee."""
    return Method.SMS if KINDS[payment.kind].spends else await method_of(bank, payment.customer_id)


async def _code_page(request: web.Request, payment: Payment) -> str:
    """The page that asks for the code of this payment."""
    return CODE if await _method(request.app[BANK], payment) is Method.SMS else APP_CODE


async def _make(request: web.Request, payment: Payment, session: Session) -> web.Response:
    bank = request.app[BANK]
    try:
        await make_payment(
            bank,
            payment.customer_id,
            payment.id,
            session.auth_epoch,
            _actor(request, session),
            challenge_id=payment.challenge_id,
        )
    except OutcomePending:
        return see_other(f"/payments/{payment.id}?pending=1")
    return see_other(f"/payments/{payment.id}")


async def _code_shown(request: web.Request, payment: Payment) -> View:
    digits = request.app[BANK].config.codes.payment_digits
    return {
        **_shown(request, payment),
        "code": await code_view(request, str(payment.challenge_id), digits),
        "app_digits": totp.DIGITS,
        "recovery_digits": recovery.DIGITS,
    }


def _shown(request: web.Request, payment: Payment) -> View:
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
