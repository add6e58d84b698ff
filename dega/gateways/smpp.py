"""SMS over SMPP 3.4: one connection to an SMSC, bound as a transceiver, asked whether it lives, and made again.

The PDUs are aiosmpplib's. Its client isn't used: that one queues what can't be sent now, and a code that arrives after
its page has called it void is worse than none; here a message is taken by an SMSC that is bound, or refused at once.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from struct import Struct
from typing import Any

from aiosmpplib.protocol import (
    BindTransceiver,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from aiosmpplib.state import NPI, TON, PhoneNumber, SmppCommand, SmppCommandStatus

from dega.bank import Sms
from dega.config import ConfigError
from dega.gateways import Listener
from dega.gateways.credentials import Credentials
from dega.gateways.smpp_parts import Part, parts
from dega.gateways.smpp_receipts import Receipt, Receipts, read_receipt
from dega.outbox import NotDelivered
from dega.sms_settings import Sms as Settings

log = logging.getLogger(__name__)

MOST_OCTETS = 65_536
CLOSING_SECONDS = 1.0
_RESPONSE = 0x8000_0000
_HEADER = Struct("!IIII")


class Broken(Exception):
    """The connection can't be used any more; why, for operators."""


@asynccontextmanager
async def smpp_sms(settings: Settings, credentials: Credentials) -> AsyncIterator["SmppSms"]:
    """The gateway, connected as long as the block runs and the SMSC is there. Raises ConfigError."""
    gateway = SmppSms(settings, credentials)
    keeper = asyncio.create_task(gateway.keep_connected(), name="smpp")
    try:
        yield gateway
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


