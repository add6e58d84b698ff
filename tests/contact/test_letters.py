"""What authors see of their letters: by reference and contact, or in their inbox; unread answers; writing on."""

import asyncio

import pytest
from cast import Admin, Cast
from contact.writing import MAILBOX, STRANGER, author, grumble, say

from dega.bank import Bank
from dega.contact import inbox
from dega.contact.letters import follow, my_letters, open_letter, reply, unread
from dega.contact.limits import GUESSES_A_NETWORK, GUESSES_A_REFERENCE, Sent
from dega.errors import LetterClosed, NotFound, Refusals, TooManyLetters, TooManyRequests


@pytest.mark.requirement("R41")
async def test_what_became_of_it_is_told_to_whoever_knows_reference_and_contact_however_spelled(
    bank: Bank, office: Bank
) -> None:
    reference = await grumble(bank)
    await inbox.answer(office, reference, "E kthyem.\n\nNa ndjeni.", "vera")
    found = await follow(bank, STRANGER, reference.lower().replace("-", " "), " ELIRA@example.org ")
    assert (found.reference, found.kind, found.state) == (reference, "complaint", "answered")
    assert [(part.by_bank, part.text) for part in found.parts] == [(True, "E kthyem.\n\nNa ndjeni.")]


async def test_without_the_right_contact_a_reference_tells_nothing(bank: Bank, cast: Cast) -> None:
    kept, without = await say(bank), await say(bank, by=author(cast.arta), contact="")
    for typed, contact in (
        (kept, "other@example.org"),
        (kept, ""),
        (without, ""),
        ("M-0000-0000", MAILBOX),
        ("x", "y"),
    ):
        with pytest.raises(NotFound):
            await follow(bank, STRANGER, typed, contact)


async def test_a_contact_moved_to_another_row_opens_nothing(bank: Bank, admin: Admin) -> None:
    theirs, mine = await say(bank, contact="besnik@example.org"), await say(bank)
    await admin.execute(
        "UPDATE message SET contact = (SELECT contact FROM message WHERE reference = $2) WHERE reference = $1",
        theirs, mine,
    )  # fmt: skip
    with pytest.raises(Exception, match="doesn't hold what was sealed there"):
        await follow(bank, STRANGER, theirs, MAILBOX)


@pytest.mark.parametrize("there", [True, False])
async def test_one_letter_can_be_guessed_at_only_so_often_whether_it_is_there_or_not(bank: Bank, there: bool) -> None:
    reference = await say(bank) if there else "M-7K3M-9Q2X"
    for place in range(GUESSES_A_REFERENCE):
        with pytest.raises(NotFound):
            await follow(bank, STRANGER, reference, f"guess{place}@example.org")
    with pytest.raises(TooManyRequests):
        await follow(bank, STRANGER, reference, MAILBOX)


async def test_a_network_can_ask_only_so_often_what_became_of_letters(bank: Bank) -> None:
    for place in range(GUESSES_A_NETWORK):
        with pytest.raises(NotFound):
            await follow(bank, STRANGER, f"nonsense {place}", MAILBOX)
    with pytest.raises(TooManyRequests):
        await follow(bank, STRANGER, await say(bank), MAILBOX)


@pytest.mark.requirement("R40", "R41")
async def test_customers_see_what_they_wrote_what_was_said_on_last_first_and_nobody_elses(
    bank: Bank, office: Bank, cast: Cast
) -> None:
    first = await say(bank, "e para", author(cast.arta))
    second = await grumble(bank, author(cast.arta))
    await say(bank, "e huaj")
    assert [letter.reference for letter in await my_letters(bank, cast.arta.id)] == [second, first]
    await inbox.answer(office, first, "Po.", "vera")
    assert [letter.reference for letter in await my_letters(bank, cast.arta.id)] == [first, second]
    assert await my_letters(bank, cast.genti.id) == []
    with pytest.raises(NotFound):
        await open_letter(bank, cast.genti.id, first)


async def test_an_answer_is_unread_until_its_letter_is_opened_and_again_after_the_next(
    bank: Bank, office: Bank, cast: Cast
) -> None:
    reference = await say(bank, by=author(cast.arta))
    assert await unread(bank, cast.arta.id) == 0
    for text in ("Po.", "Edhe kjo."):
        await inbox.answer(office, reference, text, "vera")
        assert (await unread(bank, cast.arta.id), await unread(bank, cast.genti.id)) == (1, 0)
        assert (await open_letter(bank, cast.arta.id, reference)).parts[-1].text == text
        assert await unread(bank, cast.arta.id) == 0


async def test_the_author_writes_on_and_the_bank_is_to_answer_again(bank: Bank, office: Bank, cast: Cast) -> None:
    reference = await grumble(bank, author(cast.arta))
    await inbox.answer(office, reference, "Pse?", "vera")
    assert await inbox.inbox(office, "vera") == []
    await reply(bank, author(cast.arta), reference, "Sepse po.")
    assert [entry.reference for entry in await inbox.inbox(office, "vera")] == [reference]
    thread = await open_letter(bank, cast.arta.id, reference)
    assert [(part.by_bank, part.text) for part in thread.parts] == [(True, "Pse?"), (False, "Sepse po.")]
    assert thread.state == "received"


async def test_a_reply_sent_twice_is_said_once(bank: Bank, cast: Cast, admin: Admin) -> None:
    reference = await say(bank, by=author(cast.arta))
    await asyncio.gather(*(reply(bank, author(cast.arta), reference, "Edhe kjo.", Sent(b"form")) for _ in range(4)))
    assert await admin.fetchval("SELECT count(*) FROM reply") == 1
    assert await admin.fetchval("SELECT count(*) FROM audit WHERE action = 'message.replied'") == 1


@pytest.mark.refusal("too_many_letters")
async def test_a_reply_that_comes_again_is_counted_once_and_one_too_many_is_not_kept(
    bank: Bank, cast: Cast, admin: Admin
) -> None:
    reference, arta = await say(bank, by=author(cast.arta)), author(cast.arta)
    for _ in range(bank.config.inbox.daily_customer - 2):
        await reply(bank, arta, reference, "Edhe kjo.")
    last = [reply(bank, arta, reference, "E fundit.", Sent(b"the last one")) for _ in range(4)]
    await asyncio.gather(*last)
    await reply(bank, arta, reference, "E fundit.", Sent(b"the last one"))
    with pytest.raises(TooManyLetters):
        await reply(bank, arta, reference, "Edhe një.")
    assert await admin.fetchval("SELECT count(*) FROM reply") == bank.config.inbox.daily_customer - 1


@pytest.mark.refusal("letter_closed", "text_missing")
async def test_nobody_writes_on_what_is_closed_or_is_anothers_or_says_nothing(
    bank: Bank, office: Bank, cast: Cast, admin: Admin
) -> None:
    reference = await say(bank, by=author(cast.arta))
    with pytest.raises(Refusals):
        await reply(bank, author(cast.arta), reference, " ")
    for stranger in (author(cast.genti), STRANGER):
        with pytest.raises(NotFound):
            await reply(bank, stranger, reference, "Po unë?")
    await inbox.close(office, reference, "vera", "done")
    with pytest.raises(LetterClosed):
        await reply(bank, author(cast.arta), reference, "Edhe diçka.")
    assert await admin.fetchval("SELECT count(*) FROM reply") == 0
