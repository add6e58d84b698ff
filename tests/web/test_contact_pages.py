"""Contacts, messages, suggestions and complaints, with a session and without one."""

import html
import re
from collections.abc import Awaitable, Callable

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person

from dega.config import Config

Login = Callable[[Browser, Person], Awaitable[Page]]


@pytest.fixture
async def stranger(browser: Browser) -> Browser:
    """Somebody who isn't logged in, in English."""
    await browser.post("/language", language="en", back="/")
    return browser


def reference(page: Page) -> str:
    """The reference that the page gives."""
    found = re.search(r'<p class="case">(M-[0-9A-Z]{4}-[0-9A-Z]{4})</p>', page.html)
    assert found is not None, page.text
    return found[1]


LETTER = {"name": "Elira Çela", "contact": "Elira@example.org", "text": "Nuk e gjej\r\nmandatin <b>."}


@pytest.mark.requirement("R40")
async def test_a_stranger_leaves_a_message_and_gets_a_reference(stranger: Browser, admin: Admin) -> None:
    await stranger.get("/contact")
    kept = await stranger.post("/contact", **LETTER)
    row = await admin.fetchrow(
        "SELECT kind, customer_id, contact, text, language FROM message WHERE reference = $1", reference(kept)
    )
    assert tuple(row) == ("message", None, "elira@example.org", "Nuk e gjej\nmandatin <b>.", "en")
    assert kept.path == f"/contact?reference={reference(kept)}"


@pytest.mark.requirement("R40")
async def test_a_customers_message_is_known_to_be_theirs_and_shows_below_the_form(
    stranger: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await login(stranger, cast.arta)
    form = await stranger.get("/contact")
    assert re.search(r'name="name"[^>]* value="Arta Kola"', form.html)
    kept = reference(await stranger.post("/contact", **LETTER))
    assert await admin.fetchval("SELECT customer_id FROM message WHERE reference = $1", kept) == cast.arta.id
    page = await stranger.get("/contact")
    assert f"{kept} 23.11.2026 10:0" in page.text
    assert "Nuk e gjej mandatin <b>." in page.text
    assert "<b>." not in page.html


@pytest.mark.requirement("R40")
async def test_what_is_wrong_with_a_message_is_said_at_once_and_what_was_typed_stays(
    stranger: Browser, admin: Admin
) -> None:
    await stranger.get("/contact")
    page = await stranger.post("/contact", name="Elira", contact="call me", text="")
    assert page.status == 422
    assert page.title.startswith("Error: Contacts")
    assert '<a href="#contact">' in page.html
    assert '<a href="#text">Write your message.</a>' in page.html
    assert re.search(r'name="contact"[^>]* value="call me"', page.html)
    assert await admin.fetchval("SELECT count(*) FROM message") == 0


@pytest.mark.requirement("R42")
async def test_every_way_to_the_bank_is_a_link_made_of_the_configuration(stranger: Browser, config: Config) -> None:
    page = await stranger.get("/contact")
    contacts = config.contacts
    ways = [f"tel:{contacts.call_center_e164}", f"mailto:{contacts.email}", f"mailto:{contacts.email_info}"]
    ways += [f"https://wa.me/{contacts.whatsapp_e164.lstrip('+')}", *(network.url for network in contacts.social)]
    main = page.html[page.html.index('role="main"') : page.html.index('role="contentinfo"')]
    assert [way for way in ways if f'href="{html.escape(way)}"' not in main] == []
    assert "https://wa.me/355674000018" in main


@pytest.mark.requirement("R41")
@pytest.mark.parametrize("kind", ["suggestion", "complaint"])
async def test_whoever_complains_or_suggests_can_follow_it_by_reference_and_contact(
    stranger: Browser, admin: Admin, kind: str
) -> None:
    await stranger.get("/complaints")
    given = reference(await stranger.post("/complaints", kind=kind, **LETTER))
    await admin.execute("UPDATE message SET state = 'answered'")
    await stranger.get("/complaints")
    found = await stranger.post("/complaints", form="state", reference=given.lower(), left_contact="elira@EXAMPLE.org")
    assert found.status == 200
    assert f"{kind.capitalize()} {given}" in found.text
    assert "State Answered" in found.text


@pytest.mark.requirement("R41")
async def test_the_kind_must_be_chosen_and_the_text_stays(stranger: Browser) -> None:
    await stranger.get("/complaints")
    page = await stranger.post("/complaints", **LETTER)
    assert page.status == 422
    assert "Choose whether it is a suggestion or a complaint." in page.text
    assert html.escape(LETTER["text"].split("\r\n")[1]) in page.html


@pytest.mark.parametrize("contact", ["genti@example.org", ""])
async def test_without_the_contact_a_reference_tells_nothing(stranger: Browser, contact: str) -> None:
    await stranger.get("/complaints")
    given = reference(await stranger.post("/complaints", kind="complaint", **LETTER))
    await stranger.get("/complaints")
    page = await stranger.post("/complaints", form="state", reference=given, left_contact=contact)
    assert page.status == 422
    assert "There is no message with this reference and this contact." in page.text
    assert "mandatin" not in page.text
    assert f'value="{given}"' in page.html


async def test_nobody_sees_what_another_customer_said(
    stranger: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await admin.execute(
        "INSERT INTO message (reference, kind, customer_id, name, contact, text, language, received_at)"
        " VALUES ('M-1', 'complaint', $1, 'Arta', 'a@b.al', 'sekret', 'sq', bank_clock())", cast.arta.id,
    )  # fmt: skip
    await login(stranger, cast.genti)
    for path in ("/contact", "/complaints"):
        page = await stranger.get(path)
        assert (page.status, "sekret" in page.text) == (200, False)


@pytest.mark.parametrize("typed", ["M-7K3M-9Q2X", "<script>", ""])
async def test_a_page_is_given_only_to_a_reference_that_can_be_one(stranger: Browser, typed: str) -> None:
    page = await stranger.get(f"/contact?reference={typed}")
    assert (page.status, typed in page.html.split('role="main"')[1].split('role="contentinfo"')[0]) == (
        404,
        typed == "",
    )


async def test_messages_are_taken_only_from_our_own_pages(stranger: Browser, admin: Admin) -> None:
    page = await stranger.post("/contact", token="0" * 64, **LETTER)
    assert page.status == 403
    assert await admin.fetchval("SELECT count(*) FROM message") == 0
