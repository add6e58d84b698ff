"""The language: chosen on any page, back to that page, remembered for a customer, and no way to leave our pages."""

from collections.abc import Awaitable, Callable

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person

from dega.web.pages.language import local_address

Login = Callable[[Browser, Person], Awaitable[Page]]


async def test_a_stranger_reads_albanian_until_they_choose_english(browser: Browser) -> None:
    assert '<html lang="sq">' in (await browser.get("/forgot")).html
    page = await browser.post("/language", language="en", back="/forgot")
    assert page.path == "/forgot"
    assert '<html lang="en">' in page.html
    assert page.title == "Forgot your customer number or password? · Dega Internet"
    assert '<html lang="en">' in (await browser.get("/")).html


async def test_a_customer_is_written_to_in_the_language_they_chose(
    browser: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await login(browser, cast.arta)
    await browser.post("/language", language="en", back="/security")
    assert await admin.fetchval("SELECT language FROM customer WHERE id = $1", cast.arta.id) == "en"
    assert await admin.fetchval("SELECT language FROM customer WHERE id = $1", cast.genti.id) == "sq"


async def test_a_stranger_changes_nobodys_language(browser: Browser, cast: Cast, admin: Admin) -> None:
    await browser.post("/", customer_number=cast.arta.number)
    await browser.post("/language", language="en", back="/login/password")
    assert await admin.fetchval("SELECT language FROM customer WHERE id = $1", cast.arta.id) == "sq"


async def test_after_login_pages_are_in_the_customers_language(
    browser: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await admin.execute("UPDATE customer SET language = 'en' WHERE id = $1", cast.arta.id)
    assert '<html lang="en">' in (await login(browser, cast.arta)).html


async def test_the_language_of_the_browser_goes_before_the_customers(
    browser: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await admin.execute("UPDATE customer SET language = 'en' WHERE id = $1", cast.arta.id)
    await browser.post("/language", language="sq", back="/")
    assert '<html lang="sq">' in (await login(browser, cast.arta)).html


async def test_a_language_that_we_do_not_speak_is_asked_for_again(browser: Browser) -> None:
    page = await browser.post("/language", language="de", back="/forgot")
    assert page.path == "/language"
    assert 'value="Shqip"' in page.html


@pytest.mark.parametrize(
    ("back", "address"),
    [
        ("/accounts?page=2&q=%C3%AB", "/accounts?page=2&q=%C3%AB"),
        ("/", "/"),
        ("", "/"),
        ("accounts", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("/a\x00", "/"),
        ("/a\n", "/"),
    ],
)
def test_the_way_back_is_one_of_our_own_addresses(back: str, address: str) -> None:
    assert local_address(back) == address
