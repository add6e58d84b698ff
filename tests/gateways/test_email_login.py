"""E-mail through a server that wants to know who sends, and whose refusals differ: some are for ever, most are not."""

import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from ssl import SSLContext

import pytest
from gateways.certificate import certificate
from gateways.mail_server import MailServer
from gateways.test_email import ARTA, send, to

from dega.outbox import NotDelivered

PASSWORD = "geh eim&7"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SSLContext]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
async def server(trusted: tuple[Path, SSLContext]) -> AsyncIterator[MailServer]:
    async with MailServer(tls=trusted[1], login=f"bank\0{PASSWORD}") as server:
        yield server


async def test_after_starttls_it_says_who_it_is_and_the_letter_is_taken(
    server: MailServer, trusted: tuple[Path, SSLContext]
) -> None:
    settings = to(server.port, tls="starttls", ca_file=str(trusted[0]), user="bank")
    await send(settings, password=PASSWORD)
    assert (len(server.letters), server.secured) == (1, [True])
    before = server.heard.index("STARTTLS")
    assert not [line for line in server.heard[:before] if not line.upper().startswith("EHLO")]


async def test_with_tls_from_the_first_word_as_well(trusted: tuple[Path, SSLContext]) -> None:
    async with MailServer(tls=trusted[1], tls_at_once=True, login=f"bank\0{PASSWORD}") as server:
        await send(to(server.port, tls="tls", ca_file=str(trusted[0]), user="bank"), password=PASSWORD)
    assert (len(server.letters), server.secured) == (1, [True])


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_server_that_nobody_vouches_for_is_told_neither_letter_nor_password(
    trusted: tuple[Path, SSLContext], tls: str
) -> None:
    async with MailServer(tls=trusted[1], tls_at_once=tls == "tls", login=f"bank\0{PASSWORD}") as server:
        with pytest.raises(NotDelivered):
            await send(to(server.port, tls=tls, user="bank"), password=PASSWORD)
    assert not [line for line in server.heard if line.upper().startswith(("AUTH", "MAIL", "RCPT"))]


async def test_a_refused_login_is_worth_another_try_and_names_no_password(
    server: MailServer, trusted: tuple[Path, SSLContext]
) -> None:
    settings = to(server.port, tls="starttls", ca_file=str(trusted[0]), user="bank")
    with pytest.raises(NotDelivered, match="535") as failure:
        await send(settings, password="other geheim")
    assert str(failure.value) == "the mail server refuses: 535"
    assert failure.value.__suppress_context__
    assert not failure.value.for_good
    assert server.letters == []


@pytest.mark.parametrize(
    ("verb", "answer", "for_good"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "553 5.1.3 bad address", True),
        ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "450 4.2.1 greylisted, come again", False),
        ("MAIL", "550 5.7.1 not from there", False),
        ("DATA", "554 5.7.1 spam", False),
        ("DATA", "451 4.3.0 later", False),
        ("banner", "554 go away", False),
        ("banner", "421 too busy", False),
        ("banner", "what?", False),
    ],
)
async def test_only_a_mailbox_that_is_refused_for_good_is_given_up(verb: str, answer: str, for_good: bool) -> None:
    async with MailServer(says={verb: answer}) as server:
        with pytest.raises(NotDelivered) as failure:
            await send(to(server.port))
    assert failure.value.for_good is for_good
    assert ARTA not in "".join(traceback.format_exception(failure.value))
    assert server.letters == []
