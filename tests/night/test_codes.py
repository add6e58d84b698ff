"""One-time codes on their way: the page never waits, what can't be sent is void, and nothing of it is written down."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from night.eventually import eventually

from dega.bank import Fate, Sms
from dega.night import dispatch
from dega.night.dispatch import CODES_AT_ONCE, CodeDispatch
from dega.outbox import NotDelivered

MOBILE = "+355692003001"
TEXT = "DEGA HYRJE: kodi 481516, vlen 120 s."


@dataclass
class Gateway:
    """Takes messages, refuses them, breaks, or hangs until it is let go."""

    mood: str = "fine"
    taken: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, sms: Sms) -> str:
        self.asked += 1
        match self.mood:
            case "refuses":
                raise NotDelivered("the provider answered 503")
            case "breaks":
                raise RuntimeError(f"what is {sms.text}?")
            case "hangs":
                await self.let_go.wait()
        self.taken.append((sms.mobile, sms.text))
        return "provider-7"


@dataclass
class Fates:
    """What was told of codes."""

    told: list[Fate] = field(default_factory=list)

    async def __call__(self, fate: Fate) -> None:
        self.told.append(fate)

    @property
    def void(self) -> int:
        return self.told.count("unsent")


def sms(text: str = TEXT) -> Sms:
    return Sms("77c4.0", MOBILE, text)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def codes(gateway: Gateway) -> AsyncIterator[CodeDispatch]:
    codes = CodeDispatch(gateway.send, timeout_seconds=0.2, most_waiting=50)
    yield codes
    await codes.close()


async def test_a_code_reaches_the_phone_and_stays_good(codes: CodeDispatch, gateway: Gateway) -> None:
    fates = Fates()
    codes.send(sms(), fates)
    await eventually(lambda: gateway.taken == [(MOBILE, TEXT)])
    await codes.close()
    assert fates.told == ["handed_over"]


@pytest.mark.parametrize("mood", ["refuses", "breaks", "hangs"])
async def test_a_code_that_the_gateway_did_not_take_is_void(codes: CodeDispatch, gateway: Gateway, mood: str) -> None:
    gateway.mood = mood
    fates = Fates()
    codes.send(sms(), fates)
    await eventually(lambda: fates.void == 1)
    assert (gateway.asked, gateway.taken) == (1, [])


async def test_no_page_waits_for_a_gateway_that_hangs(codes: CodeDispatch, gateway: Gateway) -> None:
    gateway.mood = "hangs"
    clock = asyncio.get_running_loop().time
    began = clock()
    for _ in range(50):
        codes.send(sms(), Fates())
    assert clock() - began < 0.1


async def test_codes_past_the_queue_are_void_at_once(codes: CodeDispatch, gateway: Gateway) -> None:
    gateway.mood = "hangs"
    waiting, past = Fates(), Fates()
    for _ in range(50):
        codes.send(sms(), waiting)
    codes.send(sms(), past)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (waiting.void, past.void) == (0, 1)


async def test_a_code_that_waited_too_long_is_not_sent_any_more(
    codes: CodeDispatch, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "CODE_PATIENCE_SECONDS", 0.1)
    gateway.mood = "hangs"
    before, late = Fates(), Fates()
    for _ in range(CODES_AT_ONCE):
        codes.send(sms(), before)
    codes.send(sms("DEGA HYRJE: kodi 999999, vlen 120 s."), late)
    await eventually(lambda: late.void == 1)
    assert gateway.asked == CODES_AT_ONCE


async def test_a_code_that_cannot_be_made_void_stops_no_other(codes: CodeDispatch, gateway: Gateway) -> None:
    async def broken(fate: Fate) -> None:
        raise ConnectionError("Valkey is away")

    gateway.mood = "refuses"
    for _ in range(CODES_AT_ONCE):
        codes.send(sms(), broken)
    await eventually(lambda: gateway.asked == CODES_AT_ONCE)
    gateway.mood = "fine"
    codes.send(sms(), Fates())
    await eventually(lambda: gateway.taken == [(MOBILE, TEXT)])


@pytest.mark.parametrize("mood", ["fine", "refuses", "breaks", "hangs"])
async def test_neither_code_nor_number_is_ever_in_the_log(
    codes: CodeDispatch, gateway: Gateway, mood: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.mood = mood
    codes.send(sms(), Fates())
    await eventually(lambda: gateway.asked == 1)
    await codes.close()
    written = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert ("was not sent" in written) == (mood != "fine")
    assert "481516" not in written
    assert MOBILE not in written


async def test_at_the_end_what_waits_is_sent_and_what_comes_later_is_void(
    codes: CodeDispatch, gateway: Gateway
) -> None:
    sent, late = Fates(), Fates()
    for _ in range(40):
        codes.send(sms(), sent)
    await codes.close()
    codes.send(sms(), late)
    await eventually(lambda: late.void == 1)
    assert (len(gateway.taken), sent.void) == (40, 0)


async def test_at_the_end_what_still_waits_for_a_gateway_that_hangs_is_void(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "CLOSING_SECONDS", 0.1)
    gateway.mood = "hangs"
    codes = CodeDispatch(gateway.send, timeout_seconds=60)
    in_flight, waiting = Fates(), Fates()
    for _ in range(CODES_AT_ONCE):
        codes.send(sms(), in_flight)
    codes.send(sms(), waiting)
    await codes.close()
    assert waiting.void == 1
