"""A payment that couldn't be confirmed before the daily update is promised for after midnight ("Kryej pas mesnatës").

Nothing is booked here: these pages work while money stands still, and lead to the check page while it doesn't.
"""

from aiohttp import web

from dega.access.methods import Method
from dega.clock import format_day
from dega.errors import Refusal
from dega.payments.asking import ask_about_promise
from dega.payments.confirm import bind_code, needs_code
from dega.payments.kinds import KINDS
from dega.payments.payment import Payment
from dega.payments.promises import due_day, is_time, promise_payment, promised_for
from dega.web import forms
from dega.web.keys import BANK
from dega.web.pages import confirming
from dega.web.pages.again import again
from dega.web.pages.confirming import Confirmation
from dega.web.pages.payments import payment_asked_for, shown
from dega.web.pages.session import actor_of, session_of
from dega.web.render import View, page, see_other

OFFER = "payments/promise.html"
BY_METHOD = {
    Method.SMS: "payments/promise-code.html",
    Method.APP: "payments/promise-app.html",
    Method.PASSKEY: "payments/promise-passkey.html",
}


async def show(request: web.Request) -> web.Response:
    """What will be made after midnight, to be confirmed now; or that it is promised."""
    payment = await payment_asked_for(request)
    if (moved_on := _moved_on(request, payment)) is not None:
        return moved_on
    return page(request, OFFER, **await _shown(request, payment))


async def begin(request: web.Request) -> web.Response:
    """Promised: on to the code, or at once where the kind needs none."""
    payment = await payment_asked_for(request)
    if (moved_on := _moved_on(request, payment)) is not None:
        return moved_on
    if await promised_for(request.app[BANK], payment) is not None:  # another code would void the promise
        return see_other(f"/payments/{payment.id}/promise")
    about = await _confirmation(request, payment)
    try:
        if needs_code(request.app[BANK], payment):
            return await confirming.begin(request, about)
        await about.do(None)
    except Refusal as refusal:
        return again(request, OFFER, forms.Typed(), refusal, **await _shown(request, payment))
    return see_other(about.done)


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code of this promise, or for the passkey of who has one."""
    return await _go_on(request, confirming.show)


async def give_code(request: web.Request) -> web.Response:
    """The code: right, and it is promised."""
    return await _go_on(request, confirming.give_code)


async def give_passkey(request: web.Request) -> web.Response:
    """A passkey signed it, and it is promised."""
    return await _go_on(request, confirming.give_passkey)


async def resend(request: web.Request) -> web.Response:
    """Another code for the same promise."""
    return await _go_on(request, confirming.resend)


async def _go_on(request: web.Request, step: confirming.Step) -> web.Response:
    payment = await payment_asked_for(request)
    if (moved_on := _moved_on(request, payment)) is not None:
        return moved_on
    if await promised_for(request.app[BANK], payment) is not None:
        return see_other(f"/payments/{payment.id}/promise")
    return await step(request, await _confirmation(request, payment))


def _moved_on(request: web.Request, payment: Payment) -> web.Response | None:
    """Where a payment is at home that isn't to be promised now."""
    if payment.state != "draft":
        return see_other(f"/payments/{payment.id}")
    bank = request.app[BANK]
    if not is_time(bank, bank.clock.now()):
        return see_other(f"/payments/{payment.id}/check")
    return None


async def _confirmation(request: web.Request, payment: Payment) -> Confirmation:
    bank, base = request.app[BANK], f"/payments/{payment.id}/promise"
    return Confirmation(
        customer_id=payment.customer_id,
        purpose="payment",
        spends=KINDS[payment.kind].spends,
        challenge_id=payment.challenge_id,
        base=base,
        check=base,
        done=base,
        templates=BY_METHOD,
        shown=await _shown(request, payment),
        ask=lambda: ask_about_promise(bank, payment),
        bind=lambda challenge_id: bind_code(bank, payment.customer_id, payment.id, challenge_id),
        do=lambda challenge_id: promise_payment(
            bank,
            payment.customer_id,
            payment.id,
            session_of(request).auth_epoch,
            actor_of(request),
            challenge_id=challenge_id,
        ),
    )


async def _shown(request: web.Request, payment: Payment) -> View:
    bank = request.app[BANK]
    by = await confirming.method(request, payment.customer_id, spends=KINDS[payment.kind].spends)
    return {
        **shown(request, payment),
        "method": by.value,
        "promised": await promised_for(bank, payment) is not None,
        "due_on": format_day(due_day(bank)),
    }
