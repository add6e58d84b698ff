"""The site map: every address, its page, the sign-in step it needs, whether it is financial, its help and its menu."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from dega.access.steps import Level
from dega.web import health, reports
from dega.web.pages import (
    accounts,
    alerts,
    block,
    confirm,
    contact,
    devices,
    factors,
    help,
    language,
    legal,
    login,
    messages,
    order_codes,
    orders,
    passkeys,
    payment_codes,
    payments,
    promises,
    register,
    security,
    session,
    statements,
)

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """An address. `get` shows, `post` does. `needs` None is anyone; `financial` stops during the daily update.

    `plain` answers machines: no session, no page, no language. `ahead` asks for what `post` reads first while it isn't
    known yet whether it is called; it only reads.
    """

    path: str
    help: str
    get: Page | None = None
    post: Page | None = None
    needs: Level | None = None
    financial: bool = False
    section: str | None = None
    plain: bool = False
    ahead: Callable[[web.Request], None] | None = None


ROUTES = (
    # Who is there
    Route("/", "login-number", login.show_number, login.give_number),
    Route("/login/password", "login-password", login.show_password, login.give_password, Level.NUMBER),
    Route("/login/code", "login-code", login.show_code, login.give_code, Level.CODE),
    Route("/login/code/resend", "login-code", None, login.resend, Level.CODE),
    Route("/login/passkey", "login-code", None, login.give_passkey, Level.CODE),
    Route("/logout", "logout", session.show_logout, session.log_out),
    Route("/session/extend", "logout", None, session.extend, Level.FULL),
    Route("/register", "register", register.show_number, register.give_number),
    Route("/register/code", "register-code", register.show_code, register.give_code, Level.REGISTER_CODE),
    Route("/register/code/resend", "register-code", None, register.resend, Level.REGISTER_CODE),
    Route("/register/password", "register-password", register.show_password, register.choose_password,
          Level.REGISTER_PASSWORD),
    Route("/register/done", "register", register.done),
    Route("/forgot", "forgot", login.forgot),
    Route("/block", "block", block.show, block.block_access),
    Route("/block/done", "block", block.done),
    # What they have
    Route("/accounts", "accounts", accounts.show_all, None, Level.FULL, section="accounts"),
    Route("/accounts/{iban}", "account", accounts.show_one, None, Level.FULL, section="accounts"),
    Route("/activity", "activity", accounts.activity, None, Level.FULL, section="activity"),
    Route("/activity/export", "activity", accounts.export, None, Level.FULL, section="activity"),
    Route("/statements", "statements", statements.show_all, None, Level.FULL, section="activity"),
    Route("/statements/{statement}", "statements", statements.show_one, None, Level.FULL, section="activity"),
    Route("/statements/{statement}/export", "statements", statements.export, None, Level.FULL, section="activity"),
    # What they do
    Route("/payments", "payments", payments.show_menu, None, Level.FULL, section="payments"),
    Route("/payments/own", "pay-own", payments.show_own, payments.prepare_own, Level.FULL, True, "payments"),
    Route("/payments/in-bank", "pay-in-bank", payments.show_in_bank, payments.prepare_in_bank, Level.FULL, True,
          "payments"),
    # … by night: orders before payments, whose addresses take any name in their place
    Route("/payments/orders", "orders", orders.show_all, None, Level.FULL, section="payments"),
    Route("/payments/orders/own", "order-form", orders.show_own, orders.prepare_own, Level.FULL, section="payments"),
    Route("/payments/orders/in-bank", "order-form", orders.show_in_bank, orders.prepare_in_bank, Level.FULL,
          section="payments"),
    Route("/payments/orders/{order}/check", "order-check", order_codes.check, order_codes.confirm, Level.FULL,
          section="payments"),
    Route("/payments/orders/{order}/stop", "order-check", order_codes.show_stop, order_codes.stop, Level.FULL,
          section="payments"),
    Route("/payments/orders/{order}/code", "pay-code", order_codes.show_code, order_codes.give_code, Level.FULL,
          section="payments"),
    Route("/payments/orders/{order}/code/resend", "pay-code", None, order_codes.resend, Level.FULL, section="payments"),
    Route("/payments/orders/{order}/passkey", "pay-code", None, order_codes.give_passkey, Level.FULL,
          section="payments"),
    Route("/payments/orders/{order}/cancel", "order-check", None, orders.cancel, Level.FULL, section="payments"),
    Route("/payments/orders/{order}", "order", orders.show_one, None, Level.FULL, section="payments"),
    Route("/payments/{id}/promise", "promise", promises.show, promises.begin, Level.FULL, section="payments"),
    Route("/payments/{id}/promise/code", "promise", promises.show_code, promises.give_code, Level.FULL,
          section="payments"),
    Route("/payments/{id}/promise/code/resend", "promise", None, promises.resend, Level.FULL, section="payments"),
    Route("/payments/{id}/promise/passkey", "promise", None, promises.give_passkey, Level.FULL, section="payments"),
    Route("/payments/{id}/check", "pay-check", payment_codes.check, payment_codes.confirm, Level.FULL, True,
          "payments", ahead=payments.ask_with_payer),
    Route("/payments/{id}/code", "pay-code", payment_codes.show_code, payment_codes.give_code, Level.FULL, True,
          "payments", ahead=payments.ask_with_payer),
    Route("/payments/{id}/code/resend", "pay-code", None, payment_codes.resend, Level.FULL, True, "payments"),
    Route("/payments/{id}/passkey", "pay-code", None, payment_codes.give_passkey, Level.FULL, True, "payments",
          ahead=payments.ask_with_payer),
    Route("/payments/{id}/cancel", "pay-check", None, payments.cancel, Level.FULL, False, "payments"),
    Route("/payments/{id}", "receipt", payments.receipt, None, Level.FULL, False, "payments"),
    # About security
    Route("/security", "security", security.overview, None, Level.FULL, section="security"),
    Route("/security/password", "password", security.show_password, security.give_password, Level.CHANGE_ONLY,
          section="security"),
    Route("/security/password/code", "password-code", security.show_code, security.give_code, Level.FULL,
          section="security"),
    Route("/security/password/code/resend", "password-code", None, security.resend, Level.FULL, section="security"),
    Route("/security/password/passkey", "password-code", None, security.give_passkey, Level.FULL, section="security"),
    Route("/security/devices", "devices", devices.show, None, Level.FULL, section="security"),
    Route("/security/devices/remove", "devices", None, devices.remove, Level.FULL, section="security"),
    Route("/security/devices/end-all", "devices", None, devices.end_all, Level.FULL, section="security"),
    Route("/security/alerts", "alerts", alerts.show, alerts.save, Level.FULL, section="security"),
    Route("/security/factors", "factors", factors.overview, None, Level.FULL, section="security"),
    Route("/security/factors/app", "factor-app", factors.show_app, factors.begin_app, Level.FULL, section="security"),
    Route("/security/factors/app/code", "factor-app", factors.show_app_code, factors.finish_app, Level.FULL,
          section="security"),
    Route("/security/factors/recovery", "recovery", factors.show_recovery, factors.make_recovery, Level.FULL,
          section="security"),
    Route("/security/factors/remove", "factors", factors.show_remove, factors.remove, Level.FULL, section="security"),
    Route("/security/factors/keep", "factors", None, factors.keep, Level.FULL, section="security"),
    Route("/security/factors/rename", "factors", factors.show_rename, factors.rename, Level.FULL, section="security"),
    Route("/security/passkeys/add", "passkeys", passkeys.show_name, passkeys.give_name, Level.FULL, section="security"),
    Route("/security/passkeys/make", "passkeys", passkeys.show_make, passkeys.make, Level.FULL, section="security"),
    Route("/security/confirm", "confirm", confirm.show, confirm.ask, Level.FULL, section="security"),
    Route("/security/confirm/code", "confirm", confirm.show_code, confirm.give_code, Level.FULL, section="security"),
    Route("/security/confirm/code/resend", "confirm", None, confirm.resend, Level.FULL, section="security"),
    Route("/security/confirm/passkey", "confirm", None, confirm.give_passkey, Level.FULL, section="security"),
    Route("/security/block", "block", block.show_inside, block.block_inside, Level.FULL, section="security"),
    Route("/security/rules", "security-rules", help.security_rules),
    # What is said
    Route("/help", "index", help.index),
    Route("/help/errors", "errors", help.errors),
    Route("/help/{page}", "index", help.page),
    Route("/manual", "manual", help.manual),
    Route("/manual.pdf", "manual", help.pdf),
    Route("/contact", "contact", contact.show_message, contact.leave_message),
    Route("/complaints", "complaints", contact.show_complaint, contact.complain),
    Route("/messages", "messages", messages.show_all, None, Level.FULL, section="messages"),
    Route("/messages/{reference}", "message", messages.show_one, messages.reply, Level.FULL, section="messages"),
    Route("/language", "language", language.show, language.choose),
    Route("/accessibility", "accessibility", legal.accessibility),
    Route("/privacy", "privacy", legal.privacy),
    Route("/terms", "terms", legal.terms),
    # For machines
    Route("/health/live", "index", health.live, plain=True),
    Route("/health/ready", "index", health.ready, plain=True),
    Route("/metrics", "index", health.counted, plain=True),
    Route("/gateway/sms/report", "index", reports.report, reports.report, plain=True),
)  # fmt: skip


def add(app: web.Application, routes: tuple[Route, ...]) -> None:
    """Add the addresses to the application. What isn't GET or POST isn't answered."""
    for route in routes:
        if route.get is not None:
            app.router.add_get(route.path, route.get)
        if route.post is not None:
            app.router.add_post(route.path, route.post)
