"""The inbox ("Mesazhet"): the list, a letter with its answers, the mark in the menu, and writing on."""

import re
from collections.abc import Awaitable, Callable

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person
from contact.writing import author, grumble, say

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.contact import inbox
from dega.web.unread import AGAIN_AFTER_SECONDS

Login = Callable[[Browser, Person], Awaitable[Page]]


@pytest.fixture
async def arta(browser: Browser, login: Login, cast: Cast) -> Browser:
    """Arta, logged in, in English."""
    await login(browser, cast.arta)
    await browser.post("/language", language="en", back="/accounts")
    return browser


def marked(page: Page) -> str:
    """What the menu says beside "Messages"."""
    found = re.search(r'<a href="/messages"[^>]*>Messages(.*?)</a>', page.html, re.DOTALL)
    assert found is not None, page.html
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


async def test_before_anything_is_written_the_inbox_says_so_and_leads_to_both_forms(arta: Browser) -> None:
    page = await arta.get("/messages")
    assert "You have not written to us yet" in page.text
    assert 'href="/contact">Leave a message' in page.html
    assert 'href="/complaints">Suggestions' in page.html


@pytest.mark.requirement("R40", "R41")
async def test_the_list_says_of_each_letter_how_it_stands_and_what_is_unread(
    arta: Browser, bank: Bank, office: Bank, cast: Cast
) -> None:
    asked, complained = await say(bank, by=author(cast.arta)), await grumble(bank, author(cast.arta))
    await inbox.answer(office, asked, "Po.", "vera")
    page = await arta.get("/messages")
    assert f"{asked} Transfers and payments 23.11.2026 10:0" in page.text
    assert "Answered unread" in page.text
    assert page.text.index(asked) < page.text.index(complained)
    assert f"{complained} Complaint 23.11.2026 10:0" in page.text


async def test_a_long_list_has_pages_and_no_letter_is_left_out(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast
) -> None:
    for _ in range(20):
        await say(bank, by=author(cast.arta), contact="")
    await admin.execute(
        "INSERT INTO message (reference, kind, customer_id, name, text, language, received_at, due_on)"
        " SELECT 'M-' || n, 'message', $1, 'Arta', 'x', 'sq', '2026-01-01', '2026-01-08' FROM generate_series(1, 5) n",
        cast.arta.id,
    )
    first, second = await arta.get("/messages"), await arta.get("/messages?page=2")
    found = [re.findall(r'href="/messages/(M-[^"]+)"', page.html) for page in (first, second)]
    assert (len(found[0]), sorted(found[1])) == (20, [f"M-{n}" for n in range(1, 6)])
    assert ("page=2" in first.html, "page=1" in second.html, "page=3" in second.html) == (True, True, False)
    for typed in ("0", "-1", "x", "1001", "²"):
        assert (await arta.get(f"/messages?page={typed}")).status == 404


@pytest.mark.requirement("R41")
async def test_an_answer_marks_the_menu_of_every_page_until_it_was_read(
    arta: Browser, bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    reference = await grumble(bank, author(cast.arta))
    assert marked(await arta.get("/accounts")) == ""
    await inbox.answer(office, reference, "E kthyem.", "vera")
    await machine.wait(AGAIN_AFTER_SECONDS)
    for path in ("/accounts", "/contact", "/messages"):
        assert marked(await arta.get(path)) == "1 unread"
    letter = await arta.get(f"/messages/{reference}")
    assert "E kthyem." in letter.text
    assert marked(letter) == ""
    assert marked(await arta.get("/accounts")) == ""


async def test_a_form_that_comes_back_has_the_menu_of_the_page_before_it(
    arta: Browser, bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    reference = await say(bank, by=author(cast.arta))
    await arta.get("/contact")
    await inbox.answer(office, reference, "Po.", "vera")
    await machine.wait(AGAIN_AFTER_SECONDS)
    refused = await arta.post("/contact", text="")
    assert (refused.status, marked(refused)) == (422, "")
    assert marked(await arta.get("/contact")) == "1 unread"


async def test_the_menu_asks_postgresql_seldom_and_shows_nothing_where_that_is_away(
    arta: Browser, bank: Bank, office: Bank, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    reference = await say(bank, by=author(cast.arta))
    await arta.get("/contact")
    await inbox.answer(office, reference, "Po.", "vera")
    assert marked(await arta.get("/contact")) == ""
    await machine.wait(AGAIN_AFTER_SECONDS)
    await admin.execute("REVOKE SELECT ON letter FROM dega_app")
    await admin.execute("GRANT SELECT ON letter TO dega_app")
    assert marked(await arta.get("/contact")) == "1 unread"


async def test_strangers_and_who_must_change_their_password_have_no_mark(
    browser: Browser, login: Login, bank: Bank, office: Bank, cast: Cast, machine: TimeMachine
) -> None:
    await inbox.answer(office, await say(bank, by=author(cast.arta)), "Po.", "vera")
    assert "tag-warning" not in (await browser.get("/contact")).html
    await machine.wait(180 * 86400)
    page = await login(browser, cast.arta)
    assert page.path == "/security/password"
    assert "tag-warning" not in page.html


@pytest.mark.requirement("R41")
async def test_the_customer_writes_on_and_staff_see_it(arta: Browser, bank: Bank, office: Bank, cast: Cast) -> None:
    reference = await grumble(bank, author(cast.arta))
    await inbox.answer(office, reference, "Cilin komision?", "vera")
    await arta.get(f"/messages/{reference}")
    page = await arta.post(f"/messages/{reference}", text="Atë të <b>dytë.")
    assert page.path == f"/messages/{reference}"
    assert page.text.index("Cilin komision?") < page.text.index("Atë të <b>dytë.")
    assert (await inbox.read(office, reference, "vera")).replies[-1].text == "Atë të <b>dytë."


async def test_what_is_wrong_with_a_reply_is_said_and_the_letter_stays_on_the_page(
    arta: Browser, bank: Bank, cast: Cast
) -> None:
    reference = await say(bank, by=author(cast.arta))
    await arta.get(f"/messages/{reference}")
    page = await arta.post(f"/messages/{reference}", text=" ")
    assert page.status == 422
    assert '<a href="#text">Write your message.</a>' in page.html
    assert "Nuk e gjej mandatin." in page.text


@pytest.mark.refusal("letter_closed")
async def test_a_closed_letter_has_no_form_and_takes_no_reply(
    arta: Browser, bank: Bank, office: Bank, cast: Cast, admin: Admin
) -> None:
    reference = await say(bank, by=author(cast.arta))
    await arta.get(f"/messages/{reference}")
    await inbox.close(office, reference, "vera", "done")
    page = await arta.post(f"/messages/{reference}", text="Edhe diçka.")
    assert page.status == 422
    assert "This conversation is closed." in page.text
    assert 'name="text"' not in (await arta.get(f"/messages/{reference}")).html
    assert await admin.fetchval("SELECT count(*) FROM reply") == 0


@pytest.mark.requirement("R29")
async def test_letters_of_others_are_neither_listed_nor_opened_nor_written_on(
    arta: Browser, bank: Bank, cast: Cast, admin: Admin
) -> None:
    theirs, nobodys = await say(bank, by=author(cast.genti)), await say(bank)
    assert "M-" not in (await arta.get("/messages")).text
    for reference in (theirs, nobodys, "M-7K3M-9Q2X", "nonsense"):
        assert (await arta.get(f"/messages/{reference}")).status == 404
        await arta.get("/messages")
        assert (await arta.post(f"/messages/{reference}", text="Po unë?", shown="")).status == 404
    assert await admin.fetchval("SELECT count(*) FROM reply") == 0
