"""Paying, page by page: the form keeps what was typed, the check page shows what will happen, the receipt stays."""

import asyncio

import pytest
from browser_session import Browser, Page, last_code
from cast import Admin, Cast, balance
from conftest import Phones

from dega.cli.time_travel import TimeMachine
from dega.payments import make


async def to_code(browser: Browser, cast: Cast, amount: str = "1250,00", **more: str) -> Page:
    """Fill in the form, confirm the check page: to the page that asks for the code."""
    await browser.get("/payments/in-bank")
    check = await browser.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban=cast.besnik.lek.iban, amount=amount, **more
    )
    return await browser.post(check.path)


@pytest.fixture
async def arta(browser: Browser, login: object, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)  # type: ignore[operator]
    return browser


@pytest.mark.requirement("R37")
async def test_a_wrong_form_comes_back_with_every_sentence_and_what_was_typed(arta: Browser, cast: Cast) -> None:
    await arta.get("/payments/in-bank")
    page = await arta.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban="AL00", amount="1.234", description="Qira & ujë"
    )
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "The IBAN has 4 characters; one of this country has 28" in page.text
    assert "Do you mean 1\u00a0234,00\u00a0ALL or 1,23\u00a0ALL?" in page.html
    assert 'value="AL00"' in page.html
    assert 'value="1.234"' in page.html
    assert 'value="Qira &amp; ujë"' in page.html


@pytest.mark.requirement("R35", "R36")
async def test_a_payment_from_form_to_receipt_to_activity(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    code_page = await to_code(arta, cast, to_name="Besnik Hoxha", description="Qira")
    assert code_page.path.endswith("/code")
    receipt = await arta.post(code_page.path, code=last_code(phones))
    reference = await admin.fetchval("SELECT id FROM movement ORDER BY id DESC LIMIT 1")
    assert receipt.path == code_page.path.removesuffix("/code")
    assert f"{reference:010}" in receipt.text
    assert "Balance after 98 750,00 ALL" in receipt.text
    activity = await arta.get("/activity")
    assert "Qira" in activity.text
    assert f"{reference:010}" in activity.text
    assert "98 750,00" in (await arta.get("/accounts")).text
    assert f'href="{receipt.path}"' in (await arta.get("/payments")).html


async def test_fifty_posts_of_one_confirmation_show_one_receipt(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    code_page = await to_code(arta, cast)
    token = code_page.html.split('name="form_token" value="')[1].split('"')[0]
    code = last_code(phones)
    pages = await asyncio.gather(*(arta.post(code_page.path, token=token, code=code) for _ in range(50)))
    assert {(page.status, page.path) for page in pages} == {(200, code_page.path.removesuffix("/code"))}
    assert await balance(admin, cast.arta.lek) == 9_875_000


@pytest.mark.refusal("code_missing", "code_shape", "code_wrong", "code_spent", "user_blocked")
async def test_wrong_codes_are_counted_down_and_end_in_a_block(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones
) -> None:
    code_page = await to_code(arta, cast)
    right = last_code(phones)
    wrong = f"{(int(right) + 1) % 10**8:08}"
    assert "Write the one-time code" in (await arta.post(code_page.path, code="")).text
    assert "has 8 digits" in (await arta.post(code_page.path, code="123")).text
    assert "is blocked: 2" in (await arta.post(code_page.path, code=wrong)).text
    assert "is blocked: 1" in (await arta.post(code_page.path, code=wrong)).text
    blocked = await arta.post(code_page.path, code=wrong)
    assert blocked.status == 403
    assert "+355 4 2266 288" in blocked.text
    assert (await arta.get("/accounts")).path.startswith("/")
    assert await balance(admin, cast.arta.lek) == 10_000_000


async def test_an_expired_code_is_said_and_another_one_makes_the_payment(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones, machine: TimeMachine
) -> None:
    code_page = await to_code(arta, cast)
    for _ in range(2):
        await machine.wait(160)
        await arta.get(code_page.path)
    expired = await arta.post(code_page.path, code=last_code(phones))
    assert "has expired" in expired.text
    again = await arta.post(f"{code_page.path}/resend")
    assert again.path == code_page.path
    receipt = await arta.post(code_page.path, code=last_code(phones))
    assert "Transfer made" in receipt.text
    assert await balance(admin, cast.arta.lek) == 9_875_000


@pytest.mark.refusal("resend_too_soon")
async def test_another_code_too_soon_is_refused_with_its_seconds(arta: Browser, cast: Cast, phones: Phones) -> None:
    code_page = await to_code(arta, cast)
    page = await arta.post(f"{code_page.path}/resend")
    assert page.status == 422
    assert "can be sent in 30 seconds" in page.text
    assert len(phones.sent) == 2


async def test_a_gateway_that_refuses_is_said_on_the_page(arta: Browser, cast: Cast, phones: Phones) -> None:
    phones.reachable = False
    code_page = await to_code(arta, cast)
    await asyncio.sleep(0.05)
    assert "Not sent: the SMS service" in (await arta.get(code_page.path)).text


@pytest.mark.refusal("outcome_pending")
async def test_while_the_ledger_is_slow_the_payment_is_being_verified_and_then_there(
    arta: Browser, admin: Admin, cast: Cast, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "PATIENCE_SECONDS", 0.1)
    code_page = await to_code(arta, cast)
    await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.arta.lek.id} FOR UPDATE")
    pending = await arta.post(code_page.path, code=last_code(phones))
    assert "being verified" in pending.text
    await admin.execute("COMMIT")
    await asyncio.sleep(0.5)
    assert "Transfer made" in (await arta.get(pending.path)).text
    assert await balance(admin, cast.arta.lek) == 9_875_000


async def test_while_a_killed_process_may_have_a_commit_on_its_way_nothing_is_told_as_not_made(
    arta: Browser, admin: Admin, cast: Cast
) -> None:
    """What it left at the database holds the payment, until its COMMIT arrives or the database gives it up."""
    payment = (await to_code(arta, cast)).path.removesuffix("/code")
    await admin.execute("BEGIN; SELECT FROM payment FOR NO KEY UPDATE")
    assert "being verified" in (await arta.get(f"{payment}?pending=1")).text
    await admin.execute("ROLLBACK")
    assert "The payment was not made" in (await arta.get(f"{payment}?pending=1")).text


async def test_a_draft_is_offered_again_changed_and_cancelled(arta: Browser, cast: Cast) -> None:
    await arta.get("/payments/in-bank")
    check = await arta.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban=cast.besnik.lek.iban, amount="1250"
    )
    assert "1 250,00" in (await arta.get("/payments")).text
    form = await arta.get(f"/payments/in-bank?draft={check.path.split('/')[2]}")
    assert 'value="1\u00a0250,00"' in form.html
    await arta.get(check.path)
    cancelled = await arta.post(check.path.replace("/check", "/cancel"))
    assert "Transfer cancelled" in cancelled.text
    assert "1 250,00" not in (await arta.get("/payments")).text


