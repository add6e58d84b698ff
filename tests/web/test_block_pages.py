"""Blocking one's own access by number and password alone, or from inside; strangers learn nothing by it."""

import pytest
from browser_session import Browser
from cast import PASSWORD, Admin, Cast
from conftest import Phones


@pytest.mark.requirement("R26")
async def test_number_and_password_block_the_access_and_nothing_unblocks_it(
    browser: Browser, login: object, admin: Admin, cast: Cast
) -> None:
    await browser.get("/block")
    done = await browser.post("/block", customer_number=cast.arta.number, password=PASSWORD)
    assert done.path == "/block/done"
    assert "+355 4 2266 288" in done.text
    assert await admin.fetchval("SELECT barred_by FROM bar WHERE customer_id = $1", cast.arta.id) == "customer"
    await browser.get("/")
    await browser.post("/", customer_number=cast.arta.number)
    await browser.post("/login/password", password=PASSWORD)
    refused = await browser.post("/login/code", code="123456")
    assert (refused.status, "ose hyrja është e bllokuar" in refused.text) == (422, True)


@pytest.mark.requirement("R26")
async def test_a_wrong_password_answers_the_same_and_blocks_nobody(browser: Browser, admin: Admin, cast: Cast) -> None:
    await browser.get("/block")
    right = await browser.post("/block", customer_number=cast.genti.number, password=PASSWORD)
    await browser.get("/block")
    wrong = await browser.post("/block", customer_number=cast.besnik.number, password="Gabim12345")
    await browser.get("/block")
    unknown = await browser.post("/block", customer_number="987654321", password="Gabim12345")
    assert right.html == wrong.html == unknown.html
    assert await admin.fetch("SELECT customer_id FROM bar WHERE barred_by = 'customer'") == [(cast.genti.id,)]


@pytest.mark.requirement("R27")
async def test_from_inside_the_session_ends_with_it(
    browser: Browser, login: object, admin: Admin, cast: Cast, phones: Phones
) -> None:
    await login(browser, cast.arta)  # type: ignore[operator]
    await browser.get("/security/block")
    done = await browser.post("/security/block")
    assert done.path.startswith("/block/done")
    assert "Hyrja juaj është e bllokuar" in done.html
    assert "Nëse të dhënat" not in done.html
    assert (await browser.get("/accounts")).path.startswith("/")
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE template = 'access_blocked'") >= 1


async def test_a_form_without_its_data_comes_back(browser: Browser) -> None:
    await browser.get("/block")
    assert (await browser.post("/block", customer_number="", password="")).status == 422
    page = await browser.post("/block", customer_number="123456789", password="")
    assert page.status == 422
    assert 'value="123456789"' in page.html
