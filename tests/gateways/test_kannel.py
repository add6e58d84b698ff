"""Against Kannel itself: what config.toml says of it is how it wants to be asked, and how it reports."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from access.doors import to_code
from aiohttp.test_utils import TestClient
from cast import Cast
from conftest import Phones
from gateways.kannel import IS_INSTALLED, IS_REQUIRED, Kannel
from night.eventually import eventually

from dega.access import delivery, login, otp
from dega.bank import Bank, Sms
from dega.config import read
from dega.gateways.credentials import Credentials
from dega.gateways.sms import sms_gateway
from dega.outbox import NotDelivered
from dega.sms_settings import Sms as Settings

pytestmark = pytest.mark.skipif(not IS_INSTALLED and not IS_REQUIRED, reason="Kannel isn't installed")

CREDENTIALS = Credentials(sms_user="dega", sms_password="geheim & 7+")


@pytest.fixture
async def kannel() -> AsyncIterator[Kannel]:
    async with Kannel(CREDENTIALS.sms_password) as kannel:
        yield kannel


def to(kannel: Kannel) -> Settings:
    sms = read(environment={}).sms
    return replace(sms, http=replace(sms.http, url=f"{kannel.url}?{sms.http.url.partition('?')[2]}"))


async def test_a_code_reaches_the_phone_through_kannel_and_its_report_reaches_us(
    bank: Bank, client: TestClient, cast: Cast, phones: Phones, kannel: Kannel
) -> None:
    reached_at = replace(bank.config, sms=replace(bank.config.sms, report_base=str(client.make_url("")).rstrip("/")))
    session = await to_code(bank, cast.arta.number)
    mobile, text = phones.sent[-1]
    async with sms_gateway(to(kannel), CREDENTIALS, partial(delivery.report_url, reached_at, bank.keys)) as gateway:
        await gateway.send(Sms(phones.ids[-1], mobile, text))
        await eventually(lambda: kannel.arrived == [(mobile, text)])

    async def is_there() -> bool:
        return (await otp.state(bank, login.challenge_id(session))).delivery == "delivered"

    await eventually(is_there)


@pytest.mark.parametrize("text", ["a&b=c #7 100% +1", 'kodi "1" @ £ § ü'])
async def test_a_text_arrives_as_it_was_written(kannel: Kannel, text: str) -> None:
    async with sms_gateway(to(kannel), CREDENTIALS, lambda sms: "http://127.0.0.1:9/") as gateway:
        await gateway.send(Sms("77c4.0", "+355692003001", text))
    await eventually(lambda: len(kannel.arrived) == 1)
    assert kannel.arrived[0][1] == text


async def test_a_wrong_password_is_not_delivered(kannel: Kannel) -> None:
    wrong = replace(CREDENTIALS, sms_password="other")
    async with sms_gateway(to(kannel), wrong, lambda sms: "http://127.0.0.1:9/") as gateway:
        with pytest.raises(NotDelivered, match="the provider answered 403"):
            await gateway.send(Sms("77c4.0", "+355692003001", "kodi 481516"))
    assert kannel.arrived == []