async def test_a_name_that_does_not_fit_is_warned_about(arta: Browser, cast: Cast) -> None:
    await arta.get("/payments/in-bank")
    check = await arta.post(
        "/payments/in-bank",
        from_account=cast.arta.lek.iban,
        to_iban=cast.besnik.lek.iban,
        amount="1",
        to_name="Agim Gashi",
        description="<script>alert(1)</script>",
    )
    assert "Besnik H***" in check.text
    assert "&lt;script&gt;" in check.html
    assert "<script>alert" not in check.html


async def test_an_address_that_names_no_payment_is_not_found(arta: Browser) -> None:
    for path in ("/payments/nonsense", "/payments/nonsense/check", "/payments/in-bank?draft=nonsense"):
        assert (await arta.get(path)).status == 404


async def test_a_changed_draft_takes_the_place_of_the_old_one(arta: Browser, admin: Admin, cast: Cast) -> None:
    await arta.get("/payments/in-bank")
    fields = {"from_account": cast.arta.lek.iban, "to_iban": cast.besnik.lek.iban}
    check = await arta.post("/payments/in-bank", amount="777", **fields)
    old = check.path.split("/")[2]
    form = await arta.get(f"/payments/in-bank?draft={old}")
    assert f'name="draft" value="{old}"' in form.html
    await arta.post("/payments/in-bank", amount="77", draft=old, **fields)
    drafts = (await arta.get("/payments")).text
    assert "77,00" in drafts
    assert "777,00" not in drafts
    assert await admin.fetchval("SELECT state FROM payment WHERE id = $1::text::uuid", old) == "cancelled"


async def test_the_form_between_own_accounts_begins_with_a_pair_that_can_be_used(arta: Browser, cast: Cast) -> None:
    form = (await arta.get("/payments/own")).html
    assert form.count(f'value="{cast.arta.lek.iban}" selected') == 1
    assert form.count(f'value="{cast.arta.second.iban}" selected') == 1
