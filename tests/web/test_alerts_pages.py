"""The page "Njoftimet": what holds is ticked, what is saved holds, and what can't be is said beside its field."""

import re
from collections.abc import Awaitable, Callable

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person, told

from dega.bank import Bank

Login = Callable[[Browser, Person], Awaitable[Page]]

AMOUNTS = {"large_ALL": "50 000,00", "large_EUR": "250"}


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta's browser, logged in."""
    await login(browser, cast.arta)
    return browser


def ticked(page: Page) -> set[str]:
    return set(re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked>', page.html))


async def test_the_menu_of_security_leads_to_what_holds_now(arta: Browser) -> None:
    assert 'href="/security/alerts">Njoftimet</a>' in (await arta.get("/security")).html
    page = await arta.get("/security/alerts")
    assert page.title == "Njoftimet · Dega Internet"
    assert "payment_email" in ticked(page)
    assert "payment_sms" not in ticked(page)
    assert "+355 69 *** **01" in page.text
    assert "c***@example.org" in page.text
    assert re.findall(r'name="(large_[A-Z]+)"[^>]*value="([^"]*)"', page.html) == [
        ("large_ALL", "100\u00a0000,00"),
        ("large_EUR", "1\u00a0000,00"),
    ]


async def test_what_is_saved_holds_and_is_told(arta: Browser, bank: Bank, admin: Admin) -> None:
    await arta.get("/security/alerts")
    page = await arta.post("/security/alerts", credentials_email="yes", payment_sms="yes", **AMOUNTS)
    assert page.path == "/security/alerts?saved=1"
    assert "Zgjedhjet tuaja u ruajtën" in page.text
    assert ticked(page) == {"credentials_email", "payment_sms"}
    assert 'value="250,00"' in page.html
    assert [about for _, _, about in await told(bank, admin)] == ["alerts_changed", "alerts_changed"]


@pytest.mark.refusal("alert_needs_way", "amount_missing", "amount_not_a_number")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"credentials_sms": ""}, "credentials", "Zgjidhni të paktën një mënyrë"),
        ({"large_ALL": ""}, "large_ALL", "Shkruani shumën."),
        ({"large_EUR": "shumë"}, "large_EUR", "me shifra"),
        ({"large_EUR": "-5"}, "large_EUR", "negative"),
    ],
)
async def test_what_can_not_be_comes_back_with_what_was_ticked(
    arta: Browser, bank: Bank, admin: Admin, changes: dict[str, str], field: str, words: str
) -> None:
    await arta.get("/security/alerts")
    form = {"credentials_sms": "yes", "new_device_email": "yes", **AMOUNTS, **changes}
    page = await arta.post("/security/alerts", **form)
    assert page.status == 422
    assert words in page.text
    assert f'href="#{field}"' in page.html
    assert f'id="{field}"' in page.html
    assert "new_device_email" in ticked(page)
    assert await told(bank, admin) == []


async def test_without_an_email_address_the_page_says_what_takes_its_place(
    arta: Browser, admin: Admin, cast: Cast
) -> None:
    await admin.execute("UPDATE customer SET email = NULL WHERE id = $1", cast.arta.id)
    assert "në vend të saj vjen një SMS" in (await arta.get("/security/alerts")).text


@pytest.mark.requirement("R27")
async def test_every_login_has_its_own_way_to_say_that_it_was_not_me(arta: Browser) -> None:
    page = await arta.get("/security")
    rows = re.findall(r"<tr>\s*<td.*?</tr>", page.html, re.DOTALL)
    assert rows
    assert all(re.search(r'href="/security/block">Nuk isha unë<span class="vh">: \d', row) for row in rows)
    assert (await arta.get("/security/block")).title == "Dëshironi ta bllokoni hyrjen tuaj? · Dega Internet"
