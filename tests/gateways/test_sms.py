"""SMS: a message reaches the provider as written; a failure is told without telling what the message said."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from dega.clock import MovableClock
from dega.config import Sms as Settings
from dega.config import read
from dega.gateways.sms import KEPT, DemoPhone, sms_gateway
from dega.outbox import NotDelivered

MOBILE = "+355692003001"
TEXT = "DEGA HYRJE: kodi 481516, vlen 120 s. Mos ia jepni askujt & asgje + tjeter."


@dataclass
class Provider:
    """Takes messages over HTTP, or answers with another status, late, or from somewhere else."""

    url: str = ""
    status: int = 202
    late_seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        await asyncio.sleep(self.late_seconds)
        return web.Response(status=self.status, headers=self.headers, text="0: Accepted for delivery")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    app = web.Application()
    app.router.add_get("/{path:.*}", provider.answer)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("/cgi-bin/sendsms"))
        yield provider


def to(url: str, **settings: object) -> Settings:
    return replace(read(environment={}).sms, url=url, timeout_seconds=1, **settings)


async def send(settings: Settings) -> None:
    async with sms_gateway(settings) as gateway:
        await gateway.send(MOBILE, TEXT)


async def test_a_message_reaches_the_provider_as_it_was_written(provider: Provider) -> None:
    await send(to(provider.url))
    assert provider.asked == [{"from": "DEGA", "to": MOBILE, "text": TEXT, "charset": "UTF-8"}]


async def test_the_credentials_in_the_address_come_along(provider: Provider) -> None:
    await send(to(f"{provider.url}?username=dega&password=p%26q"))
    assert provider.asked[0].items() >= {"username": "dega", "password": "p&q", "to": MOBILE}.items()


@pytest.mark.parametrize("status", [301, 400, 401, 500, 503])
async def test_anything_but_a_yes_is_not_delivered(provider: Provider, status: int) -> None:
    provider.status = status
    with pytest.raises(NotDelivered, match=str(status)):
        await send(to(provider.url))


async def test_a_redirected_message_goes_nowhere_else(provider: Provider) -> None:
    provider.status, provider.headers = 307, {"Location": "/elsewhere"}
    with pytest.raises(NotDelivered):
        await send(to(provider.url))
    assert len(provider.asked) == 1


async def test_a_provider_that_is_too_slow_or_away_has_not_delivered(provider: Provider) -> None:
    provider.late_seconds = 5
    with pytest.raises(NotDelivered, match="Timeout"):
        await send(to(provider.url))
    with pytest.raises(NotDelivered, match="doesn't answer"):
        await send(to(f"http://127.0.0.1:{unused_port()}/"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no..host/", "https://127.0.0.1:1/"])
async def test_what_is_told_of_a_failure_holds_neither_code_nor_number(url: str) -> None:
    with pytest.raises(NotDelivered) as failure:
        await send(to(url))
    told = "".join(traceback.format_exception(failure.value))
    assert "481516" not in told
    assert MOBILE.removeprefix("+") not in told


async def test_the_log_says_that_one_was_due_and_not_what_it_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await send(to("http://127.0.0.1:1/", gateway="log"))
    (record,) = caplog.records
    assert record.getMessage() == "an SMS was due"
    assert "481516" not in str(vars(record))
    assert MOBILE not in str(vars(record))


async def test_the_demos_phone_shows_the_last_messages_newest_first_with_their_codes() -> None:
    phone = DemoPhone(MovableClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), stopped=True))
    for number in range(KEPT + 5):
        await phone.send(MOBILE, f"DEGA LOGIN: code {number:06d}, valid 120 s.")
    await phone.send(MOBILE, "DEGA: fjalekalimi juaj u ndryshua me 23.11.2026 10:00.")
    await phone.send(MOBILE, TEXT)
    codes = [message.code for message in phone.messages()]
    assert codes[:4] == ["481516", "", "000204", "000203"]
    assert len(codes) == KEPT
    assert phone.messages()[0].at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
