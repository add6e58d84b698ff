"""Customers at their browsers: they log in, pay, and keep what they were told; where they were told nothing, they look.

Nobody here knows more than a person would. After an error, a silence or a pause they come back, log in again where they
must, look what became of the payment, and confirm it again where the bank says that it wasn't made.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web
from browser_session import Browser, Page
from cast import PASSWORD, Account, Person
from yarl import URL

from dega.money import Currency, format_amount, sms_amount

if TYPE_CHECKING:
    from aiohttp.test_utils import TestClient

PATIENCE_SECONDS = 30
"""Nobody waits longer for an answer: who has to was left waiting for ever."""

CODE_SECONDS = 3
REST_SECONDS = 0.3
SETTLING_SECONDS = 120
"""How long one comes back to a payment before one calls it never settled."""

LOGIN_CODE, PAYMENT_CODE = r"HYRJE: kodi ([0-9]+)", r"TRANSFERTE: kodi ([0-9]+) per {amount} te"
RECEIPT, PENDING, UNMADE = "Transferta u krye", "Pagesa po verifikohet", "Pagesa nuk u krye"

Standing = Literal["asked", "acknowledged", "refused", "given up"]


class Away(Exception):
    """No answer, or one that says that the bank can't now."""


class LoggedOut(Exception):
    """The session is gone."""


@dataclass
class Telling:
    """One payment and what its payer was told of it. `given up` and `refused` were told that it wasn't made."""

    id: str
    debit: Account
    credit: Account
    minor: int
    is_own: bool
    standing: Standing = "asked"
    confirmed: int = 0
    was_unknown: bool = False
    was_pending: bool = False
    told_unmade: int = 0


@dataclass
class Phones:
    """Every customer's telephone: where the bank's gateway hands its texts over."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        """The provider's side of the gateway."""
        self.texts.setdefault(request.query["to"], []).append(request.query["text"])
        self.arrived.set()
        self.arrived = asyncio.Event()
        return web.Response(text="ok")

    def count(self, mobile: str) -> int:
        """How many texts there are."""
        return len(self.texts.get(mobile, ()))

    async def code(self, mobile: str, text: str, after: int) -> str | None:
        """The newest code in such a text, of those that came after so many; None if none comes."""
        with_code = re.compile(text)
        ends = time.monotonic() + CODE_SECONDS
        while True:
            found = [match[1] for sms in self.texts.get(mobile, [])[after:] if (match := with_code.search(sms))]
            if found or time.monotonic() > ends:
                return found[-1] if found else None
            try:
                await asyncio.wait_for(self.arrived.wait(), max(0.0, ends - time.monotonic()) + 0.01)
            except TimeoutError:
                continue


@dataclass
class Notes:
    """What all customers know together."""

    tellings: list[Telling] = field(default_factory=list)
    acknowledged: int = 0
    longest_wait: float = 0.0
    waited_for_ever: list[str] = field(default_factory=list)
    unlocked: int = 0


