"""A customer's journey in any browser: register, log in, transfer, look at the activity, complain, log out."""

from collections.abc import Awaitable, Callable

from browser.tab import Tab
from browser_session import last_code
from cast import Person
from conftest import Phones

PASSWORD = "Valbona ka 1 liqen"

Look = Callable[[], Awaitable[None]]
"""What is done at each page of the journey."""


async def travel(tab: Tab, phones: Phones, payer: Person, payee: Person, look: Look) -> None:
    """The whole journey. What it sees on its way it asserts; the books are the caller's."""
    await register(tab, phones, payer, look)
    await log_in(tab, phones, payer, look)
    await look()
    await transfer(tab, phones, payer, payee, look)
    receipt = await tab.path()
    await tab.follow("/activity")
    await look()
    activity = await tab.text()
    assert "Qira nëntor" in activity
    assert "98\u00a0749,50" in activity
    assert await tab.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await complain(tab, look)
    await tab.press("input.logout")
    await look()
    await tab.open(receipt)
    assert await tab.run("document.querySelectorAll('[name=customer_number]').length") == 1


async def register(tab: Tab, phones: Phones, person: Person, look: Look) -> None:
    """From the first page: number, code, a password."""
    await tab.open("/")
    await look()
    await tab.follow("/register")
    await look()
    await tab.fill("customer_number", person.number)
    await tab.press()
    await look()
    await tab.fill("code", last_code(phones))
    await tab.press()
    await look()
    await tab.fill("password", PASSWORD)
    await tab.fill("password_again", PASSWORD)
    await tab.press()
    await look()


async def log_in(tab: Tab, phones: Phones, person: Person, look: Look, password: str = PASSWORD) -> None:
    """Number, password, code: to the accounts."""
    await tab.open("/")
    await tab.fill("customer_number", person.number)
    await tab.press()
    await look()
    await tab.fill("password", password)
    await tab.press()
    await look()
    await tab.fill("code", last_code(phones))
    await tab.press()
    assert await tab.text("h1") == "Llogaritë e mia"
    assert "100\u00a0000,00" in await tab.text()


async def transfer(tab: Tab, phones: Phones, payer: Person, payee: Person, look: Look) -> None:
    """1 250,50 lek to somebody else: form, check, code, receipt."""
    await tab.follow("/payments")
    await look()
    await tab.follow("/payments/in-bank")
    await look()
    await tab.choose("from_account", payer.lek.iban)
    await tab.fill("to_iban", payee.lek.iban)
    await tab.fill("to_name", payee.name)
    await tab.fill("amount", "1 250,50")
    await tab.fill("description", "Qira nëntor")
    await tab.press()
    await look()
    check = await tab.text()
    assert payee.name in check
    assert "1\u00a0250,50" in check
    await tab.press()
    await look()
    await tab.fill("code", last_code(phones))
    await tab.press()
    await look()
    assert "98\u00a0749,50" in await tab.text()


async def complain(tab: Tab, look: Look) -> None:
    """A complaint, of which the reference is kept."""
    await tab.follow("/complaints")
    await look()
    await tab.click('#main [name=kind][value="complaint"]')
    await tab.fill("contact", "elira@example.org")
    await tab.fill("text", "Radha në sportel ishte e gjatë.")
    await tab.press()
    await look()
    assert "M-" in await tab.text()
