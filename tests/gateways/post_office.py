"""A real mail server (aiosmtpd) on loopback: it takes letters, greylists, refuses, is slow or hangs for some people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """The letters that were taken, by recipient. What isn't said of a mailbox is fine.

    `at_the_door` is said where the mailbox is named, `after_reading` where the letter was sent; `seconds` is how long a
    mailbox's letter is thought about, and `forgets` whose letters are taken without a word of it.
    """

    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    at_the_door: dict[str, str] = field(default_factory=dict)
    after_reading: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    forgets: set[str] = field(default_factory=set)
    asked: int = 0

    def to(self, mailbox: str) -> list[EmailMessage]:
        """The letters to this mailbox, in their order."""
        return [letter for recipient, letter in self.letters if recipient == mailbox]

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        if refusal := self.at_the_door.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 known here"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        (mailbox,) = envelope.rcpt_tos
        if mailbox not in self.forgets:
            await asyncio.sleep(self.seconds.get(mailbox, 0))
        if refusal := self.after_reading.get(mailbox):
            return refusal
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((mailbox, letter))
        if mailbox in self.forgets:
            await asyncio.sleep(self.seconds.get(mailbox, 0))
        return "250 taken"


@asynccontextmanager
async def opened(office: PostOffice, port: int = 0) -> AsyncIterator[int]:
    """The port at which the office is open, for as long as the block runs."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office, hostname="mail.example.org", loop=asyncio.get_running_loop()), "127.0.0.1", port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def words(letter: EmailMessage) -> str:
    """What a letter says as plain text."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
