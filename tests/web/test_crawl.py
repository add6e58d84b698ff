"""Every address, opened by a stranger and by a customer, in both languages, and every link on each page followed."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from access.doors import last_code
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page
from cast import PASSWORD, Cast, Person
from conftest import Phones
from contact.writing import author, say
from ordering import prepare_to
from paying import prepare
from web.crawling import NO_PAGES, Walk, route_of, wrong_with
from web.test_factors_pages import add, confirm_by

from dega.accounts.statements import make_statements
from dega.bank import Bank
from dega.i18n import LANGUAGES, Language, translate
from dega.web.routes import ROUTES

Login = Callable[[Browser, Person], Awaitable[Page]]

FORMS = [
    route.path
    for route in ROUTES
    if route.post and not route.plain and not route.path.startswith(("/logout", "/block"))
]
PAGES = [route.path for route in ROUTES if route.get and not route.plain and not NO_PAGES.fullmatch(route.path)]


async def speak(browser: Browser, language: Language) -> None:
    await browser.post("/language", language=language, back="/")


def check(walk: Walk) -> None:
    """Nothing is wrong with any page that was seen."""
    wrong = {address: found for address, page in walk.pages.items() if (found := wrong_with(page, walk.language))}
    assert wrong == {}
    assert walk.dead_links() == []
    assert walk.same_titles() == {}
    assert walk.heavy() == {}


@pytest.mark.requirement("R39", "R40")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_stranger_finds_every_page_whole(browser: Browser, language: Language) -> None:
    await speak(browser, language)
    walk = Walk(browser, language)
    await walk.everywhere(*(path for path in PAGES if "{" not in path))
    check(walk)
    seen = {route_of(page.path) for page in walk.pages.values()}
    assert {route.path for route in ROUTES if route.needs is None and route.path in PAGES} <= {
        route.path for route in seen if route
    }


@pytest.mark.requirement("R39", "R40")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_customer_finds_every_page_whole(
    bank: Bank, browser: Browser, login: Login, cast: Cast, phones: Phones, language: Language
) -> None:
    await speak(browser, language)
    await login(browser, cast.arta)
    draft = await prepare(bank, cast.arta, cast.besnik.lek)
    made = await pay(browser, cast, phones)
    order = str(await prepare_to(bank, cast.arta, cast.besnik.lek))
    letter = await say(bank, by=author(cast.arta))
    async with bank.database.transaction() as connection:
        await make_statements(bank, connection, date(2026, 11, 30), 0)
    walk = Walk(browser, language)
    for payment in (str(draft), made):
        await walk.everywhere(*(address(path, cast.arta, payment, order, letter) for path in PAGES))
    check(walk)


@pytest.mark.requirement("R14", "R39", "R40")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_step_on_the_way_in_is_whole(
    browser: Browser, cast: Cast, phones: Phones, language: Language
) -> None:
    await speak(browser, language)
    steps = [
        await browser.post("/", customer_number=cast.arta.number),
        await browser.post("/login/password", password=PASSWORD),
        await browser.post("/login/code", code="12"),
        await browser.post("/register", customer_number=cast.elira.number),
        await browser.post("/register/code", code="12"),
        await browser.post("/register/code", code=last_code(phones)),
        await browser.post("/register/password", password="abc", password_again="abd"),
    ]
    places = ["/login/password", "/login/code", "/login/code", *["/register/code"] * 2, *["/register/password"] * 2]
    assert [page.path for page in steps] == places
    assert {page.path: wrong_with(page, language) for page in steps} == {path: [] for path in places}
    titles = {page.title for page in steps if page.status == 200}
    assert len(titles) == 4


@pytest.mark.requirement("R37", "R39", "R40")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["a stranger", "a customer"])
async def test_every_form_that_is_sent_empty_comes_back_whole(
    bank: Bank, browser: Browser, login: Login, cast: Cast, who: str, language: Language
) -> None:
    await speak(browser, language)
    if who == "a customer":
        await login(browser, cast.arta)
    draft = str(await prepare(bank, cast.arta, cast.besnik.lek))
    came_back = set()
    for path in FORMS:
        await browser.get("/contact")
        page = await browser.post(address(path, cast.arta, draft))
        assert page.status == 204 or wrong_with(page, language) == []
        if page.status == 422:
            came_back.add(path)
            assert page.title.startswith(translate(language, "Error:"))
    assert came_back >= (
        {"/", "/contact"} if who == "a stranger" else {"/contact", "/payments/own", "/payments/in-bank"}
    )


class Watching(Browser):
    """A browser that remembers every page that it was shown."""

    def __init__(self, client: TestClient) -> None:
        super().__init__(client)
        self.seen: list[Page] = []

    def _keep(self, page: Page) -> Page:
        self.seen.append(page)
        return super()._keep(page)


@pytest.mark.requirement("R37", "R39", "R40")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_step_of_a_change_and_of_a_payment_is_whole(
    bank: Bank, client: TestClient, cast: Cast, phones: Phones, login: Login, language: Language
) -> None:
    watching = Watching(client)
    await speak(watching, language)
    watching.seen.clear()
    await login(watching, cast.arta)
    await pay(watching, cast, phones)
    await watching.post("/payments/in-bank", from_account="x", to_iban="AL47", amount="1.234")
    telephone = await add(bank, watching, phones)
    await watching.get("/security/factors/recovery")
    await confirm_by(watching, telephone.paper[0])
    await watching.post("/security/factors/recovery")
    await watching.get("/security/passkeys/add")
    await confirm_by(watching, telephone.paper[1])
    await watching.post("/security/password", password=PASSWORD, new_password="abc", new_password_again="abd")
    await watching.post("/logout")
    assert [(page.path, found) for page in watching.seen if (found := wrong_with(page, language))] == []
    assert {"/security/factors/app/code", "/security/confirm/code", "/logout"} <= {page.path for page in watching.seen}


def address(path: str, person: Person, payment: str, order: str = "", letter: str = "") -> str:
    """The address with something of the person's in its places."""
    path = path.replace("{iban}", person.lek.iban).replace("{id}", payment).replace("{page}", "index")
    return path.replace("{order}", order).replace("{reference}", letter).replace("{statement}", "1")


async def pay(browser: Browser, cast: Cast, phones: Phones) -> str:
    """A payment that is made; its id."""
    fields = {"from_account": cast.arta.lek.iban, "to_iban": cast.besnik.lek.iban, "amount": "1250,00"}
    check_page = await browser.post("/payments/in-bank", **fields)
    await browser.post(check_page.path)
    receipt = await browser.post(browser.page.path, code=last_code(phones))
    return receipt.path.rpartition("/")[2]
