"""Passkeys, page by page: the login page is the same for everyone, a payment is signed and its signature kept."""

import asyncio
import json
import re
from uuid import UUID

import pytest
from access.device import Device, asked
from access.enrolling import enrol
from browser_session import Browser, Page
from cast import PASSWORD, Admin, Cast, balance
from conftest import Phones

from dega.access import passkeys
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.ids import parse_reference
from dega.payments.payment import digest_of, find_payment

UNKNOWN = "987654321"


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Device:
    """Arta's telephone; a test may say how far its count moves at each use."""
    return Device(step=getattr(request, "param", 1))


async def to_login_code(browser: Browser, number: str, password: str = PASSWORD) -> Page:
    """Number and password: to the page of the code."""
    await browser.get("/")
    await browser.post("/", customer_number=number)
    return await browser.post("/login/password", password=password)


@pytest.fixture
async def arta(bank: Bank, browser: Browser, cast: Cast, phones: Phones, device: Device) -> Browser:
    """Arta's browser, logged in with her passkey, in English."""
    await enrol(bank, phones, cast.arta.number, device)
    phones.sent.clear()
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    page = await to_login_code(browser, cast.arta.number)
    await browser.post("/login/passkey", passkey=device.get(asked(page)))
    return browser


async def to_signing(browser: Browser, cast: Cast, amount: str = "1250,00") -> Page:
    """Fill in the form, confirm the check page: to the page that asks for the signature."""
    await browser.get("/payments/in-bank")
    check = await browser.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban=cast.besnik.lek.iban, amount=amount
    )
    assert "Next your passkey signs this amount" in check.text
    return await browser.post(check.path)


def signing_path(page: Page) -> str:
    return page.path.removesuffix("/code") + "/passkey"


async def test_a_login_by_passkey_ends_on_the_accounts(arta: Browser, phones: Phones) -> None:
    assert arta.page.path == "/accounts"
    assert "Arta Kola" in arta.page.text
    assert phones.sent == []


@pytest.mark.requirement("R15", "R20")
async def test_the_page_of_the_code_is_the_same_for_everyone_but_for_what_is_random(
    bank: Bank, browser: Browser, cast: Cast, phones: Phones, device: Device
) -> None:
    await enrol(bank, phones, cast.arta.number, device)
    pages = []
    for number, password in (
        (cast.arta.number, PASSWORD), (cast.besnik.number, PASSWORD), (cast.genti.number, "Wrong12345"),
        (cast.elira.number, PASSWORD), (UNKNOWN, PASSWORD),
    ):  # fmt: skip
        page = await to_login_code(browser, number, password)
        wrong = await browser.post("/login/passkey", passkey='{"rawId":"AAAA"}')
        pages.append([_without_chance(each) for each in (page, wrong)])
    assert all(each == pages[0] for each in pages)


def _without_chance(page: Page) -> tuple[int, str]:
    html = re.sub(r'name="form_token" value="[0-9a-f]+"', "", page.html)
    html = re.sub(r"(challenge&#34;:&#34;)[\w-]{43}", r"\1", html)
    html = re.sub(r"<span data-seconds=\"\d+\">\d+</span>", "", html)
    return page.status, re.sub(r"\d\d\.\d\d\.\d{4} \d\d:\d\d", "", html)


