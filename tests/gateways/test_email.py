"""E-mail: a letter goes to exactly one mailbox, and only to a server that may be told."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiohttp.test_utils import unused_port
from gateways.mail_server import MailServer

from dega.clock import MovableClock
from dega.config import Email as Settings
from dega.config import read
from dega.gateways.credentials import Credentials
from dega.gateways.email import email_gateway
from dega.outbox import NotDelivered

ARTA = "arta@example.org"
NOON = MovableClock(datetime(2026, 11, 23, 11, 0, tzinfo=UTC), stopped=True)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer() as server:
        yield server


def to(port: int, **settings: object) -> Settings:
    email = replace(read(environment={}).email, host="127.0.0.1", port=port, tls="none", timeout_seconds=1)
    return replace(email, **settings)


async def send(
    settings: Settings, recipient: str = ARTA, subject: str = "Pagesa juaj u krye", password: str = ""
) -> None:
    text = "E nderuar Arta Çela,\n\nu pagua për ju.\n"
    await email_gateway(settings, Credentials(email_password=password), NOON).send(
        recipient, subject, text, "<p>E nderuar Arta Çela,</p>"
    )


def read_letter(server: MailServer) -> EmailMessage:
    (letter,) = server.letters
    message = message_from_bytes(letter, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def test_a_letter_arrives_with_the_same_words_as_text_and_as_html(server: MailServer) -> None:
    await send(to(server.port))
    letter = read_letter(server)
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines()[0] == "E nderuar Arta Çela,"
    assert "E nderuar Arta Çela," in html.get_content()
    assert (letter["To"], letter["Subject"]) == (ARTA, "Pagesa juaj u krye")
    assert letter["From"] == "Dega Internet <noreply@localhost>"
    assert letter["Date"].datetime == NOON.now()
    assert server.letters[0].isascii()


@pytest.mark.parametrize(
    "recipient",
    [
        "arta@example.org\r\nBcc: genti@example.org",
        "arta@example.org, genti@example.org",
        "Arta <arta@example.org>",
        "arta@example.org\n",
        '"arta"@example.org',
        "arta",
        "",
    ],
)
async def test_a_recipient_that_is_not_one_plain_mailbox_gets_nothing(server: MailServer, recipient: str) -> None:
    with pytest.raises(NotDelivered, match="no mailbox"):
        await send(to(server.port), recipient=recipient)
    assert server.heard == []


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
async def test_a_subject_with_a_line_break_makes_no_header(server: MailServer, line_break: str) -> None:
    await send(to(server.port), subject=f"Pagesa{line_break}Bcc: genti@example.org")
    letter = read_letter(server)
    assert letter["Subject"] == "Pagesa Bcc: genti@example.org"
    assert letter["Bcc"] is None
    assert server.recipients == [ARTA]


async def test_a_server_that_offers_no_encryption_is_told_nothing(server: MailServer) -> None:
    with pytest.raises(NotDelivered):
        await send(to(server.port, tls="starttls"))
    assert not [line for line in server.heard if line.upper().startswith(("MAIL", "RCPT", "DATA"))]
    assert server.letters == []


async def test_a_refused_recipient_is_not_delivered_and_the_reason_names_nobody(server: MailServer) -> None:
    server.refuses = True
    with pytest.raises(NotDelivered, match="550") as failure:
        await send(to(server.port))
    assert ARTA not in "".join(traceback.format_exception(failure.value))


async def test_a_server_that_hangs_or_is_away_has_not_delivered(server: MailServer) -> None:
    server.hangs = True
    began = asyncio.get_running_loop().time()
    with pytest.raises(NotDelivered):
        await send(to(server.port, timeout_seconds=0.3))
    assert asyncio.get_running_loop().time() - began < 3
    with pytest.raises(NotDelivered):
        await send(to(unused_port()))


def test_a_sender_that_is_no_mailbox_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"email\.sender"):
        email_gateway(to(25, sender="Dega Internet"), Credentials(), NOON)


async def test_the_log_says_that_one_was_due_and_not_to_whom(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await send(to(25, gateway="log"))
    (record,) = caplog.records
    assert record.getMessage() == "an e-mail was due"
    assert ARTA not in str(vars(record))
