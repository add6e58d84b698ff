"""Confirming a payment: the check page, then a code that fits this payment alone or the signature of a passkey.

Which of them it is, the customer's own rows say, and never a field of a form.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID, uuid4

from aiohttp import web

from dega.access import otp, passkeys, proofs
from dega.access.methods import Method, strongest
from dega.access.sessions import Session
from dega.bank import Bank
from dega.errors import CodeExpired, CodeSpent, NotInTime, OutcomePending, PasskeySpent, PaymentChanged, Refusal
from dega.i18n import sentence_of
from dega.payments.confirm import bind_code, code_life, needs_code, record_unasked_code, request_code
from dega.payments.kinds import KINDS
from dega.payments.make import make_payment
from dega.payments.payment import Payment, digest_of
from dega.store.payments import Payer
from dega.web import forms, turns
from dega.web.keys import BANK, VISITOR
from dega.web.pages.again import again
from dega.web.pages.codes import proof_view
from dega.web.pages.payments import (
    asked_for_with_payer,
    confirming,
    confirming_method,
    payment_asked_for,
    promise_href,
    shown,
)
from dega.web.pages.session import actor_of, session_of
from dega.web.render import View, page, see_other

CHECK = "payments/check.html"
BY_METHOD = {
    Method.SMS: "payments/code.html",
    Method.APP: "payments/app-code.html",
    Method.PASSKEY: "payments/passkey.html",
}
"""The page that asks for the confirmation, by the method that the bank found."""


async def check(request: web.Request) -> web.Response:
    """Exactly what will happen, before it does."""
    payment = await payment_asked_for(request)
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    return page(request, CHECK, unmade="unmade" in request.query, **await _check_shown(request, payment))


async def confirm(request: web.Request) -> web.Response:
    """Confirmed: on to the code, or made at once where the kind needs none."""
    (payment, payer), bank = await asked_for_with_payer(request), request.app[BANK]
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    try:
        if needs_code(bank, payment):
            if not await _has_fresh_code(bank, payment):  # pressed twice: one code is enough
                await _send_code(bank, session_of(request), payment)
            return see_other(f"/payments/{payment.id}/code")
        return await _make(request, payment, payer)
    except NotInTime as refusal:
        if _has_code(bank, payment):  # the last one before the daily update can still be typed
            return see_other(f"/payments/{payment.id}/code")
        return await _not_made(request, payment, refusal)
    except Refusal as refusal:
        return await _not_made(request, payment, refusal)


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code of this payment, or for the passkey of who has one."""
    payment = await payment_asked_for(request)
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    if payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}/check")
    method = await _method(request.app[BANK], payment)
    return page(request, BY_METHOD[method], **await _code_shown(request, payment, payment.challenge_id))


async def give_code(request: web.Request) -> web.Response:
    """The code: right, and the payment is made; asked twice, the same receipt. Who has a passkey pays by no code."""
    (payment, payer), bank = await asked_for_with_payer(request), request.app[BANK]
    method = confirming(strongest(payer.factors), KINDS[payment.kind])
    if method is Method.PASSKEY and payment.state == "draft":
        await record_unasked_code(bank, payment, actor_of(request))
        return see_other(f"/payments/{payment.id}/code")
    typed = (await forms.read(request))["code"]
    proof = await proofs.match(bank, payment.customer_id, typed) if method is Method.APP else None
    return await _give(request, payment, payer, partial(otp.verify, proof=proof), typed, BY_METHOD[method])


async def give_passkey(request: web.Request) -> web.Response:
    """A passkey signed this payment, and it is made; posted twice, the same receipt."""
    payment, payer = await asked_for_with_payer(request)
    signed = (await forms.read(request))["passkey"]
    return await _give(request, payment, payer, otp.verify_passkey, signed, BY_METHOD[Method.PASSKEY])


async def resend(request: web.Request) -> web.Response:
    """Another code for the same payment, or another chance for its passkey."""
    payment, bank, session = await payment_asked_for(request), request.app[BANK], session_of(request)
    if payment.state != "draft" or payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}")
    method = await _method(bank, payment)
    if method is Method.APP:
        return see_other(f"/payments/{payment.id}/check")
    try:
        if method is Method.SMS:
            await _replace_code(bank, session, payment, payment.challenge_id)
        else:
            await _send_code(bank, session, payment)
    except Refusal as refusal:
        # By then another code may stand for the payment.
        return await _asked_again(request, await payment_asked_for(request), BY_METHOD[method], refusal)
    return see_other(f"/payments/{payment.id}/code")


async def _method(bank: Bank, payment: Payment) -> Method:
    return await confirming_method(bank, payment.customer_id, KINDS[payment.kind])


def _has_code(bank: Bank, payment: Payment) -> bool:
    """Whether the ledger would take the code that stands for the payment, if it is the right one."""
    return payment.code_expires_at is not None and payment.code_expires_at > bank.clock.now()


