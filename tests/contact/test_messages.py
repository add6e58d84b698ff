"""Messages, suggestions and complaints: what is kept, what is refused, who may see what became of it."""

import asyncpg
import pytest
from cast import Cast

from dega.app import open_bank
from dega.audit import Actor
from dega.bank import Bank
from dega.contact.complaints import complain
from dega.contact.inbox import inbox, mark, read
from dega.contact.messages import LONGEST_TEXT, Message, follow, leave_message, my_messages, parse_contact
from dega.errors import ContactMissing, NotFound, Refusals
from dega.ids import parse_message_reference

Admin = asyncpg.Connection
STRANGER = Actor("stranger")
STAFF = Actor("operator:vera")


async def say(bank: Bank, text: str = "Nuk e gjej mandatin.", customer_id: int | None = None) -> str:
    return await leave_message(bank, "Elira Çela", "Elira@Example.org", text, customer_id, "sq", STRANGER)


async def seen(bank: Bank, reference: str) -> Message:
    return await follow(bank, reference, "elira@example.org")


@pytest.mark.requirement("R40")
async def test_a_message_is_kept_under_a_reference_with_or_without_a_session(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    by_stranger, by_arta = await say(bank), await say(bank, customer_id=cast.arta.id)
    assert parse_message_reference(by_stranger) == by_stranger != by_arta
    kept = await admin.fetchrow(
        "SELECT kind, customer_id, name, contact, text, language FROM message WHERE reference = $1", by_arta
    )
    assert tuple(kept) == ("message", cast.arta.id, "Elira Çela", "elira@example.org", "Nuk e gjej mandatin.", "sq")
    trail = await admin.fetchrow(
        "SELECT actor, action, outcome FROM audit WHERE subject = $1", f"message:{by_stranger}"
    )
    assert tuple(trail) == ("stranger", "message.left", "done")


@pytest.mark.requirement("R41")
@pytest.mark.parametrize("kind", ["suggestion", "complaint"])
async def test_a_suggestion_or_complaint_is_kept_and_its_author_sees_its_state(bank: Bank, kind: str) -> None:
    reference = await complain(
        bank, kind, "Elira Çela", "elira@example.org", "Radha ishte e gjatë.", None, "sq", STRANGER
    )
    found = await seen(bank, reference)
    assert (found.reference, found.kind, found.text, found.state) == (
        reference,
        kind,
        "Radha ishte e gjatë.",
        "received",
    )


@pytest.mark.requirement("R41")
async def test_customers_see_what_they_said_newest_first_and_nobody_elses(bank: Bank, cast: Cast) -> None:
    first = await say(bank, "e para", cast.arta.id)
    second = await complain(bank, "complaint", "Arta", "069 200 3001", "e dyta", cast.arta.id, "sq", STRANGER)
    await say(bank, "e huaj")
    assert [message.reference for message in await my_messages(bank, cast.arta.id)] == [second, first]
    assert await my_messages(bank, cast.genti.id) == []


REFUSED = [
    (("", "a@b.al", "x"), [("name", "name_missing")]),
    (("Arta", "", "x"), [("contact", "contact_missing")]),
    (("Arta", "a@b.al", " \n "), [("text", "text_missing")]),
    (("x" * 71, "a@b.al", "x"), [("name", "text_too_long")]),
    (("Аrta", "a@b.al", "x"), [("name", "text_characters")]),
    (("Arta", "a@b.al", "x" * (LONGEST_TEXT + 1)), [("text", "text_too_long")]),
    (("Arta", "a@b.al", "\ue000"), [("text", "text_characters")]),
    (("", "call me", ""), [("name", "name_missing"), ("contact", "contact_missing"), ("text", "text_missing")]),
]


@pytest.mark.refusal("name_missing", "contact_missing", "text_missing", "text_too_long", "text_characters")
@pytest.mark.parametrize(("typed", "refused"), REFUSED, ids=lambda value: repr(value)[:40])
async def test_everything_that_is_wrong_with_a_message_is_said_at_once_and_nothing_kept(
    bank: Bank, admin: Admin, typed: tuple[str, str, str], refused: list[tuple[str, str]]
) -> None:
    with pytest.raises(Refusals) as raised:
        await leave_message(bank, *typed, None, "sq", STRANGER)
    assert [(refusal.field, refusal.code) for refusal in raised.value.refusals] == refused
    assert await admin.fetchval("SELECT count(*) FROM message") == 0


@pytest.mark.refusal("kind_missing")
@pytest.mark.parametrize("kind", ["", "message", "praise"])
async def test_whether_it_is_a_suggestion_or_a_complaint_must_be_chosen(bank: Bank, kind: str) -> None:
    with pytest.raises(Refusals) as raised:
        await complain(bank, kind, "Arta", "a@b.al", "", None, "sq", STRANGER)
    assert [refusal.code for refusal in raised.value.refusals] == ["kind_missing", "text_missing"]


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


@pytest.mark.parametrize(
    "typed", ["", "12345", "a@b", "@b.al", "a b", "069x2003001", "+" * 20, "a@" + "b" * 200 + ".al"]
)
def test_what_nobody_can_be_reached_at_is_no_contact(typed: str) -> None:
    with pytest.raises(ContactMissing):
        parse_contact(typed)


@pytest.mark.requirement("R41")
async def test_the_state_is_told_to_whoever_knows_reference_and_contact_however_spelled(bank: Bank) -> None:
    reference = await say(bank)
    found = await follow(bank, reference.lower().replace("-", " "), " ELIRA@example.org ")
    assert found.reference == reference
    for typed, contact in ((reference, "other@example.org"), ("M-0000-0000", "elira@example.org"), ("x", "y")):
        with pytest.raises(NotFound):
            await follow(bank, typed, contact)


@pytest.mark.requirement("R41", "R43")
async def test_staff_read_the_inbox_and_the_author_sees_the_answer(bank: Bank, admin: Admin) -> None:
    first, second = await say(bank), await say(bank)
    async with open_bank(
        bank.config, dsn=bank.config.database.staff_dsn, clock=bank.clock, codes=bank.codes, keys=bank.keys
    ) as staff:
        assert [letter.reference for letter in await inbox(staff)] == [first, second]
        letter = await read(staff, first.lower(), STAFF)
        await mark(staff, first, "answered", STAFF)
        assert [letter.reference for letter in await inbox(staff)] == [second]
    assert (letter.name, letter.contact, letter.language) == ("Elira Çela", "elira@example.org", "sq")
    assert (await seen(bank, first)).state == "answered"
    trail = await admin.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY id", f"message:{first}")
    assert [row["action"] for row in trail] == ["message.left", "message.read", "message.answered"]


MOVES = [
    ("received", "answered", True),
    ("received", "closed", True),
    ("answered", "closed", True),
    ("answered", "received", False),
    ("closed", "answered", False),
    ("closed", "closed", False),
]


@pytest.mark.parametrize(("state", "to", "moves"), MOVES)
async def test_a_message_only_moves_forwards(bank: Bank, admin: Admin, state: str, to: str, moves: bool) -> None:
    reference = await say(bank)
    await admin.execute("UPDATE message SET state = $1", state)
    async with open_bank(
        bank.config, dsn=bank.config.database.staff_dsn, clock=bank.clock, codes=bank.codes, keys=bank.keys
    ) as staff:
        if moves:
            await mark(staff, reference, to, STAFF)
        else:
            with pytest.raises(NotFound):
                await mark(staff, reference, to, STAFF)
    assert (await seen(bank, reference)).state == (to if moves else state)


@pytest.mark.parametrize("reference", ["M-0000-0000", "nothing"])
async def test_staff_find_no_message_that_is_not_there(bank: Bank, reference: str) -> None:
    with pytest.raises(NotFound):
        await read(bank, reference, STAFF)
