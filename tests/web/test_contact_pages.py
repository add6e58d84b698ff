"""Contacts, messages, suggestions and complaints, with a session and without one."""

import html
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from browser_session import Browser, Page
from cast import Admin, Cast, Person
from contact.writing import grumble

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.config import Config
from dega.contact import inbox
from dega.store.cache import Script
from dega.web.keys import BANK

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


WORDS = {"text": "Nuk e gjej\r\nmandatin <b>."}
LETTER = {"topic": "payment", "name": "Elira Çela", "contact": "Elira@example.org", **WORDS}
COMPLAINT = {"kind": "complaint", "name": "Elira Çela", "contact": "Elira@example.org", "expected": "Sqarim.", **WORDS}


@pytest.mark.requirement("R40")
async def test_a_stranger_leaves_a_message_and_gets_a_reference(stranger: Browser, admin: Admin) -> None:
    await stranger.get("/contact")
    kept = await stranger.post("/contact", **LETTER)
    row = await admin.fetchrow(
        "SELECT kind, topic, customer_id, text, language FROM message WHERE reference = $1", reference(kept)
    )
    assert tuple(row) == ("message", "payment", None, "Nuk e gjej\nmandatin <b>.", "en")
    assert kept.path == f"/contact?reference={reference(kept)}"


@pytest.mark.requirement("R40")
async def test_whoever_is_logged_in_needs_say_neither_their_name_nor_where_to_answer(
    stranger: Browser, login: Login, cast: Cast, admin: Admin
) -> None:
    await login(stranger, cast.arta)
    form = await stranger.get("/contact")
    assert 'name="name"' not in form.html
    kept = reference(await stranger.post("/contact", topic="other", name="Somebody Else", **WORDS))
    row = await admin.fetchrow("SELECT customer_id, name, contact FROM message WHERE reference = $1", kept)
    assert tuple(row) == (cast.arta.id, "Arta Kola", None)
    assert f'href="/messages/{kept}"' in (await stranger.get("/messages")).html


@pytest.mark.requirement("R40")
async def test_what_is_wrong_with_a_message_is_said_at_once_and_what_was_typed_stays(
    stranger: Browser, admin: Admin
) -> None:
    await stranger.get("/contact")
    page = await stranger.post("/contact", topic="branch", name="Elira", contact="call me", text="")
    assert page.status == 422
    assert page.title.startswith("Error: Contacts")
    assert '<a href="#contact">' in page.html
    assert '<a href="#text">Write your message.</a>' in page.html
    assert re.search(r'name="contact"[^>]* value="call me"', page.html)
    assert '<option value="branch" selected>' in page.html
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
async def test_whoever_complains_or_suggests_sees_what_became_of_it_by_reference_and_contact(
    stranger: Browser, office: Bank, kind: str
) -> None:
    await stranger.get("/complaints")
    given = reference(await stranger.post("/complaints", **{**COMPLAINT, "kind": kind}))
    await inbox.answer(office, given, "Na ndjeni <i>.\n\nU kthye.", "vera")
    await stranger.get("/complaints")
    found = await stranger.post("/complaints", form="state", reference=given.lower(), left_contact="elira@EXAMPLE.org")
    assert found.status == 200
    assert f"{kind.capitalize()} {given}" in found.text
    assert "What you expect Sqarim." in found.text
    assert "<p>Na ndjeni &lt;i&gt;.</p>" in found.html
    assert "vera" not in found.text
    assert ("Bank of Albania" in found.text) == (kind == "complaint")


@pytest.mark.requirement("R41")
async def test_a_complaint_that_waits_says_until_when_and_who_else_hears_it(stranger: Browser) -> None:
    await stranger.get("/complaints")
    given = reference(await stranger.post("/complaints", **COMPLAINT))
    await stranger.get("/complaints")
    found = await stranger.post("/complaints", form="state", reference=given, left_contact="elira@example.org")
    assert "We answer until 14.12.2026." in found.text
    assert "Bank of Albania, Sheshi Skënderbej 1, Tiranë" in found.text


@pytest.mark.requirement("R41")
async def test_the_kind_must_be_chosen_and_the_text_stays(stranger: Browser) -> None:
    await stranger.get("/complaints")
    page = await stranger.post("/complaints", **{**COMPLAINT, "kind": ""})
    assert page.status == 422
    assert "Choose whether it is a suggestion or a complaint." in page.text
    assert html.escape(WORDS["text"].split("\r\n")[1]) in page.html


