"""The menu of verification methods: what the customer has beside the SMS, and how each is added, named and removed."""

from dataclasses import dataclass
from uuid import UUID

import segno
from aiohttp import web

from dega.access import factors, recovery, stepup, totp
from dega.access.changes import APP_ADD, FACTOR_REMOVE, FACTOR_RENAME, RECOVERY_NEW, Change, Kind
from dega.access.factors import Setup
from dega.access.sessions import Session
from dega.clock import format_instant
from dega.errors import NotFound, Refusal, StepUpNeeded
from dega.store.factors import Factor
from dega.web import cookies, forms
from dega.web.keys import BANK, VISITOR
from dega.web.pages import confirm
from dega.web.pages.again import again
from dega.web.pages.session import customer_of, entered, session_of
from dega.web.render import View, page, see_other

OVERVIEW, NAME, CODE = "access/factors.html", "access/app-name.html", "access/app-code.html"
REMOVE, RENAME = "access/factor-remove.html", "access/factor-rename.html"
RECOVERY, CODES = "access/recovery.html", "access/recovery-codes.html"

QR_SCALE = 5
"""Pixels of one module of a QR code."""


@dataclass(frozen=True, slots=True)
class FactorView:
    """A factor as pages show it; moments as `22.11.2026 20:59`, empty where there is none."""

    id: UUID
    kind: str
    name: str
    added: str
    used: str
    leaves: str


async def overview(request: web.Request) -> web.Response:
    """What the customer has, and the ways to change it."""
    bank, customer_id = request.app[BANK], customer_of(request)
    mine = [_view(factor) for factor in await factors.mine(bank, customer_id)]
    return page(
        request,
        OVERVIEW,
        apps=[factor for factor in mine if factor.kind == "app"],
        passkeys=[factor for factor in mine if factor.kind == "passkey"],
        codes_left=await factors.recovery_codes_left(bank, customer_id) if mine else None,
        codes_few=recovery.FEW,
        cooling_hours=bank.config.access.cooling_hours,
        done=request.query.get("done", ""),
    )


async def show_app(request: web.Request) -> web.Response:
    """Asks for a name for the app, once the customer has proven who they are."""
    if not stepup.is_given(request.app[BANK], session_of(request), Change(APP_ADD)):
        return see_other(confirm.href(Change(APP_ADD)))
    return page(request, NAME, **await _replaced(request))


async def begin_app(request: web.Request) -> web.Response:
    """The name: on to the QR code. The proof is used up by that."""
    typed = await forms.read(request)
    try:
        await factors.begin_app(request.app[BANK], session_of(request), typed["name"])
    except StepUpNeeded:
        return see_other(confirm.href(Change(APP_ADD)))
    except Refusal as refused:
        return again(request, NAME, typed, refused, **await _replaced(request))
    return see_other("/security/factors/app/code")


async def show_app_code(request: web.Request) -> web.Response:
    """The QR code, the same in letters, and a field for the first code."""
    setup = factors.app_setup(request.app[BANK], session_of(request))
    if setup is None:
        return see_other("/security/factors/app")
    return page(request, CODE, **_setup_shown(request, setup))


async def finish_app(request: web.Request) -> web.Response:
    """The first code: the app counts, and where there are new recovery codes they are shown, this once."""
    bank, session = request.app[BANK], session_of(request)
    setup = factors.app_setup(bank, session)
    if setup is None:
        return see_other("/security/factors/app")
    typed = await forms.read(request)
    try:
        session, codes = await factors.finish_app(bank, session, typed["code"], request[VISITOR].client)
    except Refusal as refused:
        return again(request, CODE, typed, refused, **_setup_shown(request, setup))
    if not codes:
        return entered(request, session, "/security/factors?done=added")
    return codes_shown(request, session, codes, "/security/factors?done=added")


async def show_recovery(request: web.Request) -> web.Response:
    """Says what new recovery codes do, once the customer has proven who they are."""
    bank = request.app[BANK]
    if not await factors.mine(bank, customer_of(request)):
        return see_other("/security/factors")
    if not stepup.is_given(bank, session_of(request), Change(RECOVERY_NEW)):
        return see_other(confirm.href(Change(RECOVERY_NEW)))
    return page(request, RECOVERY)


