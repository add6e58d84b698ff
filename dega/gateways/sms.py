"""SMS: one-time codes and notices. Texts may carry a code, so no log and no error ever holds one."""

import logging
import re
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from yarl import URL

from dega import sms_settings
from dega.bank import Sms
from dega.clock import Clock
from dega.config import ConfigError
from dega.gateways import Listener, SmsGateway
from dega.gateways.credentials import Credentials
from dega.ids import mask_phone
from dega.outbox import NotDelivered
from dega.sms_settings import Sms as Settings

log = logging.getLogger(__name__)

KEPT = 200
"""How many messages the demo's phone remembers."""

MOST_ANSWERED = 8192
"""How many bytes of a provider's answer are looked at."""

_CODE = re.compile(r"\b(?:kodi|code) ([0-9]+)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")

ReportUrl = Callable[[str], str]
"""Where the provider tells what became of the message of an id."""


@asynccontextmanager
async def sms_gateway(settings: Settings, credentials: Credentials, report_url: ReportUrl) -> AsyncIterator[SmsGateway]:
    """The gateway of the configuration, for as long as the block runs."""
    if settings.gateway == "log":
        yield LogSms()
    elif settings.gateway == "smpp":
        async with _smpp(settings, credentials) as smpp:
            yield smpp
    else:
        timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
        # A provider's cookies and compressed answers are none of our business.
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session:
            yield HttpSms(settings, credentials, session, report_url)


def _smpp(settings: Settings, credentials: Credentials) -> AbstractAsyncContextManager[SmsGateway]:
    """Imported here, since most banks do without. Raises ConfigError where what it needs isn't installed."""
    try:
        from dega.gateways.smpp import smpp_sms
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("aiosmpplib"):
            raise
        raise ConfigError(['sms.gateway = "smpp": aiosmpplib is missing; install dega[smpp]']) from error
    return smpp_sms(settings, credentials)


class HttpSms:
    """A provider that is asked over HTTP, as the templates of `[sms.http]` say."""

    def __init__(
        self, settings: Settings, credentials: Credentials, session: aiohttp.ClientSession, report_url: ReportUrl
    ) -> None:
        self._http = settings.http
        self._session = session
        self._report_url = report_url
        self._answer = re.compile(settings.http.answer) if settings.http.answer else None
        basic = f"{credentials.sms_user}:{credentials.sms_password}".encode()
        self._same = {
            "from": settings.sender,
            "user": credentials.sms_user,
            "password": credentials.sms_password,
            "api_key": credentials.sms_api_key,
            "basic": b64encode(basic).decode(),
        }

    async def send(self, sms: Sms) -> str:
        """Hand it over. Raises NotDelivered, also where the answer didn't come whole, in time, or is no yes."""
        http = self._http
        values = {
            **self._same,
            "to": sms.mobile,
            "to_digits": sms.mobile.removeprefix("+"),
            "text": sms.text,
            "id": sms.id,
            "report_url": self._report_url(sms.id),
        }
        try:
            url = URL(sms_settings.fill(http.url, values, "query"), encoded=True)
            headers = {name: sms_settings.fill(text, values, "header") for name, text in http.headers.items()}
            body = sms_settings.fill(http.body, values, http.body_escape) if http.body_escape else None
            async with self._session.request(
                http.method,
                url,
                headers={"Accept-Encoding": "identity", **headers},
                data=body.encode() if body else None,
                allow_redirects=False,
            ) as answer:
                status, said = answer.status, await self._said(answer)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # Not `from error`: what the client says of a failure may hold the address, and with it the text.
            raise NotDelivered(f"the provider doesn't answer: {type(error).__name__}") from None
        if status not in http.accepted:
            raise NotDelivered(f"the provider answered {status}")
        return self._name_in(said)

    def listen(self, listener: Listener) -> None:
        """Its reports come to the web's address for them."""

    async def _said(self, answer: aiohttp.ClientResponse) -> str:
        if self._answer is None:
            return ""
        said = bytearray()
        async for part in answer.content.iter_any():
            said += part
            if len(said) > MOST_ANSWERED:
                break
        return bytes(said[:MOST_ANSWERED]).decode(errors="replace")

    def _name_in(self, said: str) -> str:
        """What the provider calls it. Raises NotDelivered where its answer, with a good status, isn't a yes."""
        if self._answer is None:
            return ""
        found = self._answer.search(said)
        if found is None:
            raise NotDelivered("the provider's answer isn't a yes")
        name = found.groupdict().get("id") or ""
        return name if _PLAIN_NAME.fullmatch(name) else ""


class LogSms:
    """Sends nothing; the log says that one was due, not what it said."""

    async def send(self, sms: Sms) -> str:
        """Log it."""
        extra = {"sms": sms.id, "mobile": mask_phone(sms.mobile), "characters": len(sms.text)}
        log.info("an SMS was due", extra=extra)
        return ""

    def listen(self, listener: Listener) -> None:
        """There is nothing to hear."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on the demo's phone; `at` in UTC, `code` the one-time code in it or nothing."""

    to: str
    text: str
    at: datetime
    code: str


class DemoPhone:
    """Every phone of the demo in one: its messages are shown on the demo's page."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listener: Listener | None = None
        self._messages: deque[Arrived] = deque(maxlen=KEPT)

    async def send(self, sms: Sms) -> str:
        """Keep it for the page."""
        code = _CODE.search(sms.text)
        self._messages.appendleft(Arrived(sms.mobile, sms.text, self._clock.now(), code[1] if code else ""))
        if self._listener is not None:
            # A phone of one's own has it at once.
            await self._listener(sms.id, "delivered")
        return ""

    def listen(self, listener: Listener) -> None:
        """Tell that it arrived."""
        self._listener = listener

    def messages(self) -> list[Arrived]:
        """The last messages, newest first."""
        return list(self._messages)
