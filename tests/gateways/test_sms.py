"""SMS over HTTP: a message reaches the provider as written; a failure is told without telling what the message said."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiohttp import BasicAuth, web
from aiohttp.test_utils import TestServer, unused_port
from gateways.examples import examples

from dega.bank import Fate, Sms
from dega.clock import MovableClock
from dega.config import read
from dega.gateways.credentials import Credentials
from dega.gateways.sms import KEPT, MOST_ANSWERED, DemoPhone, sms_gateway
from dega.outbox import NotDelivered
from dega.sms_settings import Sms as Settings

MOBILE = "+355692003001"
TEXT = 'DEGA HYRJE: kodi 481516, vlen 120 s. "Mos" ia jepni & askujt + asgje \\ 100%'
SMS = Sms("77c4.0", MOBILE, TEXT)
CREDENTIALS = Credentials(sms_user="de/ga&co", sms_password='p&q="r" s+t', sms_api_key="k/e+y==")
SOON = 0.3
"""Seconds after which a provider that hangs is given up here."""


@dataclass
class Provider:
    """Takes messages over HTTP, or answers with another status, late, or from somewhere else."""

    url: str = ""
    status: int = 202
    says: str = "0: Accepted for delivery"
    late_seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        self.told.append(dict(request.query))
        self.bodies.append(await request.text())
        await asyncio.sleep(self.late_seconds)
        return web.Response(status=self.status, headers=self.headers, text=self.says)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.answer)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("/cgi-bin/sendsms"))
        yield provider


def to(url: str, **http: object) -> Settings:
    """Kannel as config.toml has it, at another address."""
    sms = read(environment={}).sms
    _, _, query = sms.http.url.partition("?")
    return replace(sms, timeout_seconds=1, http=replace(sms.http, url=f"{url}?{query}", **http))


def report_url(sms: str) -> str:
    return f"https://dega.example/gateway/sms/report?id={sms}&token=5f"


async def send(settings: Settings, sms: Sms = SMS) -> str:
    async with sms_gateway(settings, CREDENTIALS, report_url) as gateway:
        return await gateway.send(sms)


async def test_kannel_gets_the_message_as_it_was_written(provider: Provider) -> None:
    await send(to(provider.url))
    assert provider.told == [
        {
            "username": "de/ga&co",
            "password": CREDENTIALS.sms_password,
            "from": "DEGA",
            "to": MOBILE,
            "text": TEXT,
            "charset": "UTF-8",
            "coding": "0",
            "dlr-mask": "19",
            "dlr-url": report_url("77c4.0") + "&status=%d",
        }
    ]


async def test_infobip_gets_json_and_its_key(provider: Provider) -> None:
    provider.status, provider.says = 200, '{"messages":[{"status":{"groupId":1,"groupName":"PENDING"}}]}'
    await send(examples(provider.url)["Infobip"])
    (message,) = json.loads(provider.bodies[0])["messages"]
    assert message["text"] == TEXT
    assert message["destinations"] == [{"to": "355692003001", "messageId": "77c4.0"}]
    assert message["notifyUrl"] == report_url("77c4.0")
    assert provider.asked[0].headers["Authorization"] == "App k/e+y=="


async def test_twilio_gets_a_form_with_user_and_password_and_says_what_it_calls_the_message(provider: Provider) -> None:
    provider.status, provider.says = 201, json.dumps({"sid": "SM" + "0a" * 16, "status": "queued"})
    assert await send(examples(provider.url)["Twilio"]) == "SM" + "0a" * 16
    form = dict(await provider.asked[0].post())
    assert form == {"To": MOBILE, "From": "DEGA", "Body": TEXT, "StatusCallback": report_url("77c4.0")}
    login = BasicAuth.decode(provider.asked[0].headers["Authorization"])
    assert (login.login, login.password) == (CREDENTIALS.sms_user, CREDENTIALS.sms_password)


async def test_vonage_says_no_with_a_good_status_and_is_understood(provider: Provider) -> None:
    provider.status, settings = 200, examples(provider.url)["Vonage"]
    provider.says = '{"message-count":"1","messages":[{"to":"355","message-id":"0A00-1","status":"0"}]}'
    assert await send(settings) == "0A00-1"
    assert json.loads(provider.bodies[0])["api_secret"] == CREDENTIALS.sms_password
    provider.says = '{"message-count":"1","messages":[{"status":"9","error-text":"quota for 355692003001"}]}'
    with pytest.raises(NotDelivered, match="isn't a yes") as failure:
        await send(settings)
    assert "355692003001" not in told_of(failure.value)


@pytest.mark.parametrize("name", ["", "x" * 65, "<script>", "+355692003001 481516"])
async def test_what_the_provider_calls_it_is_kept_only_if_it_is_a_plain_name(provider: Provider, name: str) -> None:
    provider.says = f"id={name};"
    assert await send(to(provider.url, answer="id=(?P<id>.*);")) == ""


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
        await send(replace(to(provider.url), timeout_seconds=SOON))
    with pytest.raises(NotDelivered, match="doesn't answer"):
        await send(to(f"http://127.0.0.1:{unused_port()}/"))


async def test_an_endless_answer_is_read_only_so_far(provider: Provider) -> None:
    provider.says = "x" * (4 * MOST_ANSWERED) + "id=7;"
    with pytest.raises(NotDelivered, match="isn't a yes"):
        await send(to(provider.url, answer="id=(?P<id>.*);"))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n"
RUDE = {
    "closes at once": (b"", True),
    "hangs": (b"", False),
    "answers half a head": (b"HTTP/1.1 20", False),
    "closes in its head": (HEAD[:20], True),
    "closes in its body": (HEAD + b"id=7", True),
    "hangs in its body": (HEAD + b"id=", False),
    "speaks garbage": (b"\x00\xff\x16\x03\x01 what is 481516?\r\n\r\n", True),
    "has a head without end": (b"HTTP/1.1 200 OK\r\n" + b"X-A: 481516\r\n" * 5000, True),
}


@pytest.mark.parametrize(("says", "closes"), RUDE.values(), ids=RUDE)
async def test_a_rude_provider_has_not_delivered_and_nothing_is_told_of_the_message(
    says: bytes, closes: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with rude(says, closes) as url:
        with pytest.raises(NotDelivered) as failure:
            await send(replace(to(url, answer="id="), timeout_seconds=SOON))
    written = told_of(failure.value) + caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for secret in ("481516", "692003001", "p&q", "p%26q", "k/e"):
        assert secret not in written


class rude:  # reads as what it is
    """A server that reads a request, says something, and closes or not."""

    def __init__(self, says: bytes, closes: bool) -> None:
        self._says, self._closes = says, closes
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/send"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._says)
        self._writers.append(writer)
        if self._closes:
            writer.close()

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.close()
        self._server.close()


def told_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no..host/", "https://127.0.0.1:1/"])
async def test_what_is_told_of_a_failure_holds_neither_code_nor_number(url: str) -> None:
    with pytest.raises(NotDelivered) as failure:
        await send(to(url))
    assert "481516" not in told_of(failure.value)
    assert "692003001" not in told_of(failure.value)


async def test_the_log_says_that_one_was_due_and_not_what_it_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await send(replace(to("http://127.0.0.1:1/"), gateway="log"))
    (record,) = caplog.records
    assert record.getMessage() == "an SMS was due"
    assert "481516" not in str(vars(record))
    assert MOBILE not in str(vars(record))


def test_a_message_shows_neither_number_nor_text_where_it_is_printed() -> None:
    assert repr(SMS) == "Sms(id='77c4.0')"
    assert "p&q" not in repr(CREDENTIALS)


async def test_the_demos_phone_shows_the_last_messages_newest_first_with_their_codes() -> None:
    phone = DemoPhone(MovableClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), stopped=True))
    told: list[tuple[str, Fate]] = []

    async def listener(sms: str, fate: Fate) -> None:
        told.append((sms, fate))

    for number in range(KEPT + 5):
        await phone.send(Sms("a", MOBILE, f"DEGA LOGIN: code {number:06d}, valid 120 s."))
    await phone.send(Sms("b", MOBILE, "DEGA: fjalekalimi juaj u ndryshua me 23.11.2026 10:00."))
    phone.listen(listener)
    await phone.send(SMS)
    codes = [message.code for message in phone.messages()]
    assert codes[:4] == ["481516", "", "000204", "000203"]
    assert len(codes) == KEPT
    assert phone.messages()[0].at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert told == [("77c4.0", "delivered")]
