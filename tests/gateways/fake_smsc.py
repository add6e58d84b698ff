"""An SMSC on loopback, in a few PDUs of SMPP 3.4 read and written by hand; it can be rude in several ways."""

import asyncio
import struct
from dataclasses import dataclass, field

BIND, UNBIND, SUBMIT, DELIVER, ENQUIRE, NACK = 0x9, 0x6, 0x4, 0x5, 0x15, 0x80000000
RESPONSE = 0x80000000


@dataclass
class Submitted:
    """A submit_sm: who from, to whom, its type bits, whether a receipt is wanted, its coding and its octets."""

    source: str
    destination: str
    esm_class: int
    registered: int
    coding: int
    octets: bytes

    @property
    def text(self) -> str:
        """What the phone would show of it, without the header of its part."""
        octets = self.octets[self.octets[0] + 1 :] if self.esm_class & 0x40 else self.octets
        return octets.decode("utf-16-be") if self.coding == 8 else octets.decode("ascii")


@dataclass
class Smsc:
    """What it was told. `mood`: fine, refuses (each message, with `status`), refuses to bind, hangs, hangs on messages,
    answers half, drops (on a message), garbage, nacks, or unbinds (after a message)."""

    mood: str = "fine"
    status: int = 0x0B
    binds: list[tuple[str, str]] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: [f"{number:08X}" for number in range(0xA0, 0x1A0)])
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0
    _talks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "Smsc":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.away()

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def away(self) -> None:
        """Listen no more, and drop everyone."""
        self._server.close()
        self.drop()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Drop all connections."""
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        self.writers.append(writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, status, number = struct.unpack("!IIII", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                self.heard.append(command)
                if command & RESPONSE:
                    self.acknowledged.append((command, status))
                    continue
                writer.write(self._answer(command, number, body))
                if command == UNBIND:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            if self.mood != "hangs":
                writer.close()

    def _answer(self, command: int, number: int, body: bytes) -> bytes:
        if self.mood == "hangs" or (self.mood == "hangs on enquiries" and command == ENQUIRE):
            return b""
        if command == BIND:
            user, password, *_ = body.split(b"\0")
            self.binds.append((user.decode(), password.decode()))
            if self.mood == "refuses to bind":
                return pdu(BIND | RESPONSE, number, b"\0", 0x0E)
            return (
                b"HTTP/1.1 400 Bad Request\r\n\r\n"
                if self.mood == "garbage"
                else pdu(BIND | RESPONSE, number, b"fake\0")
            )
        return self._take(number, body) if command == SUBMIT else pdu(command | RESPONSE, number)

    def _take(self, number: int, body: bytes) -> bytes:
        self.submitted.append(parse_submit(body))
        match self.mood:
            case "refuses":
                return pdu(SUBMIT | RESPONSE, number, b"", self.status)
            case "nacks":
                return pdu(NACK, number, b"", 0)
            case "hangs on messages":
                return b""
            case "answers half":
                return pdu(SUBMIT | RESPONSE, number, b"0000\0")[:10]
            case "drops":
                self.drop()
                return b""
        return pdu(SUBMIT | RESPONSE, number, self.names[len(self.submitted) - 1].encode() + b"\0")

    def deliver(self, octets: bytes, esm_class: int = 4, more: bytes = b"") -> None:
        """Send a deliver_sm to everyone: a receipt (`esm_class` 4), or a person's message (0)."""
        people = b"\0" + b"\1\1" + b"355692003001\0" + b"\5\0" + b"DEGA\0"
        head = people + bytes([esm_class, 0, 0]) + bytes(6) + bytes([len(octets)])
        for writer in self.writers:
            writer.write(pdu(DELIVER, 7, head + octets + more))

    def report(self, name: str, stage: str) -> None:
        """A receipt as most SMSCs write it."""
        dates = "submit date:2611231000 done date:2611231001"
        self.deliver(f"id:{name} sub:001 dlvrd:001 {dates} stat:{stage} err:000 text:".encode())


def pdu(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    """A PDU: its header, then its body."""
    return struct.pack("!IIII", 16 + len(body), command, status, number) + body


def parse_submit(body: bytes) -> Submitted:
    """A submit_sm without optional parameters."""
    place = body.index(b"\0") + 1
    source, place = _address(body, place)
    destination, place = _address(body, place)
    esm_class = body[place]
    place += 3
    for _ in range(2):
        place = body.index(b"\0", place) + 1
    registered, _, coding, _, length = body[place : place + 5]
    return Submitted(source, destination, esm_class, registered, coding, body[place + 5 : place + 5 + length])


def _address(body: bytes, place: int) -> tuple[str, int]:
    end = body.index(b"\0", place + 2)
    return f"{body[place]}/{body[place + 1]} {body[place + 2 : end].decode()}", end + 1
