"""Receipts and answers on their way through a real mail server: none is lost, and none is sent twice without need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import unused_port
from cast import Admin, Cast
from contact.writing import MAILBOX, author, grumble, say
from gateways.post_office import PostOffice, opened, words
from gateways.test_email import to
from night.eventually import eventually

from dega.bank import Bank, Sms
from dega.cli.time_travel import TimeMachine
from dega.contact import inbox
from dega.contact.reminders import remind_staff
from dega.gateways.credentials import Credentials
from dega.gateways.email import email_gateway
from dega.night.dispatch import AGAIN_AFTER_SECONDS, LEASE_SECONDS, Senders, tell
from dega.night.letters import Letters

TOO_LONG = 30.0
"""Seconds: the gateway of these tests waits for one."""


@dataclass
class Round:
    """The post office, and the dispatcher's round to it."""

    office: PostOffice
    port: int
    tell: Callable[[], Awaitable[int]]


def dispatch(bank: Bank, port: int) -> Callable[[], Awaitable[int]]:
    """A dispatcher that sends what is due by e-mail to the server at this port."""

    async def no_sms(_sms: Sms) -> str:
        raise AssertionError("these letters go by e-mail")

    gateway = email_gateway(to(port), Credentials(), bank.clock)
    senders = Senders(no_sms, gateway.send, bank.fields)
    return lambda: tell(bank.database, senders, Letters(bank.config.contacts), "email")


@pytest.fixture
async def post(bank: Bank) -> AsyncIterator[Round]:
    office = PostOffice()
    async with opened(office) as port:
        yield Round(office, port, dispatch(bank, port))


async def unsent(admin: Admin) -> int:
    count: int = await admin.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL AND given_up_at IS NULL")
    return count


@pytest.mark.requirement("R41")
async def test_a_complaint_has_its_receipt_and_then_its_answer_in_the_mailbox(
    bank: Bank, office: Bank, post: Round, admin: Admin
) -> None:
    reference = await grumble(bank)
    assert await post.tell() == 1
    await inbox.answer(office, reference, "E kthyem.\n\nNa ndjeni për vonesën.", "vera")
    assert [await post.tell(), await post.tell()] == [1, 0]
    receipt, answer = post.office.to(MAILBOX)
    assert receipt["Subject"] == f"E morëm ankesën tuaj {reference}"
    assert "deri më 14.12.2026" in words(receipt)
    assert "Bankës së Shqipërisë: Sheshi Skënderbej 1, Tiranë" in words(receipt)
    assert "Komisioni u mbajt dy herë" not in words(receipt)
    assert answer["Subject"] == f"Përgjigjja për ankesën tuaj {reference}"
    assert "\nE kthyem.\n\nNa ndjeni për vonesën.\n" in words(answer).replace("\r\n", "\n")
    assert await unsent(admin) == 0


@pytest.mark.requirement("R40")
async def test_an_answer_to_a_customer_without_a_mailbox_in_the_letter_says_only_that_it_waits(
    bank: Bank, office: Bank, post: Round, cast: Cast
) -> None:
    reference = await say(bank, by=author(cast.arta), contact="")
    await inbox.answer(office, reference, "Gjendja juaj është 5 lekë.", "vera")
    await post.tell()
    (letter,) = post.office.to("c1@example.org")
    assert reference in words(letter)
    assert "5 lekë" not in words(letter)


FOR_NOW = [
    ("at_the_door", "450 greylisted, come back"),
    ("at_the_door", "452 the disk is full"),
    ("after_reading", "451 not now"),
    ("after_reading", "554 this hour we take nothing"),
]


@pytest.mark.parametrize(("place", "refusal"), FOR_NOW)
async def test_what_is_refused_for_now_comes_later_and_once(
    bank: Bank, post: Round, machine: TimeMachine, admin: Admin, place: str, refusal: str
) -> None:
    getattr(post.office, place)[MAILBOX] = refusal
    await say(bank)
    assert [await post.tell(), await post.tell()] == [1, 0]
    assert (post.office.letters, await unsent(admin)) == ([], 1)
    getattr(post.office, place).clear()
    await machine.wait(AGAIN_AFTER_SECONDS[0])
    assert [await post.tell(), await post.tell()] == [1, 0]
    assert (len(post.office.letters), await unsent(admin)) == (1, 0)


