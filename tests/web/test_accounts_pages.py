"""The pages of accounts and their activity, as a browser without scripts sees them."""

import csv
import html
import io
import re
import uuid
from collections.abc import Awaitable, Callable

import pytest
from accounts.bookings import transfer
from aiohttp import ClientError
from browser_session import Browser, Page
from cast import Admin, Cast, Person

from dega.accounts import export as export_module
from dega.accounts.export import HEADER
from dega.bank import Bank
from dega.deeds import Deed, Leg, Particulars
from dega.ids import format_iban
from dega.money import Currency, Money

Login = Callable[[Browser, Person], Awaitable[Page]]


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)
    return browser


async def pay_besnik(bank: Bank, cast: Cast, *texts: str, minor: int = 100, fee_minor: int = 0) -> None:
    for text in texts:
        arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
        await transfer(bank, arta, besnik, minor, text, fee_minor)


def descriptions(page: Page) -> list[str]:
    """What stands in the rows, from the top."""
    cells = re.findall(r'class="entry-what">\s*<(?:strong|a [^>]*)>(.*?)</', page.html)
    return [html.unescape(text) for text in cells]


def link(page: Page, words: str) -> str:
    """Where the link with these words leads."""
    found = re.search(rf'href="([^"]*)"[^>]*>{words}<', page.html)
    assert found is not None, words
    return html.unescape(found[1])


async def test_the_first_page_has_every_account_with_balance_and_available(
    arta: Browser, cast: Cast, admin: Admin
) -> None:
    await admin.execute("UPDATE account SET floor_minor = -50000 WHERE id = $1", cast.arta.second.id)
    page = await arta.get("/accounts")
    assert page.status == 200
    for iban in (cast.arta.lek.iban, cast.arta.second.iban, cast.arta.euro.iban):
        assert format_iban(iban).replace("\u00a0", " ") in page.text
    assert "Balance 100 000,00 ALL" in page.text
    assert "Balance 5 000,00 ALL Available 5 500,00 ALL" in page.text
    assert "Balance 1 000,00 EUR" in page.text


async def test_from_a_blocked_account_no_transfer_is_offered(arta: Browser, cast: Cast, admin: Admin) -> None:
    await admin.execute("UPDATE account SET status = 'blocked' WHERE id = $1", cast.arta.euro.id)
    page = await arta.get(f"/accounts/{cast.arta.euro.iban}")
    assert "Blocked" in page.text
    assert "No transfers can be made from this account" in page.text
    assert 'class="button button-primary"' not in page.html


async def test_who_has_no_account_is_told_where_to_open_one(arta: Browser, cast: Cast, admin: Admin) -> None:
    await admin.execute("UPDATE account SET customer_id = $1 WHERE customer_id = $2", cast.genti.id, cast.arta.id)
    for path in ("/accounts", "/activity"):
        page = await arta.get(path)
        assert (page.status, "You have no account yet" in page.text) == (200, True)


async def test_the_page_of_an_account_has_its_latest_activity(arta: Browser, bank: Bank, cast: Cast) -> None:
    await pay_besnik(bank, cast, *(f"Nr. {n}" for n in range(12)))
    page = await arta.get(f"/accounts/{cast.arta.lek.iban}")
    assert descriptions(page) == [f"Nr. {n}" for n in range(11, 1, -1)]
    assert link(page, "See all of it") == f"/activity?account={cast.arta.lek.iban}"


@pytest.mark.parametrize("address", ["/accounts/{}", "/activity?account={}", "/activity/export?account={}"])
async def test_somebody_elses_account_is_at_no_address(arta: Browser, cast: Cast, address: str) -> None:
    page = await arta.get(address.format(cast.genti.lek.iban))
    assert page.status == 404
    assert "Genti" not in page.text
    assert "100 000,00" not in page.text


@pytest.mark.requirement("R36")
async def test_the_menu_of_the_activity_has_the_name_that_the_bank_gave_it(
    browser: Browser, login: Login, cast: Cast
) -> None:
    page = await login(browser, cast.arta)
    assert link(page, "Veprimet e Llogarisë") == "/activity"
    assert "<h1>Veprimet e Llogarisë</h1>" in (await browser.get("/activity")).html


@pytest.mark.requirement("R35", "R36")
async def test_a_transfer_shows_at_once_with_all_that_belongs_to_it_and_leads_to_its_receipt(
    arta: Browser, cast: Cast
) -> None:
    await arta.get("/payments/own")
    draft = await arta.post(
        "/payments/own", from_account=cast.arta.lek.iban, to_account=cast.arta.second.iban, amount="1250,00",
        description="Kursime",
    )  # fmt: skip
    receipt = await arta.post(draft.path)
    page = await arta.get("/activity")
    assert descriptions(page)[0] == "Kursime"
    assert link(page, "Kursime") == receipt.path
    row = page.text[page.text.index("Monday, 23.11.2026") :]
    assert re.match(r"Monday, 23\.11\.2026 10:0\d Kursime Arta Kola · AL\d\d … \d{4} (?:Reference: )?D\d{10}-\d\d", row)
    assert "−1 250,00 ALL Debit Balance after 98 750,00 ALL" in row
    other = await arta.get(f"/activity?account={cast.arta.second.iban}")
    assert "+1 250,00 ALL Credit Balance after 6 250,00 ALL" in other.text


