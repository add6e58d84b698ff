"""Every page of the bank, opened in a browser in the order in which people come to them, errors and dead ends too.

Whatever the site map lists is opened: a new address without steps to it here is missed by name.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import pyotp
import pytest
from access.doors import another, last_code
from browser import journey
from browser.chromium import ChromiumTab
from browser.tab import MAIN_BUTTON
from cast import PASSWORD, Cast
from conftest import Phones
from contact.writing import author, say
from ordering import give_own, prepare_to
from paying import prepare

from dega.access.steps import Level
from dega.accounts.statements import make_statements
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.contact.help import MANUAL, OTHERS
from dega.web.routes import ROUTES

FILES = {"/activity/export", "/statements/{statement}/export", "/manual.pdf"}
"""Addresses that answer with a file."""

STEPS = {None, Level.NUMBER, Level.CODE, Level.REGISTER_CODE, Level.REGISTER_PASSWORD}
"""What is open before the login is complete."""

OUTSIDE = {route.path for route in ROUTES if route.get and not route.plain and route.needs in STEPS} - FILES
INSIDE = {route.path for route in ROUTES if route.get and not route.plain and route.needs not in STEPS} - FILES
HELP = [f"/help/{page.key}" for page in (*MANUAL, *OTHERS)]


@dataclass
class Tour:
    """A visitor who looks at each page; `opened` gathers the addresses of the site map that were seen as they are."""

    tab: ChromiumTab
    look: Callable[[str], Awaitable[None]]
    bank: Bank
    cast: Cast
    phones: Phones
    machine: TimeMachine
    opened: set[str] = field(default_factory=set)

    async def see(self, what: str = "") -> None:
        """Look at the page that the tab shows; `what` tells it from others at its address."""
        path = await self.tab.path()
        for route in ROUTES:
            if route.get and re.fullmatch(re.sub(r"\{.+?\}", "[^/]+", route.path), path):
                self.opened.add(route.path)
                break
        await self.look(f"{path} {what}".strip())

    async def open(self, path: str, what: str = "") -> None:
        """Open an address and look at what is there."""
        await self.tab.open(path)
        await self.see(what)

    async def press(self, what: str = "", selector: str = MAIN_BUTTON) -> None:
        """Press on, by the main button where nothing else is named, and look at what comes."""
        await self.tab.press(selector)
        await self.see(what)

    async def send_empty(self, paths: Iterable[str]) -> None:
        """Forms with nothing in them: each says what is missing."""
        for path in paths:
            await self.tab.open(path)
            await self.press("with errors")
            assert await self.tab.run("document.querySelectorAll('#error-summary').length"), path

    async def outside(self) -> None:
        """All that a stranger sees, and the steps of registering and logging in."""
        for path in sorted(OUTSIDE - {"/help/{page}"}):
            await self.tab.open(path)
            if await self.tab.path() == path:  # steps that weren't come to lead elsewhere
                await self.see()
        await self.open("/nowhere")
        await self.open("/session/extend", "that takes no question")
        await self.tab.open("/register")
        await self.tab.run("document.querySelector('#main [name=form_token]').value = ''")
        await self.press("without our token")
        await self.send_empty(("/", "/register", "/contact", "/complaints"))
        await self._register()
        await self.to_code()
        await self.tab.fill("code", another(last_code(self.phones)))
        await self.press("with a wrong code")

    async def _register(self) -> None:
        await self.tab.open("/register")
        await self.tab.fill("customer_number", self.cast.elira.number)
        await self.press()
        await self.tab.fill("code", last_code(self.phones))
        await self.press()
        await self.tab.fill("password", "abc")
        await self.press("with errors")
        await self.tab.open("/register")
        await self.tab.fill("customer_number", self.cast.jona.number)
        await self.press("without a mobile at the bank")

    async def to_code(self) -> None:
        """Number and password, the latter wrong at first."""
        await self.tab.open("/")
        await self.tab.fill("customer_number", self.cast.arta.number)
        await self.press()
        await self.tab.fill("password", "Gabim1234")
        await self.press("with a wrong password")
        await self.tab.open("/")
        await self.tab.fill("customer_number", self.cast.arta.number)
        await self.tab.press()
        await self.tab.fill("password", PASSWORD)
        await self.press()

    async def log_in(self) -> None:
        """To the accounts."""
        await journey.log_in(self.tab, self.phones, self.cast.arta, _nothing, PASSWORD)

    async def inside(self) -> None:
        """All that a customer sees: without doing anything, paying, changing how they log in, at night, at a fault."""
        await self.log_in()
        for path in (each.replace("{iban}", self.cast.arta.lek.iban) for each in sorted(INSIDE)):
            if "{" not in path:
                await self.tab.open(path)
                if await self.tab.path() == path:  # what needs more than a login leads elsewhere
                    await self.see()
        await self.open("/activity?text=nothing", "with nothing found")
        await self.open("/activity?from=x", "with an error")
        await self.open("/contact", "of a customer")
        await self.send_empty(("/payments/own", "/payments/in-bank", "/security/password"))
        await self._pay()
        await self._order()
        await self._read()
        await self._change_password()
        await self._add_factors()
        await self._after_hours()
        await self._blocked()

    async def _pay(self) -> None:
        cast = self.cast
        await journey.transfer(self.tab, self.phones, cast.arta, cast.besnik, self.see)
        draft = await prepare(self.bank, cast.arta, cast.genti.lek, to_name="Someone Else")
        await self.open(f"/payments/{draft}/check", "where the name differs")
        await self.tab.press()
        await self.tab.fill("code", another(last_code(self.phones)))
        await self.press("with a wrong code")
        await self.open(f"/payments/{draft}?pending=1")
        await self.tab.open(f"/payments/{draft}/check")
        await self.press("cancelled", 'form[action$="/cancel"] input[type=submit]')
        await self.open("/accounts", "after a payment")
        await self.open("/activity", "after a payment")
        await self.open("/payments", "after a payment")

    async def _order(self) -> None:
        cast, base = self.cast, "/payments/orders"
        order = await prepare_to(self.bank, cast.arta, cast.besnik.lek)
        await self.open(f"{base}/{order}/check")
        await self.press("with its code asked for")
        await self.tab.fill("code", another(last_code(self.phones)))
        await self.press("with a wrong code")
        given = await give_own(self.bank, cast.arta)
        for path in (base, f"{base}/{given}", f"{base}/{given}/stop"):
            await self.open(path, "of an order that stands")

    async def _read(self) -> None:
        async with self.bank.database.transaction() as connection:
            await make_statements(self.bank, connection, date(2026, 11, 30), 0)
        await self.open("/statements", "with a statement")
        await self.open("/statements/1")
        await self.open(f"/messages/{await say(self.bank, by=author(self.cast.arta))}")

    async def _change_password(self) -> None:
        await self.tab.open("/security/password")
        await self.tab.fill("password", PASSWORD)
        await self.tab.fill("new_password", "Jezerca ka 7 maja")
        await self.tab.fill("new_password_again", "Jezerca ka 7 maja")
        await self.press()

    async def _confirm(self) -> None:
        """The proof that a change asks for, which leads on to the change."""
        await self.see()
        await self.press()
        await self.tab.fill("code", last_code(self.phones))
        await self.press("after the proof")

    async def _add_factors(self) -> None:
        tab = self.tab
        await tab.open("/security/passkeys/add")
        await self._confirm()
        await self.press()
        await tab.open("/security/factors/app")
        await self._confirm()
        await self.press()
        seed = re.sub(r"\s", "", await tab.text(".seed"))
        await tab.fill("code", pyotp.TOTP(seed).at(self.bank.clock.now()))
        await self.press("with recovery codes")
        await self.open("/security/factors", "with an app")
        for deed in ("rename", "remove", "recovery"):
            await tab.open("/security/factors")
            await tab.press(f'#main a[href^="/security/factors/{deed}"]')
            if await tab.path() == "/security/confirm":
                await self.machine.wait(30)
                await self.press()
                await tab.fill("code", pyotp.TOTP(seed).at(self.bank.clock.now()))
                await tab.press()
            await self.see()

    async def _after_hours(self) -> None:
        await self.machine.travel_to(datetime(2026, 11, 23, 20, 50, tzinfo=TIRANA))
        await self.open("/payments", "shortly before the daily update")
        await self.machine.travel_to(datetime(2026, 11, 23, 22, 0, tzinfo=TIRANA))
        await self.open("/payments/own", "during the daily update")
        await self.open("/accounts", "during the daily update")
        draft = await prepare(self.bank, self.cast.arta, self.cast.genti.lek)
        await self.open(f"/payments/{draft}", "kept for after midnight")
        await self.open(f"/payments/{draft}/promise")
        await self.press("of a promise")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dega.accounts.accounts.my_accounts", _broken)
            await self.open("/accounts", "at a fault")

    async def _blocked(self) -> None:
        await self.open("/security/block")
        await self.press("done", "#main input.button-danger")


async def _broken(*_: object) -> None:
    raise RuntimeError("broken for the tour")


async def _nothing() -> None:
    """Nobody looks at pages that were looked at before."""
