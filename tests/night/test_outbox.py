"""The outbox: everything that was kept is told, once where nothing breaks, and at least once where something does."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from cast import Admin, Cast
from gateways.mail_server import MailServer
from night.eventually import eventually

from dega import outbox
from dega.bank import Bank, Sms
from dega.cli.time_travel import TimeMachine
from dega.config import read
from dega.deeds import Deed, Leg, Notice, Particulars
from dega.gateways.credentials import Credentials
from dega.gateways.email import email_gateway
from dega.money import Currency, Money
from dega.night.dispatch import AGAIN_AFTER_SECONDS, LEASE_SECONDS, Dispatcher, Senders, tell
from dega.night.letters import Letters
from dega.outbox import NotDelivered
from dega.sealing import Fields

FACTS = {"name": "Arta Kola", "at": "23.11.2026 10:00"}


@dataclass
class Post:
    """Both gateways: what they took, and whether they are fine, refuse, or hang until they are let go."""

    fields: Fields
    mood: dict[str, str] = field(default_factory=lambda: {"sms": "fine", "email": "fine"})
    sms: list[tuple[str, str]] = field(default_factory=list)
    email: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def senders(self) -> Senders:
        return Senders(self._send_sms, self._send_email, self.fields)

    async def _send_sms(self, sms: Sms) -> str:
        await self._mind("sms")
        self.sms.append((sms.mobile, sms.text))
        return ""

    async def _send_email(self, recipient: str, subject: str, text: str, html: str) -> None:
        await self._mind("email")
        self.email.append((recipient, subject))

    async def _mind(self, channel: str) -> None:
        self.asked += 1
        if self.mood[channel] == "refuses":
            raise NotDelivered("the provider answered 503")
        if self.mood[channel] == "hangs":
            await self.let_go.wait()


@pytest.fixture
def post(bank: Bank) -> Post:
    return Post(bank.fields)


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(read(environment={}).contacts)


Tell = Callable[[str], Awaitable[int]]


@pytest.fixture
def tell_due(bank: Bank, post: Post, letters: Letters) -> Tell:
    return lambda channel: tell(bank.database, post.senders, letters, channel)


@pytest.fixture
async def dispatcher(bank: Bank, post: Post, letters: Letters) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(bank.database, post.senders, letters)
    yield dispatcher
    post.let_go.set()
    await dispatcher.close()


async def put(bank: Bank, channel: str = "sms", template: str = "password_changed", language: str = "sq") -> None:
    recipient = {"sms": "+355692003001", "email": "c1@example.org"}[channel]
    async with bank.database.transaction() as connection:
        await outbox.put(connection, bank, Notice(channel, recipient, template, language, FACTS))  # type: ignore[arg-type]


async def waiting(admin: Admin) -> int:
    count: int = await admin.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL AND given_up_at IS NULL")
    return count


async def test_what_was_kept_is_told_once(bank: Bank, post: Post, tell_due: Tell) -> None:
    await put(bank, "sms")
    await put(bank, "email")
    assert [await tell_due(channel) for channel in ("sms", "email", "sms", "email")] == [1, 1, 0, 0]
    assert post.email == [("c1@example.org", "Fjalëkalimi juaj u ndryshua")]
    assert [mobile for mobile, _ in post.sms] == ["+355692003001"]


async def test_what_was_rolled_back_is_told_to_nobody(bank: Bank, post: Post, tell_due: Tell) -> None:
    async with bank.database.connection() as connection:
        await connection.execute("BEGIN")
        await outbox.put(connection, bank, Notice("sms", "+355692003001", "password_changed", "sq", FACTS))
        await connection.execute("ROLLBACK")
    assert await tell_due("sms") == 0
    assert post.asked == 0


async def test_two_dispatchers_tell_everything_once_between_them(bank: Bank, post: Post, tell_due: Tell) -> None:
    for _ in range(30):
        await put(bank)
    taken = await asyncio.gather(*(tell_due("sms") for _ in range(4)))
    assert sum(taken) == 30
    assert len(post.sms) == 30


async def test_what_a_gateway_takes_at_the_same_time_is_marked_in_one_transaction(
    bank: Bank, admin: Admin, tell_due: Tell
) -> None:
    for _ in range(10):
        await put(bank)
    assert await tell_due("sms") == 10
    assert await waiting(admin) == 0
    assert await admin.fetchval("SELECT count(DISTINCT xmin::text) FROM outbox") == 1


async def test_what_was_taken_is_marked_while_its_neighbour_still_hangs(
    bank: Bank, admin: Admin, post: Post, letters: Letters
) -> None:
    taken: list[Sms] = []

    async def second_hangs(sms: Sms) -> str:
        taken.append(sms)
        if len(taken) == 2:
            await post.let_go.wait()
        return ""

    async def one_waits() -> bool:
        return await waiting(admin) == 1

    for _ in range(3):
        await put(bank)
    telling = asyncio.create_task(
        tell(bank.database, Senders(second_hangs, post.senders.email, bank.fields), letters, "sms")
    )
    await eventually(one_waits)
    assert not telling.done()
    post.let_go.set()
    assert await telling == 3
    assert await waiting(admin) == 0


async def test_everyone_is_told_in_their_own_language(bank: Bank, post: Post, tell_due: Tell) -> None:
    await put(bank, "email", language="sq")
    await put(bank, "email", language="en")
    await tell_due("email")
    assert {subject for _, subject in post.email} == {"Fjalëkalimi juaj u ndryshua", "Your password was changed"}


@pytest.mark.requirement("R35")
async def test_a_booking_tells_its_payer(bank: Bank, cast: Cast, post: Post, tell_due: Tell) -> None:
    facts = {"name": "Arta Kola", "amount": "12,50 ALL", "payee": "Besnik Hoxha", "account": "***8741"}
    notice = Notice("email", "c1@example.org", "payment_made", "sq", facts)
    leg = Leg(cast.arta.lek.id, cast.besnik.lek.id, Money(1250, Currency.ALL))
    particulars = Particulars("Arta Kola", "Besnik Hoxha", "qira")
    await bank.poster.post(Deed(uuid.uuid4(), "in_bank", (leg,), particulars, notices=(notice,)))
    await tell_due("email")
    assert post.email == [("c1@example.org", "Pagesa juaj u krye")]


async def test_what_is_refused_is_tried_again_ever_more_seldom_and_then_given_up(
    bank: Bank, admin: Admin, machine: TimeMachine, post: Post, tell_due: Tell
) -> None:
    assert AGAIN_AFTER_SECONDS == (60, 300, 1800, 7200, 86400)
    post.mood["sms"] = "refuses"
    await put(bank)
    assert await tell_due("sms") == 1
    for tried, seconds in enumerate(AGAIN_AFTER_SECONDS, start=1):
        await machine.wait(seconds - 2)
        assert await tell_due("sms") == 0
        await machine.wait(2)
        assert await tell_due("sms") == 1
        assert post.asked == tried + 1
    await machine.wait(10 * 86400)
    assert await tell_due("sms") == 0
    row = await admin.fetchrow("SELECT attempts, given_up_at IS NOT NULL AS given_up, last_error, sent_at FROM outbox")
    assert row is not None
    assert tuple(row) == (6, True, "the provider answered 503", None)


async def test_a_letter_to_a_mailbox_that_there_is_not_is_given_up_at_once(
    bank: Bank, admin: Admin, machine: TimeMachine, letters: Letters
) -> None:
    async with MailServer(refuses=True) as server:
        settings = read(environment={"DEGA__EMAIL__PORT": str(server.port), "DEGA__EMAIL__TLS": "none"}).email
        senders = Senders(
            Post(bank.fields).senders.sms, email_gateway(settings, Credentials(), bank.clock).send, bank.fields
        )
        await put(bank, "email")
        assert await tell(bank.database, senders, letters, "email") == 1
        await machine.wait(86400)
        assert await tell(bank.database, senders, letters, "email") == 0
    row = await admin.fetchrow("SELECT attempts, given_up_at IS NOT NULL AS given_up, last_error FROM outbox")
    assert row is not None
    assert tuple(row) == (1, True, "the mail server refuses: 550")


async def test_what_was_refused_once_is_told_once_the_gateway_is_back(
    bank: Bank, admin: Admin, machine: TimeMachine, post: Post, tell_due: Tell
) -> None:
    post.mood["sms"] = "refuses"
    await put(bank)
    await tell_due("sms")
    post.mood["sms"] = "fine"
    await machine.wait(60)
    await tell_due("sms")
    assert len(post.sms) == 1
    assert await waiting(admin) == 0


async def test_who_is_killed_in_the_middle_leaves_it_to_be_told_again(
    bank: Bank, machine: TimeMachine, post: Post, tell_due: Tell
) -> None:
    post.mood["sms"] = "hangs"
    await put(bank)
    killed = asyncio.ensure_future(tell_due("sms"))
    await eventually(lambda: post.asked == 1)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    post.mood["sms"] = "fine"
    assert await tell_due("sms") == 0
    await machine.wait(LEASE_SECONDS)
    assert await tell_due("sms") == 1
    assert len(post.sms) == 1


async def test_no_transaction_stays_open_while_a_gateway_hangs(
    bank: Bank, admin: Admin, post: Post, dispatcher: Dispatcher
) -> None:
    post.mood["sms"] = "hangs"
    await put(bank)
    dispatcher.wake()
    await eventually(lambda: post.asked == 1)
    begun = await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    assert begun == 0


async def test_a_mail_server_that_hangs_delays_no_sms(bank: Bank, letters: Letters) -> None:
    texts = Post(bank.fields)
    async with MailServer(hangs=True) as server:
        settings = read(environment={"DEGA__EMAIL__PORT": str(server.port), "DEGA__EMAIL__TLS": "none"}).email
        mail = email_gateway(settings, Credentials(), bank.clock)
        for _ in range(50):
            await put(bank, "email")
        dispatcher = Dispatcher(bank.database, Senders(texts.senders.sms, mail.send, bank.fields), letters)
        await asyncio.sleep(0.3)
        await put(bank, "sms")
        dispatcher.wake()
        await eventually(lambda: len(texts.sms) == 1, seconds=1)
    await dispatcher.close()


async def test_one_that_cannot_be_written_holds_up_no_other(
    bank: Bank, admin: Admin, post: Post, dispatcher: Dispatcher
) -> None:
    await put(bank, template="no_such_notice")
    await put(bank)
    dispatcher.wake()
    await eventually(lambda: len(post.sms) == 1)
    await eventually(lambda: _is_waiting(admin, "no_such_notice", "TemplateNotFound"))


async def _is_waiting(admin: Admin, template: str, why: str) -> bool:
    rows = await admin.fetch("SELECT template, last_error FROM outbox WHERE sent_at IS NULL AND given_up_at IS NULL")
    return [tuple(row) for row in rows] == [(template, why)]


async def test_a_recipient_changed_in_the_table_is_not_told_and_holds_up_no_other(
    bank: Bank, admin: Admin, post: Post, dispatcher: Dispatcher
) -> None:
    for _ in range(2):
        await put(bank)
    await admin.execute("UPDATE outbox SET recipient = (SELECT recipient FROM outbox ORDER BY id LIMIT 1)")
    dispatcher.wake()
    await eventually(lambda: len(post.sms) == 1)
    await eventually(lambda: _is_waiting(admin, "password_changed", "NotSealedHere"))


async def test_the_dispatcher_outlives_the_loss_of_its_connections(
    bank: Bank, admin: Admin, post: Post, dispatcher: Dispatcher
) -> None:
    for _ in range(3):
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await asyncio.sleep(0.05)
        dispatcher.wake()
    await eventually(lambda: _put_and_see(bank, post))


async def _put_and_see(bank: Bank, post: Post) -> bool:
    await put(bank)
    await asyncio.sleep(0.2)
    return len(post.sms) > 0
