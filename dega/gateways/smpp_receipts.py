"""What an SMSC reports later: which of its messages are ours, and when all parts of one have arrived."""

import asyncio
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from aiosmpplib.protocol import PDU_HEADER_LENGTH, DeliverSm
from aiosmpplib.state import PduHeader, SmppCommand, SmppCommandStatus

from dega.bank import Fate
from dega.gateways import Listener

log = logging.getLogger(__name__)

KEPT = 10_000
"""Of how many messages it is known whose they are; codes are long void when they are forgotten."""

RECEIPTED_MESSAGE_ID = 0x001E

_FATES: dict[str, Fate] = {
    "DELIVRD": "delivered",
    "EXPIRED": "undelivered",
    "DELETED": "undelivered",
    "UNDELIV": "undelivered",
    "REJECTD": "undelivered",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of which message, by the SMSC's name for it, and what became of that."""

    name: str
    fate: Fate


def read_receipt(body: bytes) -> Receipt | None:
    """What a deliver_sm says; None where it is a person's message, a stage on the way, or can't be read."""
    header = PduHeader(PDU_HEADER_LENGTH + len(body), SmppCommand.DELIVER_SM, SmppCommandStatus.ESME_ROK, 1)
    try:
        message: Any = DeliverSm.from_pdu(bytes(PDU_HEADER_LENGTH) + body, header, "gsm0338")
    except Exception as error:  # noqa: BLE001  # whatever a stranger's bytes do to the parser, the next are read
        log.warning("an SMSC's message can't be read", extra={"why": type(error).__name__})
        return None
    if not message.is_receipt():
        return None
    told = message.short_message or message.message_payload
    name = re.search(r"\bid:(\S+)", told, re.IGNORECASE)
    stage = re.search(r"\bstat:(\w+)", told, re.IGNORECASE)
    named = {param.tag: param.value for param in message.optional_params or []}.get(RECEIPTED_MESSAGE_ID)
    fate = _FATES.get(stage[1].upper()) if stage else None
    whose = str(named) if named else name[1] if name else ""
    return Receipt(whose, fate) if whose and fate else None


class Receipts:
    """Names that the SMSC gave to our messages, the oldest forgotten first."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self._whose: OrderedDict[str, str] = OrderedDict()
        self._missing: OrderedDict[str, int] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()

    def expect(self, sms: str, parts: int) -> None:
        """A message of ours leaves in so many parts."""
        self._missing[sms] = parts
        _forget(self._missing)

    def called(self, name: str, sms: str) -> None:
        """The SMSC calls a part of it so."""
        self._whose[_plain(name)] = sms
        _forget(self._whose)

    def take(self, receipt: Receipt) -> None:
        """Tell the listener once all parts are on the phone, or the first one won't be."""
        sms = self._whose.pop(_plain(receipt.name), None) or self._whose.pop(_in_hex(receipt.name), None)
        missing = self._missing.get(sms or "")
        if sms is None or missing is None:
            return
        self._missing[sms] = missing - 1
        if receipt.fate == "undelivered" or missing == 1:
            del self._missing[sms]
            telling = asyncio.create_task(self._tell(sms, receipt.fate))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell(self, sms: str, fate: Fate) -> None:
        if self.listener is None:
            return
        try:
            await self.listener(sms, fate)
        except Exception:
            log.exception("an SMSC's receipt couldn't be kept", extra={"sms": sms})


def _plain(name: str) -> str:
    return name.lower().lstrip("0")


def _in_hex(name: str) -> str:
    """Many an SMSC names a message in hexadecimal when it takes it, and in decimal in its receipt."""
    return f"{int(name):x}" if name.isascii() and name.isdecimal() else ""


def _forget(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)