class SmppSms:
    """An SMSC, and which of its messages are ours."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._connection: _Connection | None = None
        self._receipts = Receipts()
        self._references = itertools.cycle(range(256))
        try:
            self._bind = BindTransceiver(
                system_id=credentials.sms_user,
                password=credentials.sms_password,
                system_type=settings.smpp.system_type,
            )
        except ValueError:
            raise ConfigError(["sms_user, sms_password: SMPP carries at most 15 and 8 characters"]) from None

    @property
    def is_bound(self) -> bool:
        """Whether a message would be taken now."""
        return self._connection is not None

    def listen(self, listener: Listener) -> None:
        """Tell what the SMSC's receipts say."""
        self._receipts.listener = listener

    async def send(self, sms: Sms) -> str:
        """Hand over all its parts; what the SMSC calls the first. Raises NotDelivered where it perhaps has not all."""
        connection = self._connection
        if connection is None:
            raise NotDelivered("the SMSC isn't connected")
        cut = parts(sms.text, next(self._references))
        self._receipts.expect(sms.id, len(cut))
        names = []
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                for part in cut:
                    names.append(await self._submit(connection, sms, part))
        except TimeoutError:
            raise NotDelivered("the SMSC doesn't answer in time") from None
        except (Broken, OSError, ValueError) as error:
            # Not `from error`: what the library says of a message may hold it.
            raise NotDelivered(f"the SMSC can't be told: {type(error).__name__}") from None
        return names[0]

    async def _submit(self, connection: "_Connection", sms: Sms, part: Part) -> str:
        sender = self._settings.sender
        message = SubmitSm(
            short_message="-",  # what travels is the part
            source=PhoneNumber(sender.lstrip("+"), *_kind_of(sender)),
            destination=PhoneNumber(sms.mobile.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN),
            esm_class=0x40 if part.is_one_of_many else 0,
            registered_delivery=1,
            encoding=part.encoding,
        )
        message.set_encoded_message(part.octets)
        status, body = await connection.ask(message, lambda name: self._receipts.called(name, sms.id))
        if status != SmppCommandStatus.ESME_ROK:
            raise NotDelivered(f"the SMSC refuses: 0x{status:08x}")
        return _c_string(body)

    async def keep_connected(self) -> None:
        """Connect, again and again: after a failure a little later each time, until it has been bound once more."""
        smpp = self._settings.smpp
        wait = smpp.retry_seconds
        while True:
            try:
                async with self._connected() as connection:
                    log.info("bound to the SMSC")
                    wait = smpp.retry_seconds
                    self._connection = connection
                    await connection.serve(smpp.enquire_seconds, self._settings.timeout_seconds)
            except (Broken, OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
                why = str(error) if isinstance(error, Broken) else type(error).__name__
                log.error("the SMSC isn't connected", extra={"why": why, "again_in_seconds": wait})
            finally:
                self._connection = None
            await asyncio.sleep(wait)
            wait = min(2 * wait, smpp.retry_most_seconds)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["_Connection"]:
        smpp, seconds = self._settings.smpp, self._settings.timeout_seconds
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(smpp.host, smpp.port)
        connection = _Connection(reader, writer, self._receipts.take)
        try:
            async with asyncio.timeout(seconds):
                status, _ = await connection.ask(self._bind)
            if status != SmppCommandStatus.ESME_ROK:
                raise Broken(f"it refuses to bind: 0x{status:08x}")
            yield connection
        finally:
            await connection.close()


class _Connection:
    """One TCP connection: what is asked is answered by its number, in whatever order; what the SMSC asks, at once."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receipt: Callable[[Receipt], None]
    ) -> None:
        self._reader, self._writer, self._receipt = reader, writer, receipt
        self._numbers = itertools.cycle(range(1, 0x8000_0000))
        self._asked: dict[int, _Asked] = {}
        self._heard_at = asyncio.get_running_loop().time()
        self._reading = asyncio.create_task(self._read(), name="smpp-reader")

    async def ask(self, message: Any, called: Callable[[str], None] | None = None) -> tuple[int, bytes]:
        """Status and body of the answer; `called` learns the name in it before anything after it is read.

        Raises Broken where the connection ends first.
        """
        if self._reading.done():
            raise Broken("it has closed the connection")
        message.sequence_num = number = next(self._numbers)
        asked = self._asked[number] = _Asked(asyncio.get_running_loop().create_future(), called)
        try:
            self._writer.write(message.pdu())
            await self._writer.drain()
            return await asked.answer
        finally:
            self._asked.pop(number, None)

    async def serve(self, enquire_seconds: int, timeout_seconds: int) -> None:
        """Until the connection ends, or the SMSC doesn't answer any more. Raises Broken, TimeoutError."""
        loop = asyncio.get_running_loop()
        while True:
            done, _ = await asyncio.wait({self._reading}, timeout=self._heard_at + enquire_seconds - loop.time())
            if done:
                return await self._reading
            if loop.time() - self._heard_at >= enquire_seconds:
                async with asyncio.timeout(timeout_seconds):
                    await self.ask(EnquireLink())

    async def close(self) -> None:
        """Say good-bye where it can be said, and end everything that still waits for an answer."""
        try:
            if not self._reading.done():
                with suppress(Broken, OSError, TimeoutError):
                    async with asyncio.timeout(CLOSING_SECONDS):
                        await self.ask(Unbind())
        finally:
            self._reading.cancel()
            self._writer.transport.abort()
        await asyncio.gather(self._reading, return_exceptions=True)
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while True:
                length, command, status, number = _HEADER.unpack(await self._reader.readexactly(_HEADER.size))
                if not _HEADER.size <= length <= MOST_OCTETS:
                    raise Broken("it speaks something else than SMPP")
                body = await self._reader.readexactly(length - _HEADER.size)
                self._heard_at = asyncio.get_running_loop().time()
                if command & _RESPONSE:
                    self._answered(command, status, number, body)
                elif not await self._obey(command, number, body):
                    raise Broken("it has unbound us")
        except (OSError, asyncio.IncompleteReadError):
            raise Broken("it has closed the connection") from None
        finally:
            for asked in self._asked.values():
                if not asked.answer.done():
                    asked.answer.set_exception(Broken("the connection ended"))

    def _answered(self, command: int, status: int, number: int, body: bytes) -> None:
        asked = self._asked.get(number)
        if asked is None or asked.answer.done():
            return
        if command == SmppCommand.GENERIC_NACK and status == SmppCommandStatus.ESME_ROK:
            status = SmppCommandStatus.ESME_RSYSERR
        if status == SmppCommandStatus.ESME_ROK and asked.called is not None:
            asked.called(_c_string(body))
        asked.answer.set_result((status, body))

    async def _obey(self, command: int, number: int, body: bytes) -> bool:
        """Do what the SMSC asks; False where that is to go."""
        answer: Any = GenericNack(number, SmppCommandStatus.ESME_RINVCMDID)
        if command == SmppCommand.ENQUIRE_LINK:
            answer = EnquireLinkResp(number)
        elif command == SmppCommand.UNBIND:
            answer = UnbindResp(number)
        elif command == SmppCommand.DELIVER_SM:
            # Taken whatever it says: what is refused here comes again, for ever.
            answer = DeliverSmResp(number)
            if receipt := read_receipt(body):
                self._receipt(receipt)
        self._writer.write(answer.pdu())
        await self._writer.drain()
        return bool(command != SmppCommand.UNBIND)


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: "asyncio.Future[tuple[int, bytes]]"
    called: Callable[[str], None] | None


def _c_string(body: bytes) -> str:
    return body.partition(b"\0")[0].decode("ascii", "replace")


def _kind_of(sender: str) -> tuple[Any, Any]:
    """Type and plan of a sender: a number, or a name."""
    if sender.lstrip("+").isdecimal():
        return TON.INTERNATIONAL, NPI.ISDN
    return TON.ALPHANUMERIC, NPI.UNKNOWN