async def test_an_answer_that_no_mailbox_takes_is_given_up_and_staff_learn_of_it(
    bank: Bank, office: Bank, post: Round, machine: TimeMachine, admin: Admin
) -> None:
    reference = await say(bank)
    await post.tell()
    await inbox.answer(office, reference, "Po.", "vera")
    post.office.at_the_door[MAILBOX] = "550 no such person"
    assert [await post.tell(), await post.tell()] == [1, 0]
    (entry,) = await inbox.inbox(office, "vera", ("answered",))
    assert entry.is_undelivered
    (reply,) = (await inbox.read(office, reference, "vera")).replies
    assert (reply.told, reply.why) == ("given up", "the mail server refuses: 550")
    assert await remind_staff(bank) == 1
    await post.tell()
    (reminder,) = post.office.to(bank.config.inbox.reminder_email)
    assert f"përgjigjja nuk mbërriti. Telefononi ose përgjigjuni përsëri, ose mbylleni letrën:\n\n{reference}" in (
        words(reminder).replace("\r\n", "\n")
    )
    await inbox.close(office, reference, "vera", "called")
    await machine.wait(86400)
    assert await remind_staff(bank) == 0


async def test_a_slow_server_is_waited_for_and_asked_once(bank: Bank, post: Round, admin: Admin) -> None:
    post.office.seconds[MAILBOX] = 0.5
    await say(bank)
    assert [await post.tell(), await post.tell()] == [1, 0]
    assert (len(post.office.letters), post.office.asked, await unsent(admin)) == (1, 1, 0)


async def test_a_server_that_hangs_for_one_letter_holds_up_no_other_and_has_it_later(
    bank: Bank, post: Round, machine: TimeMachine, admin: Admin
) -> None:
    post.office.seconds[MAILBOX] = TOO_LONG
    await say(bank)
    for place in range(3):
        await say(bank, contact=f"c{place}@example.org")
    assert await post.tell() == 4
    assert (len(post.office.letters), await unsent(admin)) == (3, 1)
    post.office.seconds.clear()
    await machine.wait(AGAIN_AFTER_SECONDS[0])
    assert await post.tell() == 1
    assert len(post.office.to(MAILBOX)) == 1
    assert (len(post.office.letters), await unsent(admin)) == (4, 0)


async def test_a_letter_that_was_taken_without_a_word_comes_again_and_not_a_third_time(
    bank: Bank, post: Round, machine: TimeMachine, admin: Admin
) -> None:
    post.office.forgets.add(MAILBOX)
    post.office.seconds[MAILBOX] = TOO_LONG
    await say(bank)
    await post.tell()
    assert (len(post.office.letters), await unsent(admin)) == (1, 1)
    post.office.seconds.clear()
    for seconds in AGAIN_AFTER_SECONDS:
        await machine.wait(seconds)
        await post.tell()
    assert len(post.office.to(MAILBOX)) == 2
    assert await unsent(admin) == 0


async def test_while_there_is_no_server_letters_wait_and_then_each_comes_once(
    bank: Bank, machine: TimeMachine, admin: Admin
) -> None:
    port, office = unused_port(), PostOffice()
    tell_due = dispatch(bank, port)
    for place in range(8):
        await say(bank, contact=f"c{place}@example.org")
    assert await tell_due() == 8
    assert await unsent(admin) == 8
    await machine.wait(AGAIN_AFTER_SECONDS[0])
    async with opened(office, port):
        assert [await tell_due(), await tell_due()] == [8, 0]
    assert sorted(mailbox for mailbox, _ in office.letters) == [f"c{place}@example.org" for place in range(8)]
    assert await unsent(admin) == 0


async def test_several_dispatchers_bring_each_letter_once(bank: Bank, post: Round) -> None:
    post.office.seconds = {f"c{place}@example.org": 0.1 for place in range(9)}
    for mailbox in post.office.seconds:
        await say(bank, contact=mailbox)
    await asyncio.gather(*(dispatch(bank, post.port)() for _ in range(4)))
    assert sorted(mailbox for mailbox, _ in post.office.letters) == sorted(post.office.seconds)


async def test_a_letter_whose_sender_dies_in_the_middle_is_sent_when_its_lease_is_over(
    bank: Bank, post: Round, machine: TimeMachine, admin: Admin
) -> None:
    post.office.seconds[MAILBOX] = TOO_LONG
    await say(bank)
    dying = asyncio.ensure_future(post.tell())
    await eventually(lambda: post.office.asked == 1)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    post.office.seconds.clear()
    assert await post.tell() == 0
    await machine.wait(LEASE_SECONDS)
    assert await post.tell() == 1
    assert (len(post.office.to(MAILBOX)), await unsent(admin)) == (1, 0)