async def make_recovery(request: web.Request) -> web.Response:
    """New recovery codes, shown this once."""
    try:
        session, codes = await factors.new_recovery_codes(
            request.app[BANK], session_of(request), request[VISITOR].client
        )
    except StepUpNeeded:
        return see_other(confirm.href(Change(RECOVERY_NEW)))
    return codes_shown(request, session, codes, "/security/factors")


async def show_remove(request: web.Request) -> web.Response:
    """Says what removing the factor does and when, once the customer has proven who they are."""
    return await _show_one(request, FACTOR_REMOVE, REMOVE)


async def remove(request: web.Request) -> web.Response:
    """The factor is removed, or leaves after the cooling hours."""
    factor_id = forms.read_id((await forms.read(request))["factor"])
    try:
        session, leaves_at = await factors.remove(
            request.app[BANK], session_of(request), factor_id, request[VISITOR].client
        )
    except StepUpNeeded:
        return see_other(confirm.href(Change(FACTOR_REMOVE, str(factor_id))))
    return entered(request, session, f"/security/factors?done={'leaves' if leaves_at else 'removed'}")


async def keep(request: web.Request) -> web.Response:
    """The removal is taken back."""
    factor_id = forms.read_id((await forms.read(request))["factor"])
    session = await factors.keep(request.app[BANK], session_of(request), factor_id, request[VISITOR].client)
    return entered(request, session, "/security/factors?done=kept")


async def show_rename(request: web.Request) -> web.Response:
    """Asks for another name, once the customer has proven who they are."""
    return await _show_one(request, FACTOR_RENAME, RENAME)


async def rename(request: web.Request) -> web.Response:
    """The other name."""
    typed = await forms.read(request)
    factor = await factors.one_of_mine(request.app[BANK], customer_of(request), forms.read_id(typed["factor"]))
    try:
        session = await factors.rename(
            request.app[BANK], session_of(request), factor.id, typed["name"], request[VISITOR].client
        )
    except StepUpNeeded:
        return see_other(confirm.href(Change(FACTOR_RENAME, str(factor.id))))
    except Refusal as refused:
        return again(request, RENAME, typed, refused, factor=_view(factor))
    return entered(request, session, "/security/factors?done=renamed")


def codes_shown(request: web.Request, session: Session, codes: list[str], back: str) -> web.Response:
    """The only page that a form answers with itself: what stands on it is kept nowhere, to be shown again.

    `back` is where it leads on to, and what the browser loads where it is asked for the page again.
    """
    request[VISITOR].session = session
    response = page(request, CODES, codes=codes, back=back, here=back)
    cookies.enter(request, response, session)
    return response


async def _show_one(request: web.Request, kind: Kind, template: str) -> web.Response:
    bank = request.app[BANK]
    if "factor" not in request.query:
        return see_other("/security/factors")
    mine = await factors.mine(bank, customer_of(request))
    factor = next((each for each in mine if each.id == forms.read_id(request.query["factor"])), None)
    if factor is None:
        raise NotFound()
    change = Change(kind, str(factor.id))
    if not stepup.is_given(bank, session_of(request), change):
        return see_other(confirm.href(change))
    at_once = factors.leaves_at_once(factor, mine)
    hours = bank.config.access.cooling_hours
    return page(request, template, factor=_view(factor), at_once=at_once, cooling_hours=hours)


async def _replaced(request: web.Request) -> View:
    """The app in whose place the new one comes, if there is one."""
    mine = await factors.mine(request.app[BANK], customer_of(request))
    return {"replaced": next((factor.name for factor in mine if factor.kind == "app"), "")}


def _setup_shown(request: web.Request, setup: Setup) -> View:
    """The QR code is a picture in the page itself: it goes to no other address, and into no cache."""
    address = totp.address(setup.seed, session_of(request).customer_number, request.app[BANK].config.bank.name)
    picture = segno.make(address, micro=False).png_data_uri(scale=QR_SCALE)
    return {"picture": picture, "address": address, "seed": setup.grouped, "digits": totp.DIGITS}


def _view(factor: Factor) -> FactorView:
    used, leaves = factor.last_used_at, factor.leaves_at
    return FactorView(
        factor.id,
        factor.kind,
        factor.name,
        format_instant(factor.added_at),
        format_instant(used) if used else "",
        format_instant(leaves) if leaves else "",
    )
