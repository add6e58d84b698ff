"""What the pictures of the manual show: a morning of Arta's, in a world that is the same at every run."""

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from itertools import count

from access.doors import last_code
from browser_session import Browser, Page
from cast import PASSWORD, Account, Cast
from conftest import Phones

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.deeds import Deed, Leg, Particulars
from dega.i18n import Language
from dega.ids import reference
from dega.ledger.chart import CLEARING, bank_account
from dega.money import Currency, Money

MORNING = datetime(2026, 12, 21, 9, 30, tzinfo=TIRANA)
"""When the pictures are taken: a Monday, four weeks after the cast's accounts were opened."""

PAST = (
    (26, 8, "Adria Teknologji shpk", "Paga 11/2026", 118_000_00),
    (9, 18, "OSHEE", "Energji elektrike 12/2026", -4_310_00),
    (1, 12, "Vodafone Albania", "Fatura 12/2026", -2_000_00),
)
"""Days ago, hour, other party, text, minor units of lek: what was booked before."""

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0"

_REFERENCE = re.compile(r"D\d{10}-\d\d")
_BODY = re.compile(r"<body\b[^>]*>")
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Scene:
    """A page as it was shown. `part` of the manual is its name; `whole`: with the head of the page, as on entering."""

    part: str
    html: str
    whole: bool = False

    @property
    def text(self) -> str:
        """What a person reads in the picture, a line for each piece of it."""
        shown = _BODY.split(self.html, maxsplit=1)[1].partition('<div class="footer"')[0]
        if not self.whole:
            shown = shown.partition('id="main"')[2].partition(">")[2]
        pieces = (" ".join(unescape(piece).split()) for piece in _TAGS.sub("\n", shown).splitlines())
        fields = re.findall(r'<input type="(?:text|submit)"[^>]*? value="([^"]+)"', shown)
        return "\n".join([piece for piece in pieces if piece] + [f"[{unescape(field)}]" for field in fields]) + "\n"


async def live(bank: Bank, machine: TimeMachine, cast: Cast) -> None:
    """The weeks before, and the morning after them."""
    async with bank.database.connection() as connection:
        outside = await bank_account(connection, CLEARING, Currency.ALL)
    for days, hour, party, text, minor in PAST:
        await machine.travel_to(MORNING.replace(hour=hour) - timedelta(days=days))
        legs = (cast.arta.lek.id, outside) if minor < 0 else (outside, cast.arta.lek.id)
        names = (cast.arta.name, party) if minor < 0 else (party, cast.arta.name)
        ibans = (cast.arta.lek.iban, None) if minor < 0 else (None, cast.arta.lek.iban)
        leg = Leg(*legs, Money(abs(minor), Currency.ALL))
        await bank.poster.post(
            Deed(uuid.uuid4(), "domestic" if minor < 0 else "incoming", (leg,), Particulars(*names, text, *ibans))
        )
    await machine.travel_to(MORNING)


async def scenes(browser: Browser, phones: Phones, cast: Cast, language: Language) -> AsyncIterator[Scene]:
    """The pages in the order in which Arta meets them."""
    browser.client.session.headers["User-Agent"] = FIREFOX
    await browser.post("/language", language=language, back="/")
    yield _scene("login-number", await browser.get("/"), whole=True)
    await browser.post("/", customer_number=cast.arta.number)
    yield _scene("login-code", await browser.post("/login/password", password=PASSWORD))
    yield _scene("accounts", await browser.post("/login/code", code=last_code(phones)), whole=True)
    yield _scene("activity", await browser.get(f"/activity?account={cast.arta.lek.iban}"))
    wrong = await browser.post("/payments/in-bank", **_order(cast.arta.lek, cast.besnik.lek, "1.250"))
    yield _scene("pay-in-bank", wrong)
    yield _scene(
        "pay-check", await browser.post("/payments/in-bank", **_order(cast.arta.lek, cast.besnik.lek, "1250,50"))
    )
    await browser.post(browser.page.path)
    yield _scene("receipt", await browser.post(browser.page.path, code=last_code(phones)))
    yield _scene("security", await browser.get("/security"))


def _order(payer: Account, payee: Account, amount: str) -> dict[str, str]:
    return {
        "from_account": payer.iban,
        "to_iban": payee.iban,
        "to_name": "Besnik Hoxha",
        "amount": amount,
        "description": "Qira dhjetor",
    }


def _scene(part: str, page: Page, *, whole: bool = False) -> Scene:
    numbers = count(4711)
    return Scene(part, _REFERENCE.sub(lambda _: reference(next(numbers)), page.html), whole)
