"""The pages of statements, as a browser without scripts sees them."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from browser_session import Browser, Page
from cast import Cast, Person, fund

from dega.accounts.statements import make_statements
from dega.bank import Bank

Login = Callable[[Browser, Person], Awaitable[Page]]


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast, bank: Bank) -> Browser:
    """Arta's browser, logged in, in English, after a night in which a month ended."""
    await fund(bank, cast.arta.lek, 12_345)
    async with bank.database.transaction() as connection:
        await make_statements(bank, connection, date(2026, 11, 30), 0)
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)
    return browser


async def statement(arta: Browser, cast: Cast) -> str:
    """The address of the statement of her first account."""
    page = await arta.get(f"/statements?account={cast.arta.lek.iban}")
    return re.findall(r'href="(/statements/[0-9]+)"', page.html)[0]


async def test_the_list_shows_each_month_with_what_it_came_to(arta: Browser, cast: Cast) -> None:
    page = await arta.get("/statements")
    assert "November 2026" in page.text
    assert "01.11.2026–30.11.2026" in page.text
    assert "100 123,45 ALL" in page.text
    other = await arta.get(f"/statements?account={cast.arta.euro.iban}")
    assert "1 000,00 EUR" in other.text


async def test_a_statement_shows_its_sums_and_its_entries_with_a_file_of_them(arta: Browser, cast: Cast) -> None:
    address = await statement(arta, cast)
    page = await arta.get(address)
    for words in (
        "Statement: November 2026",
        "Arta Kola",
        "Opening balance 0,00 ALL",
        "Closing balance 100 123,45 ALL",
    ):
        assert words in page.text
    assert page.html.count('class="entry"') == 2
    file = await arta.get(f"{address}/export")
    rows = list(csv.reader(io.StringIO(file.html.lstrip("\ufeff")), delimiter=";"))
    assert [row[6] for row in rows[1:]] == ["100123,45", "100000,00"]
    assert f"nxjerrje-{cast.arta.lek.iban[-4:]}-2026-11.csv" in file.headers["Content-Disposition"]


async def test_a_statement_without_entries_has_an_empty_file(arta: Browser, bank: Bank, cast: Cast) -> None:
    async with bank.database.transaction() as connection:
        await make_statements(bank, connection, date(2026, 12, 31), 0)
    page = await arta.get(f"/statements?account={cast.arta.euro.iban}")
    december = re.findall(r'href="(/statements/[0-9]+)">December', page.html)[0]
    assert "Nothing was booked in this period" in (await arta.get(december)).text
    assert len((await arta.get(f"{december}/export")).html.strip().splitlines()) == 1


@pytest.mark.parametrize("address", ["/statements/0", "/statements/x", "/statements/²", "/statements?account=AL00"])
async def test_what_is_no_statement_is_not_found(arta: Browser, address: str) -> None:
    assert (await arta.get(address)).status == 404


async def test_a_page_that_a_statement_has_not_got_is_not_found(arta: Browser, cast: Cast) -> None:
    address = await statement(arta, cast)
    for wrong in ("0", "2", "x", "9" * 30):
        assert (await arta.get(f"{address}?page={wrong}")).status == 404


async def test_somebody_elses_statement_is_not_found_by_its_address(arta: Browser, login: Login, cast: Cast) -> None:
    address = await statement(arta, cast)
    await arta.post("/logout")
    await login(arta, cast.genti)
    for path in (address, f"{address}/export", f"/statements?account={cast.arta.lek.iban}"):
        page = await arta.get(path)
        assert (page.status, "Arta" in page.text) == (404, False)
