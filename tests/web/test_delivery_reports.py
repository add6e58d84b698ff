"""The address where the provider says what became of an SMS: whoever asks gets the same nothing back."""

import json
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser
from cast import Admin, Cast
from conftest import Phones
from paying import prepare

from dega.access import delivery
from dega.bank import Bank
from dega.config import read
from dega.web.reports import read_fate

KANNEL = read(environment={}).sms.http
INFOBIP = replace(
    KANNEL,
    report_field="results.0.status.groupName",
    report_delivered=["DELIVERED"],
    report_undelivered=["UNDELIVERABLE", "EXPIRED"],
)
TWILIO = replace(
    KANNEL, report_field="MessageStatus", report_delivered=["delivered"], report_undelivered=["undelivered", "failed"]
)


@pytest.fixture
async def code_page(bank: Bank, browser: Browser, login: object, cast: Cast) -> str:
    """Arta at the page of a payment's code."""
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await login(browser, cast.arta)  # type: ignore[operator]
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await browser.get(f"/payments/{payment}/check")
    await browser.post(f"/payments/{payment}/check")
    return f"/payments/{payment}/code"


def address(bank: Bank, sms: str) -> str:
    url = urlsplit(delivery.report_url(bank.config, bank.keys, sms))
    return f"{url.path}?{url.query}"


async def test_the_code_page_says_where_the_sms_is(
    bank: Bank, browser: Browser, client: TestClient, phones: Phones, code_page: str
) -> None:
    assert "The SMS is being sent." in (await browser.get(code_page)).text
    await delivery.settle(bank, phones.ids[-1], "handed_over")
    assert "Sent: the mobile network has the SMS." in (await browser.get(code_page)).text
    async with client.get(f"{address(bank, phones.ids[-1])}&status=8") as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    assert "Sent: the mobile network has the SMS." in (await browser.get(code_page)).text
    async with client.get(f"{address(bank, phones.ids[-1])}&status=1") as answer:
        assert answer.status == 204
    assert "The SMS has reached your phone." in (await browser.get(code_page)).text


async def test_an_sms_that_was_not_delivered_is_said_with_what_to_do(
    bank: Bank, browser: Browser, client: TestClient, phones: Phones, code_page: str
) -> None:
    async with client.post(address(bank, phones.ids[-1]), data={"status": "2"}) as answer:
        assert answer.status == 204
    page = await browser.get(code_page)
    assert "Not delivered: the SMS couldn’t be brought to your phone" in page.text
    refused = await browser.post(code_page, code="12345678")
    assert (refused.status, "The code couldn’t be sent." in refused.text.replace("'", "’")) == (503, True)


async def test_strangers_and_wrong_tokens_get_the_same_answer_and_change_nothing(
    bank: Bank, browser: Browser, client: TestClient, phones: Phones, code_page: str, admin: Admin
) -> None:
    right = address(bank, phones.ids[-1])
    wrong = [right[:-1] + "x", right.partition("token=")[0], "/gateway/sms/report?id=", right.replace("id=", "id=0")]
    answers = set()
    for path in (*wrong, address(bank, "00000000-0000-4000-8000-000000000000.0")):
        for send in (client.get, client.post):
            async with send(f"{path}&status=2", headers={"Cookie": "a=b"}) as answer:
                answers.add((answer.status, await answer.read(), "Set-Cookie" in answer.headers))
    assert answers == {(204, b"", False)}
    assert "The SMS is being sent." in (await browser.get(code_page)).text


async def test_a_report_larger_than_any_report_is_not_read(bank: Bank, client: TestClient, phones: Phones) -> None:
    async with client.post(address(bank, "notice.7"), data=b"x" * 20_000) as answer:
        assert answer.status == 413


async def test_a_report_that_can_not_be_kept_is_to_come_again(
    bank: Bank, client: TestClient, phones: Phones, code_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dega.errors import PartAway

    async def away(*_: object) -> None:
        raise PartAway()

    with monkeypatch.context() as patch:
        patch.setattr(bank.cache, "run", away)
        async with client.get(f"{address(bank, phones.ids[-1])}&status=1") as answer:
            assert answer.status == 503


INFOBIP_SAYS = {"results": [{"messageId": "x.0", "status": {"groupId": 3, "groupName": "DELIVERED"}}]}


@pytest.mark.parametrize(
    ("http", "query", "body", "fate"),
    [
        (KANNEL, {"status": "1"}, b"", "delivered"),
        (KANNEL, {"status": "16"}, b"", "undelivered"),
        (KANNEL, {"status": "8"}, b"", None),
        (KANNEL, {}, b"", None),
        (INFOBIP, {}, json.dumps(INFOBIP_SAYS).encode(), "delivered"),
        (INFOBIP, {}, json.dumps(INFOBIP_SAYS).replace("DELIVERED", "EXPIRED").encode(), "undelivered"),
        (INFOBIP, {}, b'{"results": []}', None),
        (INFOBIP, {}, b'{"results": {"0": 1}}', None),
        (INFOBIP, {}, b"[" * 5000, None),
        (TWILIO, {}, b"MessageSid=SM1&MessageStatus=delivered", "delivered"),
        (TWILIO, {}, b"MessageSid=SM1&MessageStatus=sent", None),
        (TWILIO, {}, b"\xff\xfe", None),
    ],
)
def test_every_provider_says_it_in_its_own_words(http, query: dict[str, str], body: bytes, fate: str | None) -> None:
    assert read_fate(http, query, body) == fate