async def test_a_payment_is_signed_without_an_sms_and_its_proof_is_kept(
    bank: Bank, arta: Browser, cast: Cast, phones: Phones, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    assert "1 250,00 ALL" in page.text
    assert 'name="code"' not in page.html
    receipt = await arta.post(signing_path(page), passkey=device.get(asked(page)))
    assert "Balance after 98 750,00 ALL" in receipt.text
    assert phones.sent == []
    assert await balance(admin, cast.besnik.lek) == 10_125_000
    payment = await find_payment(bank, cast.arta.id, UUID(receipt.path.rpartition("/")[2]))
    digest = digest_of(payment)
    assert payment.made is not None
    async with bank.database.connection() as connection:
        evidence = await passkeys.evidence_of(connection, parse_reference(payment.made.reference))
    assert evidence is not None
    assert passkeys.still_proves(evidence, digest)
    assert not passkeys.still_proves(evidence, bytes(32))
    assert (evidence.customer_id, evidence.credential_id) == (cast.arta.id, device.keys[0].id)


async def test_evidence_can_not_be_changed_and_fits_no_other_payment(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    await arta.post(signing_path(page), passkey=device.get(asked(page)))
    for change in ("UPDATE passkey_evidence SET digest = digest", "DELETE FROM passkey_evidence"):
        with pytest.raises(Exception, match="append-only"):
            await admin.execute(change)
    columns = "payment_id, customer_id, signed_at, nonce, relying_party, origin, credential_id, public_key, signature"
    with pytest.raises(Exception, match="what_was_signed_is_this_payment"):
        await admin.execute(
            f"INSERT INTO passkey_evidence (challenge_id, digest, authenticator_data, client_data, {columns})"
            f" SELECT (SELECT id FROM challenge WHERE purpose = 'login' LIMIT 1), sha256('other'), authenticator_data,"
            f" client_data, {columns} FROM passkey_evidence"
        )


async def test_a_signature_for_one_payment_makes_no_other(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    small, large = await to_signing(arta, cast, "10,00"), await to_signing(arta, cast, "5000,00")
    refused = await arta.post(signing_path(large), passkey=device.get(asked(small)))
    assert "is blocked: 2" in refused.text
    assert await balance(admin, cast.besnik.lek) == 10_000_000
    assert await admin.fetchval("SELECT count(*) FROM passkey_evidence") == 0


async def test_a_payment_that_was_changed_needs_a_signature_of_its_own(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast, "10,00")
    answer = device.get(asked(page))
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("UPDATE payment SET amount_minor = 500000")
    refused = await arta.post(signing_path(page), passkey=answer)
    assert "is blocked: 2" in refused.text
    assert await balance(admin, cast.besnik.lek) == 10_000_000


async def test_a_login_signature_pays_nothing_and_a_payment_signature_logs_nobody_in(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    first = await to_signing(arta, cast)
    payment = device.get(asked(first))
    await arta.post("/logout")
    login_page = await to_login_code(arta, cast.arta.number)
    assert (await arta.post("/login/passkey", passkey=payment)).status == 422
    entered = device.get(asked(login_page))
    assert (await arta.post("/login/passkey", passkey=entered)).path == "/accounts"
    await arta.get(first.path)
    assert "is blocked: 2" in (await arta.post(signing_path(first), passkey=entered)).text
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE kind = 'in-bank'") == 0


async def test_somebody_elses_device_pays_nothing(
    bank: Bank, arta: Browser, cast: Cast, phones: Phones, admin: Admin
) -> None:
    gentis = Device()
    await enrol(bank, phones, cast.genti.number, gentis)
    page = await to_signing(arta, cast)
    assert "is blocked: 2" in (await arta.post(signing_path(page), passkey=gentis.get(asked(page)))).text
    assert await balance(admin, cast.besnik.lek) == 10_000_000


@pytest.mark.parametrize("device", [1, 0], ids=["counting", "not counting"], indirect=True)
async def test_twenty_posts_of_one_signature_make_one_payment_and_one_proof(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    token = page.html.split('name="form_token" value="')[1].split('"')[0]
    answer = device.get(asked(page))
    pages = await asyncio.gather(*(arta.post(signing_path(page), token=token, passkey=answer) for _ in range(20)))
    assert page.path.removesuffix("/code") in {each.path for each in pages}
    assert {each.status for each in pages} <= {200, 422}
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await admin.fetchval("SELECT count(*) FROM passkey_evidence") == 1
    assert await admin.fetchval("SELECT failures FROM lockout WHERE customer_id = $1", cast.arta.id) == 0


@pytest.mark.refusal("passkey_wrong", "blocked_for_now")
async def test_wrong_signatures_are_counted_down_and_end_in_a_block(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    device.origin = "http://evil.example"
    for left in (2, 1):
        again = await arta.post(signing_path(page), passkey=device.get(asked(page)))
        assert f"is blocked: {left}" in again.text
    assert (await arta.post(signing_path(page), passkey=device.get(asked(page)))).status == 403
    blocked = "SELECT bool_or(blocked_at IS NOT NULL) FROM lockout WHERE customer_id = $1"
    assert await admin.fetchval(blocked, cast.arta.id) is True


async def test_a_page_that_refuses_a_signature_is_loaded_anew_from_an_address_that_opens(
    arta: Browser, cast: Cast
) -> None:
    page = await to_signing(arta, cast)
    refused = await arta.post(signing_path(page), passkey="")
    (here,) = re.findall(r'name="dega-here" content="([^"]+)"', refused.html)
    assert (await arta.get(here)).path == here == page.path


@pytest.mark.refusal("passkey_spent", "passkey_missing")
async def test_a_signature_that_comes_too_late_can_be_given_again(
    arta: Browser, cast: Cast, device: Device, machine: TimeMachine, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    assert "signed nothing" in (await arta.post(signing_path(page), passkey="")).text
    answer = device.get(asked(page))
    await machine.wait(290)
    await arta.get(page.path)
    await machine.wait(20)
    assert "The time to sign this is over" in (await arta.post(signing_path(page), passkey=answer)).text
    again = await arta.post(page.path + "/resend")
    assert "Balance after" in (await arta.post(signing_path(page), passkey=device.get(asked(again)))).text


async def test_a_payment_that_was_refused_after_it_was_signed_is_signed_anew(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    await admin.execute("UPDATE account SET status = 'dormant' WHERE id = $1", cast.arta.lek.id)
    assert "dormant" in (await arta.post(signing_path(page), passkey=device.get(asked(page)))).text
    await admin.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.arta.lek.id)
    await arta.get(page.path.removesuffix("/code") + "/check")
    again = await arta.post(page.path.removesuffix("/code") + "/check")
    assert "Balance after" in (await arta.post(signing_path(page), passkey=device.get(asked(again)))).text
    assert await admin.fetchval("SELECT count(*) FROM passkey_evidence") == 2


async def test_a_code_is_not_looked_at_where_a_passkey_is_needed(
    arta: Browser, cast: Cast, device: Device, admin: Admin
) -> None:
    page = await to_signing(arta, cast)
    for _ in range(4):
        again = await arta.post(page.path, code="12345678", method="sms")
        assert (again.status, again.path) == (200, page.path)
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'payment.code'") == 4
    assert "Balance after" in (await arta.post(signing_path(page), passkey=device.get(asked(again)))).text


async def test_paying_by_passkey_is_not_capped_as_sms_are(arta: Browser, cast: Cast, device: Device) -> None:
    for _ in range(7):
        page = await to_signing(arta, cast, "1,00")
        assert "Balance after" in (await arta.post(signing_path(page), passkey=device.get(asked(page)))).text


async def test_somebody_elses_payment_can_not_be_signed(
    bank: Bank, arta: Browser, cast: Cast, device: Device, login: object
) -> None:
    page = await to_signing(arta, cast)
    genti = Browser(arta.client)
    await arta.get("/logout")
    await arta.post("/logout")
    await login(genti, cast.genti)  # type: ignore[operator]
    assert (await genti.post(signing_path(page), passkey=json.dumps({}))).status == 404
