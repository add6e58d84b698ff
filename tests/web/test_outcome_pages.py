"""What a customer reads while nobody knows yet what became of a payment, and the truth that comes after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from access.doors import last_code
from browser_session import Browser, Page
from cast import Admin, Cast, balance
from conftest import Phones, config_of
from ledger.test_outages import ghost_standby, let_go
from night.eventually import eventually
from payments.paying import ACTOR, make_payment, prepare_own
from web.test_payments_pages import arta, to_code

from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.errors import OutcomePending
from dega.ledger import post
from dega.payments import make
from dega.store import ledger
from dega.store.database import Connection

__all__ = ["arta"]

commit = ledger.commit
SURELY = "&synchronous_commit=on"
FIRST_LOOK_SECONDS = 0.8
"""How long after a lost answer the bank of these tests looks what became of it."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(post, "READ_BACK_SECONDS", (FIRST_LOOK_SECONDS, 1, 2))


@pytest.fixture
def durable() -> None:
    """The commits of the bank behind the pages wait for a standby too."""


@pytest.fixture
def config(request: pytest.FixtureRequest, servers: Servers, database_name: str) -> Config:
    house = config_of(servers, database_name)
    if "durable" not in request.fixturenames:
        return house
    return replace(house, database=replace(house.database, dsn=house.database.dsn + SURELY))


def is_being_verified(page: Page) -> bool:
    """It says so, not to pay again, and leads on: by itself and by a link, without scripts."""
    on = page.path.partition("?")[0] + "?pending=1"
    leads_on = f'<meta http-equiv="refresh" content="5; url={on}">' in page.html and f'href="{on}"' in page.html
    return page.title.startswith("The payment is being verified") and "Don’t make it again" in page.text and leads_on


async def until_told(browser: Browser, path: str) -> Page:
    """Follow the page as a browser does, until it says something else."""

    async def is_told() -> bool:
        return not is_being_verified(await browser.get(path))

    await eventually(is_told, 15)
    return browser.page


@pytest.mark.requirement("R35", "R38")
async def test_a_payment_whose_answer_was_lost_is_shown_as_made_once_that_is_sure(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unanswered(connection: Connection) -> None:
        await commit(connection)
        raise ConnectionResetError

    code_page = await to_code(arta, cast)
    monkeypatch.setattr(ledger, "commit", unanswered)
    receipt = await arta.post(code_page.path, code=last_code(phones))
    assert receipt.title.startswith("Transfer made")
    payment = f"deed:{receipt.path.split('/')[2].partition('?')[0]}"
    assert await admin.fetchval("SELECT max(outcome) FROM audit WHERE action = 'outcome.read_back'"
                                " AND subject = $1", payment) == "booked"  # fmt: skip
    assert (await arta.post(code_page.path, code=last_code(phones))).title == receipt.title
    assert await balance(admin, cast.arta.lek) == 9_875_000


@pytest.mark.requirement("R35", "R38")
async def test_a_payment_that_was_lost_is_being_verified_and_then_not_made_and_can_be_made(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(connection: Connection) -> None:
        connection.terminate()
        raise ConnectionResetError

    code_page = await to_code(arta, cast)
    monkeypatch.setattr(ledger, "commit", lost)
    page = await arta.post(code_page.path, code=last_code(phones))
    assert is_being_verified(page)
    check = await until_told(arta, page.path)
    assert "The payment was not made Nothing has left your account. You can confirm it again." in check.text
    assert await balance(admin, cast.arta.lek) == 10_000_000
    monkeypatch.setattr(ledger, "commit", commit)
    again = await arta.post(code_page.path, code=last_code(phones))
    assert again.title.startswith("Transfer made")
    assert await balance(admin, cast.arta.lek) == 9_875_000


@asynccontextmanager
async def another_process(config: Config, clock: MovableClock, keys: Keys) -> AsyncIterator[Bank]:
    """Where a commit waits for the standby."""
    dsn = config.database.dsn.removesuffix(SURELY) + SURELY
    async with open_bank(config, dsn=dsn, clock=clock, codes=Phones(), keys=keys) as bank:
        yield bank


async def test_what_another_process_may_still_be_at_is_neither_made_nor_unmade(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, config: Config, clock: MovableClock, keys: Keys
) -> None:
    """The process that took the confirmation may have died since: its server process goes on without it."""
    payment_id = await prepare_own(bank, cast.arta)
    async with another_process(config, clock, keys) as other, ghost_standby(admin):
        with pytest.raises(OutcomePending):
            await make_payment(other, cast.arta.id, payment_id, 1, ACTOR)
        assert not bank.poster.is_under_way(payment_id)
        page = await arta.get(f"/payments/{payment_id}?pending=1")
        assert is_being_verified(page)
    assert (await until_told(arta, page.path)).title.startswith("Transfer made")


async def test_no_receipt_is_shown_of_what_a_standby_may_lack(
    durable: None, arta: Browser, bank: Bank, admin: Admin, cast: Cast, config: Config, clock: MovableClock, keys: Keys
) -> None:
    """The commit was cut while it waited for the standby: it can be seen here, and a failover would lose it."""
    payment_id = await prepare_own(bank, cast.arta)
    async with another_process(config, clock, keys) as other, ghost_standby(admin):
        with pytest.raises(OutcomePending):
            await make_payment(other, cast.arta.id, payment_id, 1, ACTOR)
        await let_go(admin)
        assert await admin.fetchval("SELECT state FROM payment WHERE id = $1", payment_id) == "posted"
        page = await arta.get(f"/payments/{payment_id}")
        assert is_being_verified(page)
    assert (await until_told(arta, page.path)).title.startswith("Transfer made")