class Customer:
    """One of them. `others` are whom they pay; `call` is the Call Center, which lifts a block."""

    def __init__(
        self,
        person: Person,
        others: list[Person],
        phones: Phones,
        notes: Notes,
        seed: int,
        call: Callable[[Person], Awaitable[None]],
    ) -> None:
        self.person = person
        self._others = others
        self._phones = phones
        self._notes = notes
        self._chance = random.Random(f"{seed}-{person.number}")
        self._call = call
        self._browser: Browser
        self._failures = 0

    async def live(self, address: str, stopping: asyncio.Event) -> None:
        """Pay and pay until it is time to stop; and leave nothing unknown behind."""
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(address))
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        async with aiohttp.ClientSession(address, cookie_jar=jar, timeout=timeout) as session:
            client: TestClient = session  # type: ignore[assignment]
            self._browser = Browser(client)
            while not stopping.is_set():
                telling = None
                try:
                    telling = await self._prepare()
                except Away:
                    await asyncio.sleep(REST_SECONDS)
                except LoggedOut:
                    await self._log_in(stopping)
                if telling is not None:
                    self._notes.tellings.append(telling)
                    await self._settle(telling)
                    await asyncio.sleep(self._chance.uniform(0, REST_SECONDS))

    async def _log_in(self, stopping: asyncio.Event | None = None) -> None:
        """As often as it takes. Whoever is blocked meanwhile, since tries were cut short, calls."""
        while stopping is None or not stopping.is_set():
            before = self._phones.count(self.person.mobile or "")
            try:
                if await self._tried_to_log_in(before):
                    self._failures = 0
                    return
                self._failures += 1
            except (Away, LoggedOut):
                pass
            if self._failures >= 2:
                self._failures = 0
                self._notes.unlocked += 1
                await self._call(self.person)
            await asyncio.sleep(REST_SECONDS)

    async def _tried_to_log_in(self, before: int) -> bool:
        page = await self._ask(self._browser.get("/"), may_end=True)
        if page.path == "/accounts":
            return True
        await self._ask(self._browser.post("/", customer_number=self.person.number), may_end=True)
        await self._ask(self._browser.post("/login/password", password=PASSWORD), may_end=True)
        code = await self._phones.code(self.person.mobile or "", LOGIN_CODE, before)
        if code is None:
            return False
        page = await self._ask(self._browser.post("/login/code", code=code), may_end=True)
        return page.path == "/accounts"

    async def _prepare(self) -> Telling | None:
        """A draft of a payment, or nothing where the form was refused."""
        minor = self._chance.randint(100, 5000)
        is_own = self._chance.random() < 0.3
        debit, credit = self.person.lek, self.person.second
        if not is_own:
            credit = self._chance.choice(self._others).lek
        elif self._chance.random() < 0.5:
            debit, credit = credit, debit
        kind, field_of_payee = ("own", "to_account") if is_own else ("in-bank", "to_iban")
        await self._ask(self._browser.get(f"/payments/{kind}"))
        fields = {"from_account": debit.iban, field_of_payee: credit.iban, "amount": format_amount(minor, Currency.ALL)}
        page = await self._ask(self._browser.post(f"/payments/{kind}", description="Qira", **fields))
        found = re.fullmatch(r"/payments/([0-9a-f-]{36})/check", page.path)
        return Telling(found[1], debit, credit, minor, is_own) if found else None

    async def _settle(self, telling: Telling) -> None:
        """Confirm it, and come back to it until it is known what became of it."""
        after = self._phones.count(self.person.mobile or "")
        ends = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < ends:
            try:
                if await self._is_settled(telling, after):
                    return
            except Away:
                telling.was_unknown |= telling.confirmed > 0
                await asyncio.sleep(REST_SECONDS)
            except LoggedOut:
                await self._log_in()

    async def _is_settled(self, telling: Telling, after: int) -> bool:
        """One way from the payment's page to whatever it leads to."""
        seen = "?pending=1" if telling.was_pending else ""
        page = await self._ask(self._browser.get(f"/payments/{telling.id}{seen}"))
        if self._is_told(telling, page):
            return True
        if page.path.partition("?")[0].endswith("/check"):
            if UNMADE in page.text and self._gives_up(telling):
                return True
            page = await self._confirm(telling, page)
        if page.path.endswith("/code"):
            page = await self._give_code(telling, page, after)
        if self._is_told(telling, page):
            return True
        await asyncio.sleep(REST_SECONDS)
        return False

    def _is_told(self, telling: Telling, page: Page) -> bool:
        if page.title.startswith(RECEIPT):
            telling.standing = "acknowledged"
            self._notes.acknowledged += 1
            return True
        if page.title.startswith(PENDING):
            telling.was_unknown = telling.was_pending = True
        return False

    def _gives_up(self, telling: Telling) -> bool:
        """Told that it wasn't made, some believe it and leave: then it must never have been."""
        telling.told_unmade += 1
        if self._chance.random() < 0.4:
            telling.standing = "given up"
            return True
        return False

    async def _confirm(self, telling: Telling, page: Page) -> Page:
        telling.confirmed += telling.is_own
        page = await self._ask(self._browser.post(f"/payments/{telling.id}/check"))
        if page.status == 422:
            await self._ask(self._browser.get(f"/payments/{telling.id}/check"))
        return page

    async def _give_code(self, telling: Telling, page: Page, after: int) -> Page:
        """The code from the telephone; another one where none came, or where this one is good no more."""
        mobile, words = (
            self.person.mobile or "",
            PAYMENT_CODE.format(amount=re.escape(sms_amount(telling.minor, Currency.ALL))),
        )
        code = await self._phones.code(mobile, words, after)
        if code is not None:
            telling.confirmed += 1
            page = await self._ask(self._browser.post(f"/payments/{telling.id}/code", code=code))
        if code is None or page.status == 422:
            known = self._phones.count(mobile)
            page = await self._ask(self._browser.post(f"/payments/{telling.id}/code/resend"))
            code = await self._phones.code(mobile, words, known)
            if code is not None and page.path.partition("?")[0].endswith("/code"):
                telling.confirmed += 1
                page = await self._ask(self._browser.post(f"/payments/{telling.id}/code", code=code))
        return page

    async def _ask(self, request: Awaitable[Page], *, may_end: bool = False) -> Page:
        """The answer; Away where there is none or the bank can't now, LoggedOut where it wants us to log in."""
        begun = time.monotonic()
        try:
            page = await request
        except TimeoutError as error:
            self._notes.waited_for_ever.append(f"{self.person.name}, {time.strftime('%H:%M:%S')}")
            raise Away from error
        except (aiohttp.ClientError, OSError, TypeError) as error:  # TypeError: a page without a form's token
            raise Away from error
        finally:
            self._notes.longest_wait = max(self._notes.longest_wait, time.monotonic() - begun)
        where = urlsplit(page.path)
        if page.status >= 500 or page.status == 429:
            raise Away
        is_outside = where.path == "/" or where.path.startswith("/login")
        if not may_end and (page.status in (401, 403) or is_outside or "ended" in parse_qs(where.query)):
            raise LoggedOut
        return page
