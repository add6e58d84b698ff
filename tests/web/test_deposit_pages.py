"""What a customer sees of a time deposit, and that no form offers it for a payment."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from accounts.closing_days import close
from browser_session import Browser, Page
from cast import Cast, Person
from conftest import MONDAY_MORNING

from dega.accounts import deposits
from dega.accounts.deposits import Renewal
from dega.bank import Bank
from dega.branch.deposits import end_early, open_deposit
from dega.cli.time_travel import TimeMachine
from dega.web.pages.deposits import percent

Login = Callable[[Browser, Person], Awaitable[Page]]
WHY = {"operator": "elona", "reason": "asked at the counter"}


async def put_aside(office: Bank, cast: Cast, months: int = 12, renewal: Renewal = Renewal.NONE) -> str:
    arta = cast.arta
    return (await open_deposit(office, arta.number, arta.lek.iban, "60000", months, renewal, **WHY)).iban


async def seen(browser: Browser, iban: str) -> str:
    return (await browser.get(f"/accounts/{iban}")).text.replace("\u00a0", " ")


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)
    return browser


async def test_the_page_of_a_deposit_says_what_is_expected_of_it(arta: Browser, office: Bank, cast: Cast) -> None:
    text = await seen(arta, await put_aside(office, cast))
    for words in (
        "Time deposit · ALL", "60 000,00 ALL", "12 months", "2,2 % a year, actual days over 365", "23.11.2026",
        "Matures on 23.11.2027", "Expected interest 1 320,00 ALL", "Tax on interest 198,00 ALL",
        "Interest after tax 1 122,00 ALL", "Paid out, with its interest, to AL",
    ):  # fmt: skip
        assert words in text
    assert "Available balance" not in text
    assert "No transfers can be made" not in text


async def test_the_same_page_says_how_a_deposit_ended(
    arta: Browser, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    early = await put_aside(office, cast, 1)
    await end_early(office, cast.arta.number, early, **WHY)
    assert "Ended early, without interest" in await seen(arta, early)
    iban = await put_aside(office, cast, 1)
    await close(office, machine, date(2026, 12, 23), (deposits.mature_deposits,))
    await machine.travel_to(MONDAY_MORNING)  # Arta is still logged in
    text = await seen(arta, iban)
    assert "Ended on 23.12.2026" in text
    assert "Paid out to AL" in text


async def test_forms_of_payments_do_not_offer_a_deposit(arta: Browser, office: Bank, cast: Cast) -> None:
    iban = await put_aside(office, cast)
    for address in ("/payments/own", "/payments/in-bank"):
        page = await arta.get(address)
        assert cast.arta.lek.iban in page.html
        assert iban not in page.html
    assert iban in (await arta.get("/accounts")).html


@pytest.mark.parametrize(
    ("ppm", "text"), [(22_000, "2,2"), (20_000, "2,0"), (1_234, "0,1234"), (0, "0,0"), (105_000, "10,5")]
)
def test_percents_have_as_many_decimals_as_they_need(ppm: int, text: str) -> None:
    assert percent(ppm) == f"{text}\u00a0%"
