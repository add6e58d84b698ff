"""SMS: one-time codes and notices. Texts may carry a code, so no log and no error ever holds one."""

import logging
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from dega.clock import Clock
from dega.config import Sms as Settings
from dega.gateways import SmsGateway
from dega.ids import mask_phone
from dega.outbox import NotDelivered

log = logging.getLogger(__name__)

KEPT = 200
"""How many messages the demo's phone remembers."""

_CODE = re.compile(r"\b(?:kodi|code) ([0-9]+)", re.IGNORECASE)


@asynccontextmanager
async def sms_gateway(settings: Settings) -> AsyncIterator[SmsGateway]:
    """The gateway of the configuration, for as long as the block runs."""
    if settings.gateway == "log":
        yield LogSms()
        return
    timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
    # A provider's cookies and compressed answers are none of our business: only the status of its answer is read.
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        yield HttpSms(settings, session)


class HttpSms:
    """A provider that takes messages as Kannel does: GET with `from`, `to` and `text`; any 2xx means that it has it.

    Credentials are part of the address, which then comes from the environment (`DEGA__SMS__URL`).
    """

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    async def send(self, mobile: str, text: str) -> None:
        """Hand it over. Raises NotDelivered, also where the answer didn't come in time."""
        query = {"from": self._settings.sender, "to": mobile, "text": text, "charset": "UTF-8"}
        try:
            async with self._session.get(self._settings.url, params=query, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # Not `from error`: what the client says of a failure may hold the address, and with it the text.
            raise NotDelivered(f"the provider doesn't answer: {type(error).__name__}") from None
        if not 200 <= status < 300:
            raise NotDelivered(f"the provider answered {status}")


class LogSms:
    """Sends nothing; the log says that one was due, not what it said."""

    async def send(self, mobile: str, text: str) -> None:
        """Log it."""
        log.info("an SMS was due", extra={"mobile": mask_phone(mobile), "characters": len(text)})


@dataclass(frozen=True, slots=True)
class Sms:
    """A message on the demo's phone; `at` in UTC, `code` the one-time code in it or nothing."""

    to: str
    text: str
    at: datetime
    code: str


class DemoPhone:
    """Every phone of the demo in one: its messages are shown on the demo's page."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: deque[Sms] = deque(maxlen=KEPT)

    async def send(self, mobile: str, text: str) -> None:
        """Keep it for the page."""
        code = _CODE.search(text)
        self._messages.appendleft(Sms(mobile, text, self._clock.now(), code[1] if code else ""))

    def messages(self) -> list[Sms]:
        """The last messages, newest first."""
        return list(self._messages)
