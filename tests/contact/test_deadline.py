"""Until when people are answered, and how staff are reminded in time."""

from dataclasses import replace
from datetime import date

import pytest
from cast import Admin, Cast, told
from contact.writing import author, grumble, say

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import ConfigError, read
from dega.contact import inbox
from dega.contact.letters import reply
from dega.contact.reminders import remind_staff
from dega.night.timetable import timetable


async def test_holidays_give_the_bank_as_many_days_more(bank: Bank, admin: Admin) -> None:
    await admin.execute(
        "INSERT INTO holiday VALUES ('2026-11-30', 'Dita e Flamurit'), ('2026-12-01', 'Dita e Çlirimit')"
    )
    reference = await grumble(bank, kind="complaint")
    assert await admin.fetchval("SELECT due_on FROM message WHERE reference = $1", reference) == date(2026, 12, 16)


@pytest.mark.requirement("R41")
async def test_a_letter_knows_its_last_day_by_its_kind_and_the_configuration(bank: Bank, admin: Admin) -> None:
    for kind, last in (("complaint", date(2026, 12, 14)), ("suggestion", date(2026, 11, 30))):
        reference = await grumble(bank, kind=kind)
        assert await admin.fetchval("SELECT due_on FROM message WHERE reference = $1", reference) == last
    shorter = replace(bank, config=replace(bank.config, inbox=replace(bank.config.inbox, complaint_days=2)))
    reference = await grumble(shorter)
    assert await admin.fetchval("SELECT due_on FROM message WHERE reference = $1", reference) == date(2026, 11, 25)


async def test_a_letter_left_shortly_before_midnight_in_tirana_is_of_that_day(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    await machine.wait(13 * 3600 + 59 * 60)
    await say(bank)
    assert await admin.fetchval("SELECT due_on FROM message") == date(2026, 11, 30)
    await machine.wait(120)
    await say(bank)
    assert await admin.fetchval("SELECT max(due_on) FROM message") == date(2026, 12, 1)


async def test_staff_are_reminded_once_a_day_of_all_that_is_due_soon_until_it_is_answered(
    bank: Bank, office: Bank, admin: Admin, machine: TimeMachine
) -> None:
    late, soon = await say(bank), await grumble(bank)
    await admin.execute("DELETE FROM outbox")
    assert await remind_staff(bank) == 0
    await machine.wait(2 * 86400)
    assert [await remind_staff(bank), await remind_staff(bank)] == [1, 0]
    assert await told(bank, admin) == [("email", bank.config.inbox.reminder_email, "inbox_reminder")]
    await machine.wait(17 * 86400)
    assert [await remind_staff(bank), await remind_staff(bank)] == [2, 0]
    said = await admin.fetchval("SELECT data->>'waiting' FROM outbox ORDER BY id DESC LIMIT 1")
    assert said == f"{late} · 30.11.2026 · Mesazhi\n{soon} · 14.12.2026 · Ankesë"
    await inbox.answer(office, late, "Po.", "vera")
    await machine.wait(86400)
    assert await remind_staff(bank) == 1


async def test_a_new_word_of_its_author_is_due_like_a_letter_of_its_own(
    bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    reference = await say(bank, by=author(cast.arta), contact="")
    await inbox.answer(office, reference, "Po.", "vera")
    await machine.wait(20 * 86400)
    assert await remind_staff(bank) == 0
    await reply(bank, author(cast.arta), reference, "Jo.")
    assert await remind_staff(bank) == 0
    await machine.wait(5 * 86400)
    assert await remind_staff(bank) == 1


async def test_nobody_is_reminded_where_no_mailbox_is_named_and_nothing_counts_as_told(
    bank: Bank, admin: Admin, machine: TimeMachine
) -> None:
    await say(bank, contact="069 200 3001")
    await machine.wait(30 * 86400)
    silent = replace(bank, config=replace(bank.config, inbox=replace(bank.config.inbox, reminder_email="")))
    assert await remind_staff(silent) == 0
    assert await told(bank, admin) == []
    assert await remind_staff(bank) == 1


WRONG = [
    ("COMPLAINT_DAYS", "16"),
    ("COMPLAINT_DAYS", "0"),
    ("REMINDER_EMAIL", "the call center"),
    ("AUTHORITY_URL", "http://www.bankofalbania.org/"),
]


@pytest.mark.requirement("R48")
@pytest.mark.parametrize(("key", "value"), WRONG)
def test_no_bank_gives_itself_more_time_than_the_law_or_a_value_that_cannot_be(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"inbox.{key.lower()}"):
        read(environment={f"DEGA__INBOX__{key}": value})


async def test_reminding_is_a_job_of_the_timetable_in_the_morning(bank: Bank, machine: TimeMachine) -> None:
    await say(bank)
    await machine.wait(30 * 86400)
    (job,) = [job for job in timetable(bank) if job.name == "remind staff of letters"]
    assert f"{job.at:%H:%M}" == "08:00"
    assert await job.run(bank.database) == 1