async def _has_fresh_code(bank: Bank, payment: Payment) -> bool:
    if payment.challenge_id is None or not _has_code(bank, payment):
        return False
    if not await otp.fits(bank, payment.challenge_id, digest_of(payment)):  # the last code was for a promise
        return False
    state = await otp.state(bank, payment.challenge_id)
    if await _method(bank, payment) is Method.PASSKEY:
        return state.expires_in > 0 and bool(await passkeys.options(bank, payment.challenge_id))
    return state.is_fresh


async def _send_code(bank: Bank, session: Session, payment: Payment) -> None:
    method = await _method(bank, payment)
    life = code_life(bank, by_sms=method is Method.SMS)
    wanted = await request_code(bank, payment.customer_id, payment.id, life_seconds=life)
    challenge_id = await otp.issue(
        bank,
        purpose="payment",
        customer_id=payment.customer_id,
        mobile=wanted.mobile if method is Method.SMS else None,
        text=wanted.text,
        digest=wanted.digest,
        subject=session.subject,
        # The caps are there since SMS cost money and codes can be guessed; a signature is neither.
        reserved=uuid4() if method is Method.PASSKEY else None,
        life_seconds=life,
    )
    await bind_code(bank, payment.customer_id, payment.id, challenge_id)


async def _replace_code(bank: Bank, session: Session, payment: Payment, challenge_id: UUID) -> None:
    life = code_life(bank, by_sms=True)
    wanted = await request_code(bank, payment.customer_id, payment.id, life_seconds=life)
    try:
        await otp.reissue(
            bank,
            challenge_id,
            purpose="payment",
            customer_id=payment.customer_id,
            mobile=wanted.mobile,
            text=wanted.text,
            digest=wanted.digest,
            subject=session.subject,
            life_seconds=life,
        )
    except (CodeSpent, CodeExpired):
        await _send_code(bank, session, payment)


async def _give(
    request: web.Request,
    payment: Payment,
    payer: Payer,
    verify: Callable[..., Awaitable[None]],
    given: str,
    template: str,
) -> web.Response:
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    if payment.challenge_id is None:
        return see_other(f"/payments/{payment.id}/check")
    try:
        await verify(
            request.app[BANK],
            payment.challenge_id,
            given,
            purpose="payment",
            customer_id=payment.customer_id,
            digest=digest_of(payment),
            client=request[VISITOR].client,
        )
    except Refusal as refusal:
        return await _not_taken(request, payment, template, refusal)
    try:
        return await _make(request, payment, payer)
    except (CodeSpent, CodeExpired, PaymentChanged) as refusal:
        return await _not_taken(request, payment, template, refusal)
    except Refusal as refusal:
        return await _not_made(request, payment, refusal)


async def _not_taken(request: web.Request, payment: Payment, template: str, refusal: Refusal) -> web.Response:
    """The confirmation isn't good: it is asked for again."""
    # A repeated one may find its code used by the first: then the receipt is the answer.
    if isinstance(refusal, CodeSpent | PasskeySpent) and (
        request.app[BANK].poster.is_under_way(payment.id) or (await payment_asked_for(request)).made is not None
    ):
        return see_other(f"/payments/{payment.id}")
    return await _asked_again(request, payment, template, refusal)


async def _not_made(request: web.Request, payment: Payment, refusal: Refusal) -> web.Response:
    """The confirmation was good and the payment isn't: back to the check page, where it can be changed."""
    refusal.field = None  # there is no field of that name on this page
    path = f"/payments/{payment.id}/check"
    return again(request, CHECK, forms.Typed(), refusal, path=path, **await _check_shown(request, payment))


async def _make(request: web.Request, payment: Payment, payer: Payer) -> web.Response:
    turns.leave(request)
    bank, epoch = request.app[BANK], session_of(request).auth_epoch
    try:
        await make_payment(bank, payment, payer, epoch, actor_of(request), challenge_id=payment.challenge_id)
    except OutcomePending:
        return see_other(f"/payments/{payment.id}?pending=1")
    return see_other(f"/payments/{payment.id}")


async def _check_shown(request: web.Request, payment: Payment) -> View:
    bank = request.app[BANK]
    method = await _method(bank, payment)
    view = {**shown(request, payment), "method": method.value}
    if payment.state == "draft" and needs_code(bank, payment) and not _has_code(bank, payment):
        try:
            life = code_life(bank, by_sms=method is Method.SMS)
            view["is_short"] = life < bank.config.codes.payment_seconds
        except NotInTime as refusal:
            view["too_late"] = sentence_of(request[VISITOR].language, refusal)
            view["promise_href"] = promise_href(request, payment.id)
    return view


async def _asked_again(request: web.Request, payment: Payment, template: str, refusal: Refusal) -> web.Response:
    if payment.challenge_id is None:
        raise refusal
    shown_again = await _code_shown(request, payment, payment.challenge_id)
    return again(request, template, forms.Typed(), refusal, path=f"/payments/{payment.id}/code", **shown_again)


async def _code_shown(request: web.Request, payment: Payment, challenge_id: UUID) -> View:
    method = await _method(request.app[BANK], payment)
    return {**shown(request, payment), **await proof_view(request, challenge_id, method, payment.code_expires_at)}