async def test_a_fee_is_a_row_of_its_own_that_says_so(arta: Browser, bank: Bank, cast: Cast) -> None:
    await pay_besnik(bank, cast, "Qira", fee_minor=5_000)
    assert descriptions(await arta.get("/activity"))[:2] == ["Fee: Qira", "Qira"]


async def test_what_others_wrote_into_a_purpose_is_text_and_nothing_else(arta: Browser, bank: Bank, cast: Cast) -> None:
    await pay_besnik(bank, cast, '<script>alert("x")</script>')
    page = await arta.get("/activity")
    assert descriptions(page)[0] == '<script>alert("x")</script>'
    assert "<script>alert" not in page.html


async def test_older_and_newer_lead_through_all_pages_with_the_filter_kept(
    arta: Browser, bank: Bank, cast: Cast
) -> None:
    await pay_besnik(bank, cast, *(f"Nr. {n}" for n in range(120)))
    first = await arta.get("/activity?text=Nr.&max=5")
    second = await arta.get(link(first, "Older"))
    third = await arta.get(link(second, "Older"))
    shown = descriptions(first) + descriptions(second) + descriptions(third)
    assert shown == [f"Nr. {n}" for n in range(119, -1, -1)]
    assert descriptions(await arta.get(link(second, "Newer"))) == descriptions(first)
    assert 'rel="next"' not in third.html
    assert 'rel="prev"' not in first.html


async def test_a_place_nobody_was_sent_to_is_not_found(arta: Browser) -> None:
    assert (await arta.get("/activity?page=older-x")).status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=%25", ["100% pambuk"]),
        ("text=besnik&min=150", ["Qira"]),
        ("from=23.11.2026&to=2026-11-23&max=1,50", ["100% pambuk"]),
        ("from=24.11.2026", []),
        ("text=nothing+like+it", []),
    ],
)
async def test_the_filter_lets_through_what_is_asked_for(
    arta: Browser, bank: Bank, cast: Cast, query: str, found: list[str]
) -> None:
    await pay_besnik(bank, cast, "100% pambuk")
    await pay_besnik(bank, cast, "Qira", minor=20_000)
    page = await arta.get(f"/activity?{query}")
    assert descriptions(page) == found
    assert ("Nothing was found" in page.text) == (not found)


async def test_a_wrong_filter_is_explained_beside_its_fields_and_kept(arta: Browser, cast: Cast) -> None:
    page = await arta.get(f"/activity?account={cast.arta.euro.iban}&from=soon&min=1.234&text=abc")
    assert page.status == 422
    assert page.title.startswith("Error: Account activity")
    assert '<a href="#from">Write the date as day.month.year' in page.html
    assert "Do you mean 1 234,00 EUR or 1,23 EUR?" in page.text
    for name, value in (("from", "soon"), ("min", "1.234"), ("text", "abc")):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page.html)
    assert f'<option value="{cast.arta.euro.iban}" selected>' in page.html


async def test_the_file_has_the_filtered_activity_under_its_own_name(arta: Browser, bank: Bank, cast: Cast) -> None:
    await pay_besnik(bank, cast, "=1+1", "Qira")
    page = await arta.get("/activity?text=1%2B1")
    found = await arta.get(link(page, "Download as CSV"))
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f"veprimet-{cast.arta.lek.iban[-4:]}-2026-11-23.csv"
    assert found.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    header, row = csv.reader(io.StringIO(found.html.removeprefix("\ufeff")), delimiter=";")
    assert header == list(HEADER)
    assert row[2:6] == ["'=1+1", "Besnik Hoxha", cast.besnik.lek.iban, "-1,00"]


async def test_a_file_with_a_wrong_filter_leads_to_the_page_that_says_what_is_wrong(arta: Browser) -> None:
    page = await arta.get("/activity/export?from=soon")
    assert (page.status, page.path) == (422, "/activity?from=soon")


async def test_half_a_file_does_not_look_like_a_whole_one(
    arta: Browser, bank: Bank, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await pay_besnik(bank, cast, *(f"Nr. {n}" for n in range(9)))
    monkeypatch.setattr(export_module, "ROWS_AT_A_TIME", 3)
    monkeypatch.setattr(export_module, "number", lambda _: 1 // 0)
    with pytest.raises(ClientError):
        await arta.get("/activity/export")
    assert [line.message for line in caplog.records if line.levelname == "ERROR"] == ["fault"]


@pytest.mark.parametrize("path", ["/accounts", "/accounts/x", "/activity", "/activity/export"])
async def test_without_logging_in_none_of_it_shows(browser: Browser, path: str) -> None:
    page = await browser.get(path)
    assert page.path.split("?")[0] == "/"


async def test_a_payment_without_a_purpose_still_has_a_word(arta: Browser, bank: Bank, cast: Cast) -> None:
    leg = Leg(cast.arta.lek.id, cast.besnik.lek.id, Money(100, Currency.ALL))
    await bank.poster.post(Deed(uuid.uuid4(), "in_bank", (leg,), Particulars("Arta Kola", "Besnik Hoxha", "")))
    assert descriptions(await arta.get("/activity"))[0] == "Transfer"
