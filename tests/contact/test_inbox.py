"""The inbox of the staff: letters are listed, read, answered, assigned and closed, each under somebody's name."""

import asyncpg
import pytest
from cast import Admin, Cast, told
from contact.writing import MAILBOX, author, grumble, say

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.contact import inbox
from dega.contact.letters import reply
from dega.errors import LetterClosed, NotFound, Refusals


async def deeds(admin: Admin, subject: str) -> list[tuple[str, str]]:
    rows = await admin.fetch("SELECT actor, action FROM audit WHERE subject = $1 ORDER BY id", subject)
    return [tuple(row) for row in rows]


@pytest.mark.requirement("R41", "R43")
async def test_staff_list_read_and_answer_and_each_of_it_is_kept(
    bank: Bank, office: Bank, admin: Admin, cast: Cast
) -> None:
    first, second = await say(bank), await grumble(bank, author(cast.arta))
    assert [entry.reference for entry in await inbox.inbox(office, "vera")] == [first, second]
    letter = await inbox.read(office, second.lower(), "vera")
    assert (letter.contact, letter.customer_number, letter.expected) == (
        MAILBOX,
        cast.arta.number,
        "Kthimin e njërit.",
    )
    assert await inbox.answer(office, second, "E kthyem.", "vera") == "email"
    assert [entry.reference for entry in await inbox.inbox(office, "vera")] == [first]
    actions = ["message.left", "message.read", "message.answered"]
    assert [action for _, action in await deeds(admin, f"message:{second}")] == actions
    assert await deeds(admin, "inbox") == [("operator:vera", "inbox.listed")] * 2


WAYS = [
    ("stranger", "elira@example.org", [("email", MAILBOX, "complaint_kept"), ("email", MAILBOX, "complaint_answered")]),
    ("stranger", "069 200 3007", [("sms", "+355692003007", "letter_waits")]),
    ("stranger", "+49 151 12345678", []),
    ("stranger", "04 2266 288", []),
    ("arta", "", [("email", "c1@example.org", "letter_waits")]),
    ("arta", "069 200 3007", [("sms", "+355692003007", "letter_waits")]),
]


@pytest.mark.parametrize(("who", "contact", "expected"), WAYS)
async def test_an_answer_goes_where_its_author_is_and_somebody_calls_who_gets_none(
    bank: Bank, office: Bank, admin: Admin, cast: Cast, who: str, contact: str, expected: list[tuple[str, str, str]]
) -> None:
    by = {"by": author(cast.arta)} if who == "arta" else {}
    way = await inbox.answer(office, await grumble(bank, contact=contact, **by), "Po.", "vera")
    assert await told(bank, admin) == expected
    assert way == (expected[-1][0] if expected else "nobody")


async def test_without_a_mailbox_of_their_own_customers_hear_by_sms_that_an_answer_waits(
    bank: Bank, office: Bank, admin: Admin, cast: Cast
) -> None:
    await admin.execute("UPDATE customer SET email = NULL WHERE id = $1", cast.arta.id)
    assert await inbox.answer(office, await say(bank, by=author(cast.arta), contact=""), "Po.", "vera") == "sms"
    assert await told(bank, admin) == [("sms", cast.arta.mobile, "letter_waits")]


async def test_the_same_answer_twice_is_given_once_and_told_once(bank: Bank, office: Bank, admin: Admin) -> None:
    reference = await say(bank)
    for _ in range(2):
        assert await inbox.answer(office, reference, "Po.", "vera") == "email"
    assert await admin.fetchval("SELECT count(*) FROM reply") == 1
    assert await admin.fetchval("SELECT count(*) FROM outbox WHERE template = 'letter_answered'") == 1


async def test_a_letter_is_taken_by_one_operator_and_given_back(bank: Bank, office: Bank, admin: Admin) -> None:
    reference = await say(bank)
    await say(bank)
    await inbox.assign(office, reference, "elona", "vera")
    assert [entry.reference for entry in await inbox.inbox(office, "vera", assigned_to="elona")] == [reference]
    assert (await inbox.read(office, reference, "vera")).assigned_to == "elona"
    await inbox.assign(office, reference, None, "vera")
    assert await inbox.inbox(office, "vera", assigned_to="elona") == []
    assert [row["data"] for row in await admin.fetch("SELECT data FROM audit WHERE action = 'message.assigned'")]


@pytest.mark.refusal("letter_closed")
async def test_nothing_is_done_to_a_closed_letter_any_more(bank: Bank, office: Bank, admin: Admin) -> None:
    reference = await say(bank)
    await inbox.close(office, reference, "vera", "spam")
    assert [entry.state for entry in await inbox.inbox(office, "vera", inbox.EVERY)] == ["closed"]
    for deed in (
        inbox.answer(office, reference, "Po.", "vera"),
        inbox.assign(office, reference, "elona", "vera"),
        inbox.close(office, reference, "vera", "spam"),
    ):
        with pytest.raises(LetterClosed):
            await deed
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute("UPDATE message SET closed_at = NULL, closed_by = NULL")
    assert await admin.fetchval("SELECT data->>'reason' FROM audit WHERE action = 'message.closed'") == "spam"


@pytest.mark.parametrize("reference", ["M-7K3M-9Q2X", "nonsense", ""])
async def test_what_is_not_there_can_neither_be_read_nor_answered(office: Bank, reference: str) -> None:
    for deed in (
        inbox.read(office, reference, "vera"),
        inbox.answer(office, reference, "Po.", "vera"),
        inbox.assign(office, reference, "vera", "vera"),
        inbox.close(office, reference, "vera", "x"),
    ):
        with pytest.raises(NotFound):
            await deed


@pytest.mark.refusal("text_missing")
async def test_an_empty_answer_is_none(bank: Bank, office: Bank) -> None:
    with pytest.raises(Refusals):
        await inbox.answer(office, await say(bank), " \n ", "vera")


async def test_what_is_overdue_is_listed_the_longest_first_and_again_after_a_new_word(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    complaint, message = await grumble(bank, author(cast.arta)), await say(bank)
    await machine.wait(8 * 86400)
    assert [entry.reference for entry in await inbox.overdue(office, "vera")] == [message]
    await machine.wait(14 * 86400)
    assert [entry.reference for entry in await inbox.overdue(office, "vera")] == [message, complaint]
    await inbox.answer(office, complaint, "Po.", "vera")
    assert [entry.reference for entry in await inbox.overdue(office, "vera")] == [message]
    await reply(bank, author(cast.arta), complaint, "Jo.")
    assert [entry.reference for entry in await inbox.overdue(office, "vera")] == [message]
    await machine.wait(22 * 86400)
    assert len(await inbox.overdue(office, "vera")) == 2


async def test_the_web_process_can_neither_speak_for_the_bank_nor_close_a_letter(bank: Bank) -> None:
    reference = await say(bank)
    for deed in (inbox.answer(bank, reference, "Po.", "vera"), inbox.close(bank, reference, "vera", "x")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await deed
