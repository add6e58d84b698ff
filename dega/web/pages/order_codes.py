"""Confirming an order: the check page, then a code that fits it alone or a passkey; stopping it the same way."""

from aiohttp import web

from dega.access.methods import Method
from dega.errors import Refusal
from dega.payments.asking import ask_about_order
from dega.payments.confirm_order import bind_code, confirm_order, needs_code
from dega.payments.kinds import KINDS
from dega.payments.standing_orders import Act, StandingOrder
from dega.web import forms
from dega.web.keys import BANK
from dega.web.pages import confirming
from dega.web.pages.again import again
from dega.web.pages.confirming import Confirmation
from dega.web.pages.orders import order_asked_for, shown
from dega.web.pages.session import actor_of, session_of
from dega.web.render import View, page, see_other

CHECK = {Act.MAKE: "payments/orders/check.html", Act.STOP: "payments/orders/stop.html"}
BY_METHOD = {
    Method.SMS: "payments/orders/code.html",
    Method.APP: "payments/orders/app.html",
    Method.PASSKEY: "payments/orders/passkey.html",
}


async def check(request: web.Request) -> web.Response:
    """Exactly what the order will pay, and when, before it stands."""
    return await _check(request, Act.MAKE)


async def confirm(request: web.Request) -> web.Response:
    """Confirmed: on to the code, or it stands at once where the kind needs none."""
    return await _begin(request, Act.MAKE)


async def show_stop(request: web.Request) -> web.Response:
    """Asks whether the order is to be stopped."""
    return await _check(request, Act.STOP)


async def stop(request: web.Request) -> web.Response:
    """To be stopped: on to the code, or at once where the kind needs none."""
    return await _begin(request, Act.STOP)


async def show_code(request: web.Request) -> web.Response:
    """Asks for the code that makes or stops this order, or for the passkey of who has one."""
    return await _go_on(request, confirming.show)


async def give_code(request: web.Request) -> web.Response:
    """The code: right, and the order stands or is stopped."""
    return await _go_on(request, confirming.give_code)


async def give_passkey(request: web.Request) -> web.Response:
    """A passkey signed it, and the order stands or is stopped."""
    return await _go_on(request, confirming.give_passkey)


async def resend(request: web.Request) -> web.Response:
    """Another code for the same."""
    return await _go_on(request, confirming.resend)


async def _check(request: web.Request, act: Act) -> web.Response:
    order = await order_asked_for(request)
    if order.act is not act:
        return see_other(f"/payments/orders/{order.id}")
    return page(request, CHECK[act], **await _check_shown(request, order))


async def _begin(request: web.Request, act: Act) -> web.Response:
    order = await order_asked_for(request)
    if order.act is not act:
        return see_other(f"/payments/orders/{order.id}")
    about = await _confirmation(request, order, act)
    try:
        if needs_code(request.app[BANK], order):
            return await confirming.begin(request, about)
        await about.do(None)
    except Refusal as refusal:
        return again(request, CHECK[act], forms.Typed(), refusal, **await _check_shown(request, order))
    return see_other(about.done)


async def _go_on(request: web.Request, step: confirming.Step) -> web.Response:
    """A draft is made, one that stands is stopped; posted twice, the second finds it done."""
    order = await order_asked_for(request)
    if order.act is None or order.asked is None:
        return see_other(f"/payments/orders/{order.id}")
    return await step(request, await _confirmation(request, order, order.act))


async def _confirmation(request: web.Request, order: StandingOrder, act: Act) -> Confirmation:
    bank, base = request.app[BANK], f"/payments/orders/{order.id}"
    return Confirmation(
        customer_id=order.customer_id,
        purpose="order",
        spends=KINDS[order.kind].spends,
        challenge_id=order.asked,
        base=base,
        check=f"{base}/{'check' if act is Act.MAKE else 'stop'}",
        done=base,
        templates=BY_METHOD,
        shown=await _check_shown(request, order),
        ask=lambda: ask_about_order(bank, order, act),
        bind=lambda challenge_id: bind_code(bank, order, act, challenge_id),
        do=lambda challenge_id: confirm_order(
            bank,
            order.customer_id,
            order.id,
            act,
            session_of(request).auth_epoch,
            actor_of(request),
            challenge_id=challenge_id,
        ),
    )


async def _check_shown(request: web.Request, order: StandingOrder) -> View:
    by = await confirming.method(request, order.customer_id, spends=KINDS[order.kind].spends)
    change_href = f"/payments/orders/{order.kind}?draft={order.id}"
    is_stopping = order.act is Act.STOP
    return {**await shown(request, order), "method": by.value, "change_href": change_href, "is_stopping": is_stopping}
