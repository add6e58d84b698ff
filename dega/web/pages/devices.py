"""Sessions and devices: where the customer is logged in, which browsers are known, and how to end any of it (R29)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aiohttp import web

from dega.access import devices
from dega.clock import format_instant
from dega.web import cookies, forms
from dega.web.browsers import browser_name
from dega.web.keys import BANK, VISITOR
from dega.web.pages.session import session_of
from dega.web.render import page, see_other


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A known browser; `here` is the one that asks."""

    id: UUID
    browser: str
    network: str
    first_seen: str
    last_seen: str
    here: bool


async def show(request: web.Request) -> web.Response:
    """This session, and the browsers that are known."""
    bank, session, client = request.app[BANK], session_of(request), request[VISITOR].client
    known = [
        DeviceView(
            device.id,
            browser_name(device.browser),
            device.address_prefix,
            format_instant(device.first_seen_at),
            format_instant(device.last_seen_at),
            device.token_mac.hex() == session.device,
        )
        for device in await devices.mine(bank, session)
    ]
    age = timedelta(seconds=bank.clock.seconds() - session.started)
    left = timedelta(seconds=bank.config.sessions.absolute_seconds)
    since = bank.clock.now() - age
    return page(
        request,
        "access/devices.html",
        devices=known,
        browser=browser_name(client.browser),
        network=client.address_prefix,
        since=format_instant(since),
        ends=format_instant(since + left),
        idle_minutes=bank.config.sessions.idle_seconds // 60,
        device_days=bank.config.access.device_days,
        removed="removed" in request.query,
    )


async def remove(request: web.Request) -> web.Response:
    """Know a browser no longer; whoever is in it must prove everything anew, and that ends the session where it is
    this one."""
    typed = await forms.read(request)
    device_id = forms.read_id(typed["device"])
    was_here = await devices.remove(request.app[BANK], session_of(request), device_id, request[VISITOR].client)
    return _left(request) if was_here else see_other("/security/devices?removed=1")


async def end_all(request: web.Request) -> web.Response:
    """Logged out everywhere, and no other browser known than this one."""
    await devices.end_all(request.app[BANK], session_of(request), request[VISITOR].client)
    return _left(request)


def _left(request: web.Request) -> web.Response:
    response = see_other("/logout")
    cookies.leave(request, response)
    return response
