"""SMS over SMPP: taken by an SMSC that is there, or refused at once; its receipts are told; it is found again."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from gateways.fake_smsc import DELIVER, ENQUIRE, RESPONSE, SUBMIT, UNBIND, Smsc
from hypothesis import given
from hypothesis import strategies as st
from night.eventually import eventually

from dega.bank import Fate, Sms
from dega.config import ConfigError, read
from dega.gateways import SmsGateway
from dega.gateways.credentials import Credentials
from dega.gateways.smpp import SmppSms
from dega.gateways.smpp_parts import parts
from dega.gateways.sms import sms_gateway
from dega.outbox import NotDelivered
from dega.sms_settings import Sms as Settings

MOBILE = "+355692003001"
TEXT = "DEGA HYRJE: kodi 481516, vlen 120 s. Mos ia jepni askujt."
SMS = Sms("77c4.0", MOBILE, TEXT)
CREDENTIALS = Credentials(sms_user="dega", sms_password="geheim7")


def settings(port: int, timeout_seconds: float = 1, **smpp: float) -> Settings:
    sms = read(environment={}).sms
    smpp = {"retry_seconds": 0.1, **smpp}
    return replace(sms, gateway="smpp", timeout_seconds=timeout_seconds, smpp=replace(sms.smpp, port=port, **smpp))


def connected(smsc: Smsc, **soon: float) -> AbstractAsyncContextManager[SmsGateway]:
    return sms_gateway(settings(smsc.port, **soon), CREDENTIALS, lambda sms: "")


async def bound(gateway: SmsGateway) -> SmppSms:
    assert isinstance(gateway, SmppSms)
    await eventually(lambda: gateway.is_bound)
    return gateway


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc() as smsc:
        yield smsc


@pytest.fixture
async def gateway(smsc: Smsc) -> AsyncIterator[SmppSms]:
    async with connected(smsc) as gateway:
        yield await bound(gateway)


class Told:
    """Who is told what became of messages."""

    def __init__(self, gateway: SmppSms) -> None:
        self.told: list[tuple[str, Fate]] = []
        gateway.listen(self._listen)

    async def _listen(self, sms: str, fate: Fate) -> None:
        self.told.append((sms, fate))


async def test_a_message_is_handed_over_with_a_wish_for_a_receipt(smsc: Smsc, gateway: SmppSms) -> None:
    assert await gateway.send(SMS) == "000000A0"
    (submitted,) = smsc.submitted
    assert (submitted.source, submitted.destination) == ("5/0 DEGA", "1/1 355692003001")
    assert (submitted.coding, submitted.esm_class, submitted.registered) == (0, 0, 1)
    assert submitted.text == TEXT
    assert smsc.binds == [("dega", "geheim7")]


async def test_what_is_not_in_gsm_7_travels_as_ucs_2(smsc: Smsc, gateway: SmppSms) -> None:
    await gateway.send(replace(SMS, text="Kodi për hyrje: 481516"))
    (submitted,) = smsc.submitted
    assert (submitted.coding, submitted.text) == (8, "Kodi për hyrje: 481516")


async def test_a_long_message_goes_in_parts_that_belong_together(smsc: Smsc, gateway: SmppSms) -> None:
    text = "Banka ju njofton. " * 20
    await gateway.send(replace(SMS, text=text))
    assert "".join(part.text for part in smsc.submitted) == text
    heads = [part.octets[:6] for part in smsc.submitted]
    assert [head[:3] + head[4:] for head in heads] == [bytes([5, 0, 3, 3, number]) for number in (1, 2, 3)]
    assert len({head[3] for head in heads}) == 1
    assert {part.esm_class for part in smsc.submitted} == {0x40}


@given(st.text(min_size=1, max_size=500))
def test_no_part_is_too_long_and_no_character_is_cut(text: str) -> None:
    text = text.encode("utf-16", "ignore").decode("utf-16")
    cut = parts(text or "a", 7)
    for part in cut:
        header = 6 if part.is_one_of_many else 0
        limit = (153 if header else 160) if part.encoding == "gsm0338" else (134 if header else 140)
        assert len(part.octets) - header <= limit
    if cut[0].encoding == "ucs2":
        joined = b"".join(part.octets[6:] if part.is_one_of_many else part.octets for part in cut)
        assert joined.decode("utf-16-be") == text


@pytest.mark.parametrize("name", ["000000A0", "A0", "160", "0000000160"])
async def test_a_receipt_is_told_however_the_smsc_writes_its_name(smsc: Smsc, gateway: SmppSms, name: str) -> None:
    told = Told(gateway)
    await gateway.send(SMS)
    smsc.report("FFFF", "DELIVRD")
    smsc.report(name, "ENROUTE")
    smsc.report(name, "DELIVRD")
    await eventually(lambda: told.told == [("77c4.0", "delivered")])
    await eventually(lambda: smsc.acknowledged == [(DELIVER | RESPONSE, 0)] * 3)


@pytest.mark.parametrize("stage", ["UNDELIV", "EXPIRED", "REJECTD", "DELETED"])
async def test_what_will_not_arrive_is_told(smsc: Smsc, gateway: SmppSms, stage: str) -> None:
    told = Told(gateway)
    await gateway.send(SMS)
    smsc.report(smsc.names[0], stage)
    await eventually(lambda: told.told == [("77c4.0", "undelivered")])


async def test_a_message_in_parts_is_there_when_its_last_part_is(smsc: Smsc, gateway: SmppSms) -> None:
    told = Told(gateway)
    await gateway.send(replace(SMS, text="x" * 300))
    await gateway.send(replace(SMS, id="88d5.0", text="y" * 300))
    smsc.report(smsc.names[1], "DELIVRD")
    smsc.report(smsc.names[2], "UNDELIV")
    await eventually(lambda: told.told == [("88d5.0", "undelivered")])
    smsc.report(smsc.names[3], "DELIVRD")
    smsc.report(smsc.names[0], "DELIVRD")
    await eventually(lambda: told.told == [("88d5.0", "undelivered"), ("77c4.0", "delivered")])


ODD = {
    "a person's message": (b"id:000000A0 stat:DELIVRD", 0),
    "a receipt without a name": (b"stat:DELIVRD", 4),
    "a receipt without a stage": (b"id:000000A0", 4),
    "a date nobody knows": (b"id:000000A0 done date:77 err:abc", 4),
    "nothing": (b"", 4),
    "octets": (bytes(range(128, 256)), 4),
}


@pytest.mark.parametrize(("octets", "kind"), ODD.values(), ids=ODD)
async def test_whatever_else_an_smsc_delivers_is_taken_and_forgotten(
    smsc: Smsc, gateway: SmppSms, octets: bytes, kind: int
) -> None:
    told = Told(gateway)
    await gateway.send(SMS)
    smsc.deliver(octets, kind)
    smsc.report(smsc.names[0], "DELIVRD")
    await eventually(lambda: told.told == [("77c4.0", "delivered")])
    assert len(smsc.acknowledged) == 2


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("refuses", "refuses: 0x0000000b"),
        ("nacks", "refuses: 0x00000008"),
        ("hangs on messages", "in time"),
        ("answers half", "in time"),
        ("drops", "can't be told: Broken"),
    ],
)
async def test_a_message_that_was_not_surely_taken_is_not_delivered_and_nothing_is_told_of_it(
    smsc: Smsc, mood: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with connected(smsc, timeout_seconds=0.3) as gateway:
        await bound(gateway)
        smsc.mood = mood
        with pytest.raises(NotDelivered, match=why) as failure:
            await gateway.send(SMS)
    written = str(failure.value) + caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for secret in ("481516", "692003001", "geheim7", TEXT.encode().hex()[:40]):
        assert secret not in written


async def test_an_smsc_s_own_status_is_understood(smsc: Smsc, gateway: SmppSms) -> None:
    smsc.mood, smsc.status = "refuses", 0x4FF
    with pytest.raises(NotDelivered, match="0x000004ff"):
        await gateway.send(SMS)


async def test_many_messages_at_once_are_each_answered_by_their_own_answer(smsc: Smsc, gateway: SmppSms) -> None:
    told = Told(gateway)
    many = [replace(SMS, id=f"{number}.0", text=f"kodi {number:06d}") for number in range(100)]
    names = await asyncio.gather(*(gateway.send(sms) for sms in many))
    assert [smsc.submitted[smsc.names.index(name)].text for name in names] == [sms.text for sms in many]
    smsc.report(names[42], "DELIVRD")
    await eventually(lambda: told.told == [("42.0", "delivered")])


async def test_a_message_is_refused_at_once_while_the_smsc_is_away_and_taken_when_it_is_back(
    smsc: Smsc, gateway: SmppSms
) -> None:
    await smsc.away()
    await eventually(lambda: not gateway.is_bound)
    with pytest.raises(NotDelivered, match="isn't connected"):
        await gateway.send(SMS)
    await smsc.open()
    await eventually(lambda: gateway.is_bound, seconds=10)
    await gateway.send(SMS)
    assert [submitted.text for submitted in smsc.submitted] == [TEXT]


@pytest.mark.parametrize("mood", ["refuses to bind", "garbage", "hangs"])
async def test_an_smsc_that_does_not_bind_is_asked_again(smsc: Smsc, mood: str) -> None:
    smsc.mood = mood
    async with connected(smsc, timeout_seconds=0.3) as gateway:
        await eventually(lambda: len(smsc.heard) >= 1)
        with pytest.raises(NotDelivered, match="isn't connected"):
            await gateway.send(SMS)
        smsc.mood = "fine"
        await bound(gateway)
        await gateway.send(SMS)


async def test_an_smsc_that_is_silent_is_asked_whether_it_lives_and_left_if_not(smsc: Smsc) -> None:
    async with connected(smsc, enquire_seconds=0.2, timeout_seconds=0.3) as gateway:
        await bound(gateway)
        await eventually(lambda: ENQUIRE in smsc.heard)
        smsc.mood = "hangs on enquiries"
        await eventually(lambda: len(smsc.binds) == 2, seconds=10)


async def test_it_says_good_bye_at_the_end(smsc: Smsc) -> None:
    async with connected(smsc) as gateway:
        await bound(gateway)
    assert smsc.heard[-1] == UNBIND
    assert SUBMIT not in smsc.heard


async def test_a_password_that_smpp_can_not_carry_stops_the_start(smsc: Smsc) -> None:
    with pytest.raises(ConfigError, match="15 and 8 characters") as failure:
        async with sms_gateway(settings(smsc.port), replace(CREDENTIALS, sms_password="123456789"), lambda sms: ""):
            pass
    assert "123456789" not in str(failure.value)


async def test_without_its_library_the_start_says_what_to_install(smsc: Smsc, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("aiosmpplib", "dega.gateways.smpp"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiosmpplib", None)
    with pytest.raises(ConfigError, match=r"install dega\[smpp\]"):
        async with connected(smsc):
            pass
