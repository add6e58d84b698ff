"""What people write: what is kept and how, what is refused, how much is too much, and the receipt."""

import asyncio
from dataclasses import replace

import pytest
from cast import Admin, Cast, told
from contact.writing import MAILBOX, STRANGER, author, grumble, say

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.contact.complaints import complain
from dega.contact.limits import RECEIPTS_A_DAY, Author, Sent
from dega.contact.messages import LONGEST_EXPECTED, LONGEST_TEXT, leave_message, parse_contact
from dega.errors import ContactMissing, Refusals, TooManyLetters
from dega.gateways.email import _MAILBOX as GATEWAYS_MAILBOX
from dega.ids import parse_message_reference


@pytest.mark.requirement("R40")
async def test_a_message_is_kept_under_a_reference_with_or_without_a_session(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    by_stranger, by_arta = await say(bank), await say(bank, by=author(cast.arta))
    assert parse_message_reference(by_stranger) == by_stranger != by_arta
    kept = await admin.fetchrow(
        "SELECT kind, topic, customer_id, name, text, language FROM message WHERE reference = $1", by_arta
    )
    assert tuple(kept) == ("message", "payment", cast.arta.id, "Elira Çela", "Nuk e gjej mandatin.", "sq")
    trail = await admin.fetchrow(
        "SELECT actor, action, outcome FROM audit WHERE subject = $1", f"message:{by_stranger}"
    )
    assert tuple(trail) == ("visitor", "message.left", "done")


@pytest.mark.requirement("R41")
@pytest.mark.parametrize("kind", ["suggestion", "complaint"])
async def test_a_suggestion_or_complaint_is_kept_with_what_is_expected(bank: Bank, admin: Admin, kind: str) -> None:
    reference = await grumble(bank, kind=kind)
    kept = await admin.fetchrow("SELECT kind, text, expected FROM message WHERE reference = $1", reference)
    assert tuple(kept) == (kind, "Komisioni u mbajt dy herë.", "Kthimin e njërit.")


async def test_where_to_answer_is_sealed_in_the_table(bank: Bank, admin: Admin) -> None:
    await say(bank)
    row = await admin.fetchrow("SELECT id, contact FROM message")
    assert MAILBOX not in row["contact"]
    assert bank.fields.reveal(row["contact"], f"message|contact|{row['id']}") == MAILBOX


async def test_whoever_is_logged_in_may_read_the_answer_there_and_a_stranger_must_say_where(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    await say(bank, by=author(cast.arta), contact=" ")
    assert await admin.fetchval("SELECT contact FROM message") is None
    with pytest.raises(Refusals) as raised:
        await say(bank, contact=" ")
    assert [refusal.code for refusal in raised.value.refusals] == ["contact_missing"]


async def test_a_customer_whose_name_nobody_could_type_here_can_write_all_the_same(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    await leave_message(bank, author(cast.arta), "other", "Артa №1", "", "Po.")
    assert await admin.fetchval("SELECT name FROM message") == "Артa №1"


REFUSED = [
    (("other", "", "a@b.al", "x"), [("name", "name_missing")]),
    (("other", "Arta", "", "x"), [("contact", "contact_missing")]),
    (("other", "Arta", "a@b.al", " \n "), [("text", "text_missing")]),
    (("other", "x" * 71, "a@b.al", "x"), [("name", "text_too_long")]),
    (("other", "Аrta", "a@b.al", "x"), [("name", "text_characters")]),
    (("other", "Arta", "a@b.al", "x" * (LONGEST_TEXT + 1)), [("text", "text_too_long")]),
    (("other", "Arta", "a@b.al", "\ue000"), [("text", "text_characters")]),
    (("", "Arta", "a@b.al", "x"), [("topic", "topic_missing")]),
    (("weather", "", "call me", ""), [("topic", "topic_missing"), ("name", "name_missing"),
     ("contact", "contact_missing"), ("text", "text_missing")]),
]  # fmt: skip


@pytest.mark.refusal(
    "topic_missing", "name_missing", "contact_missing", "text_missing", "text_too_long", "text_characters"
)
@pytest.mark.parametrize(("typed", "refused"), REFUSED, ids=lambda value: repr(value)[:40])
async def test_everything_that_is_wrong_with_a_message_is_said_at_once_and_nothing_kept(
    bank: Bank, admin: Admin, typed: tuple[str, str, str, str], refused: list[tuple[str, str]]
) -> None:
    with pytest.raises(Refusals) as raised:
        await leave_message(bank, STRANGER, *typed)
    assert [(refusal.field, refusal.code) for refusal in raised.value.refusals] == refused
    assert await admin.fetchval("SELECT count(*) FROM message") == 0


@pytest.mark.refusal("kind_missing")
@pytest.mark.parametrize("kind", ["", "message", "praise"])
async def test_whether_it_is_a_suggestion_or_a_complaint_must_be_chosen(bank: Bank, kind: str) -> None:
    expected = "x" * (LONGEST_EXPECTED + 1)
    with pytest.raises(Refusals) as raised:
        await complain(bank, STRANGER, kind, "Arta", "a@b.al", "", expected)
    assert [refusal.code for refusal in raised.value.refusals] == ["kind_missing", "text_missing", "text_too_long"]


CONTACTS = [
    ("Elira@Example.ORG", "elira@example.org"),
    ("069 200 3001", "+355692003001"),
    ("69 200 3001", "+355692003001"),
    ("00355 69 200 3001", "+355692003001"),
    ("+355 (0)69/200-30.01", "+355692003001"),
    ("04 2266 288", "+35542266288"),
    ("+49 30 1234567", "+49301234567"),
]


@pytest.mark.parametrize(("typed", "kept"), CONTACTS)
def test_a_contact_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert parse_contact(typed) == kept
    assert "@" not in kept or GATEWAYS_MAILBOX.fullmatch(kept)


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "a@b", "@b.al", "a b", "069x2003001", "+" * 20, "a@" + "b" * 200 + ".al", "ç@b.al", '"a b"@c.al',
     "a@b.al,c@d.al", "a@b.al\r\nBcc: c@d.al"],
)  # fmt: skip
def test_what_nobody_can_be_reached_at_is_no_contact(typed: str) -> None:
    with pytest.raises(ContactMissing):
        parse_contact(typed)


async def test_a_form_sent_twice_is_one_message_even_at_the_same_moment(bank: Bank, admin: Admin) -> None:
    sent = await asyncio.gather(*(say(bank, sent=Sent(b"this form")) for _ in range(5)))
    again = await say(bank, sent=Sent(b"this form"))
    other = await say(bank, contact="069 200 3001", sent=Sent(b"another form"))
    assert set(sent) == {again} != {other}
    assert await admin.fetchval("SELECT count(*) FROM message") == 2
    assert await told(bank, admin) == [("email", MAILBOX, "letter_kept")]


@pytest.mark.refusal("too_many_letters")
async def test_a_network_of_strangers_and_a_customer_may_each_write_so_much(
    bank: Bank, cast: Cast, machine: TimeMachine, admin: Admin
) -> None:
    for by, most in ((STRANGER, bank.config.inbox.hourly_strangers), (author(cast.arta), 20)):
        for _ in range(most):
            await say(bank, by=by)
        with pytest.raises(TooManyLetters):
            await say(bank, by=by)
    await say(bank, by=replace(STRANGER, actor=Actor("visitor", address_prefix="198.51.100.0/24")))
    await say(bank, by=author(cast.genti))
    assert await admin.fetchval("SELECT count(*) FROM message") == 32


RECEIPTS = [("message", "letter_kept"), ("suggestion", "letter_kept"), ("complaint", "complaint_kept")]


@pytest.mark.requirement("R41")
@pytest.mark.parametrize(("kind", "template"), RECEIPTS)
async def test_a_receipt_goes_to_the_mailbox_and_repeats_nothing_that_was_typed(
    bank: Bank, admin: Admin, kind: str, template: str
) -> None:
    reference = await say(bank) if kind == "message" else await grumble(bank, kind=kind)
    assert await told(bank, admin) == [("email", MAILBOX, template)]
    data = await admin.fetchval("SELECT data::text FROM outbox")
    assert reference in data
    assert ("14.12.2026" in data) == (kind == "complaint")
    assert [typed for typed in ("Elira", "mandat", "omision", "njërit") if typed in data] == []


async def test_a_phone_gets_no_receipt(bank: Bank, admin: Admin) -> None:
    await say(bank, contact="069 200 3001")
    assert await told(bank, admin) == []


async def test_a_form_that_comes_again_is_counted_once(bank: Bank, admin: Admin) -> None:
    for _ in range(bank.config.inbox.hourly_strangers - 1):
        await say(bank, contact="069 200 3001")
    sent = await asyncio.gather(*(say(bank, sent=Sent(b"the last one")) for _ in range(5)))
    assert set(sent) == {await say(bank, sent=Sent(b"the last one"))}
    assert await told(bank, admin) == [("email", MAILBOX, "letter_kept")]
    with pytest.raises(TooManyLetters):
        await say(bank)
    assert await admin.fetchval("SELECT count(*) FROM message") == bank.config.inbox.hourly_strangers


async def test_nobody_makes_the_bank_fill_a_strangers_mailbox(bank: Bank, admin: Admin, machine: TimeMachine) -> None:
    for place in range(8):
        crowd = Author(None, "sq", Actor("visitor", address_prefix=f"10.0.{place}.0/24"))
        await say(bank, by=crowd)
    assert await admin.fetchval("SELECT count(*) FROM message") == 8
    assert len(await told(bank, admin)) == RECEIPTS_A_DAY