@pytest.mark.parametrize("contact", ["genti@example.org", ""])
async def test_without_the_contact_a_reference_tells_nothing(stranger: Browser, bank: Bank, contact: str) -> None:
    given = await grumble(bank)
    answers = []
    for typed in (given, "M-0000-0000"):
        await stranger.get("/complaints")
        page = await stranger.post("/complaints", form="state", reference=typed, left_contact=contact)
        assert "There is no message with this reference and this contact." in page.text
        assert f'value="{typed}"' in page.html
        answers.append((page.status, re.sub(r'name="shown" value="[^"]+"', "", page.html).replace(typed, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


async def test_guessing_at_what_others_wrote_ends_soon_for_a_letter_that_is_there_and_for_one_that_is_not(
    stranger: Browser, bank: Bank
) -> None:
    told = {}
    for typed in (await grumble(bank), "M-7K3M-9Q2X"):
        await bank.cache.run(Script("return redis.call('FLUSHALL')"), [], [])
        await stranger.get("/complaints")
        fields = {"form": "state", "reference": typed, "left_contact": "genti@example.org"}
        told[typed] = [(await stranger.post("/complaints", **fields)).status for _ in range(11)]
    assert list(told.values()) == [[422] * 10 + [429]] * 2


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


# Programs


@pytest.fixture
def careful(stranger: Browser) -> Iterator[Browser]:
    """The same, at a bank that knows how long a person takes."""
    app = stranger.client.app
    bank = app[BANK]
    app._state[BANK] = replace(bank, config=replace(bank.config, inbox=replace(bank.config.inbox, least_seconds=3)))
    yield stranger
    app._state[BANK] = bank


@pytest.mark.refusal("sent_too_quickly")
async def test_a_form_that_comes_back_within_a_moment_is_given_back_and_taken_a_little_later(
    careful: Browser, machine: TimeMachine, admin: Admin
) -> None:
    await careful.get("/contact")
    empty = await careful.post("/contact")
    assert ("Write your message." in empty.text, "as programs do" in empty.text) == (True, False)
    page = await careful.post("/contact", **LETTER)
    assert page.status == 422
    assert "as programs do" in page.text
    assert 'value="Elira Çela"' in page.html
    await machine.wait(3)
    assert (await careful.post("/contact", **LETTER)).path.startswith("/contact?reference=")
    assert await admin.fetchval("SELECT count(*) FROM message") == 1


@pytest.mark.refusal("form_too_old")
@pytest.mark.parametrize("shown", ["", "1795000000.000", "1795000000.000.mac.00", "nan.mac.", "yesterday"])
async def test_a_form_that_we_did_not_show_this_browser_is_given_back_with_what_was_typed(
    stranger: Browser, admin: Admin, shown: str
) -> None:
    await stranger.get("/contact")
    page = await stranger.post("/contact", shown=shown, **LETTER)
    assert page.status == 422
    assert "The form had been open for very long." in page.text
    assert await admin.fetchval("SELECT count(*) FROM message") == 0
    assert (await stranger.post("/contact", **LETTER)).path.startswith("/contact?reference=")


async def test_a_form_of_this_morning_is_too_old_and_one_shown_to_another_browser_is_none(
    stranger: Browser, machine: TimeMachine
) -> None:
    page = await stranger.get("/contact")
    shown = re.findall(r'name="shown" value="([^"]+)"', page.html)[0]
    stranger.client.session.cookie_jar.clear()
    await stranger.get("/contact")
    assert (await stranger.post("/contact", shown=shown, **LETTER)).status == 422
    await stranger.get("/contact")
    await machine.wait(12 * 3600 + 1)
    assert (await stranger.post("/contact", **LETTER)).status == 422


@pytest.mark.refusal("trap_filled")
async def test_a_field_that_nobody_sees_is_shown_to_the_person_whose_browser_filled_it(
    stranger: Browser, admin: Admin
) -> None:
    page = await stranger.get("/complaints")
    assert re.search(r'<div class="vh" aria-hidden="true">\s*<label class="label" for="homepage">', page.html)
    page = await stranger.post("/complaints", homepage="http://spam.example", **COMPLAINT)
    assert page.status == 422
    assert '<a href="#homepage">Empty the field' in page.html
    assert 'class="vh" aria-hidden="true"><label' not in re.sub(r"\s*\n\s*", "", page.html)
    assert await admin.fetchval("SELECT count(*) FROM message") == 0
    kept = await stranger.post("/complaints", homepage="", **COMPLAINT)
    assert kept.path.startswith("/complaints?reference=")


async def test_the_same_form_twice_is_one_message_and_a_corrected_one_another(stranger: Browser, admin: Admin) -> None:
    form = await stranger.get("/contact")
    shown = re.findall(r'name="shown" value="([^"]+)"', form.html)[0]
    token = re.findall(r'name="form_token" value="([^"]+)"', form.html)[0]
    sent = [await stranger.post("/contact", token=token, shown=shown, **LETTER) for _ in range(2)]
    other = await stranger.post("/contact", token=token, shown=shown, **{**LETTER, "text": "Gabova."})
    assert reference(sent[0]) == reference(sent[1]) != reference(other)
    assert await admin.fetchval("SELECT count(*) FROM message") == 2


@pytest.mark.refusal("too_many_letters")
async def test_too_many_messages_are_refused_in_a_sentence_and_the_text_stays(
    stranger: Browser, config: Config, admin: Admin
) -> None:
    for place in range(config.inbox.hourly_strangers):
        await stranger.get("/contact")
        await stranger.post("/contact", **{**LETTER, "text": f"Mesazhi {place}"})
    await stranger.get("/contact")
    page = await stranger.post("/contact", **LETTER)
    assert (page.status, "Too many messages came from you" in page.text) == (429, True)
    assert "Nuk e gjej" in page.html
    assert await admin.fetchval("SELECT count(*) FROM message") == config.inbox.hourly_strangers
