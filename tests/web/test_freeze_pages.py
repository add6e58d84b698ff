"""What customers see while no money moves: the reason with its own sentence and code, when to try again, and everything
that they had begun."""

import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient
from browser_session import Browser, Page
from cast import Admin, Cast, balance
from conftest import Phones
from night.nights import tirana
from paying import prepare, prepare_own, send_code

from dega.access.steps import Level
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.web.freeze import freeze_at, takes_html
from dega.web.keys import ROUTE_OF, GateView
from dega.web.pages.payments import PROMISE
from dega.web.routes import Route

EVENING = tirana("2026-11-23 20:50")
NIGHT = tirana("2026-11-23 22:00")
AFTER = tirana("2026-11-24 00:10")


@pytest.fixture
async def arta(browser: Browser, login: object, cast: Cast) -> Browser:
    """Arta's browser, logged in, in English."""
    await browser.get("/language")
    await browser.post("/language", language="en", back="/")
    await login(browser, cast.arta)  # type: ignore[operator]
    return browser


def banner(page: Page) -> str:
    """What the page says of the daily update at its top."""
    found = re.search(r'<div class="freeze.*?</div>', page.html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


@pytest.mark.requirement("R32")
@pytest.mark.refusal("update_late")
async def test_a_late_night_has_its_own_sentence_and_the_new_time(
    arta: Browser, machine: TimeMachine, gate_view: GateView
) -> None:
    await machine.travel_to(AFTER)
    gate_view.tell(True, AFTER + timedelta(minutes=15), "night")
    page = await arta.get("/payments/own")
    assert page.status == 503
    assert "takes longer than usual. Nothing was booked. We expect transfers to open at 00:25." in page.text
    assert "update_late" in page.text
    assert 890 <= int(page.headers["Retry-After"]) <= 900
    assert "We expect transfers to open at 00:25." in banner(await arta.get("/accounts"))


@pytest.mark.requirement("R32")
@pytest.mark.refusal("bank_closed")
async def test_what_an_operator_stopped_gives_no_reason_and_no_time_that_nobody_knows(
    arta: Browser, bank: Bank, machine: TimeMachine, gate_view: GateView
) -> None:
    gate_view.tell(True, None, "operator")
    page = await arta.get("/payments/in-bank")
    assert (page.status, page.headers["Retry-After"]) == (503, "60")
    assert "bank_closed" in page.text
    assert banner(page) == "Transfers No money can be moved for a while. Everything else works as usual."
    gate_view.tell(True, bank.clock.now() + timedelta(hours=30), "operator")
    assert "We expect transfers to open at 24.11.2026 16:00" in (await arta.get("/payments/in-bank")).text


JSON = {"Accept": "application/json"}


@pytest.mark.requirement("R32")
async def test_a_program_hears_the_code_and_the_time_in_json(
    arta: Browser, client: TestClient, machine: TimeMachine, gate_view: GateView
) -> None:
    await machine.travel_to(NIGHT)
    async with client.get("/payments/own", headers=JSON) as answer:
        assert (answer.status, answer.content_type) == (503, "application/json")
        said = await answer.json()
        assert answer.headers["Retry-After"] == str(said["retry_after"])
    assert said["code"] == "update_window"
    assert said["opens_at"] == "2026-11-24T00:00:00+01:00"
    assert 7190 <= said["retry_after"] <= 7200
    await machine.travel_to(AFTER)
    gate_view.tell(True, None, "night")
    async with client.get("/payments/own", headers=JSON) as answer:
        assert await answer.json() == {
            "code": "update_late",
            "message": "The daily update takes longer than usual. Nothing was booked.",
            "opens_at": None,
            "retry_after": 60,
        }


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", True),
        ("*/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("image/gif, image/x-xbitmap, image/jpeg, image/pjpeg, application/x-shockwave-flash, */*", True),
        ("text/*,image/*,*/*;q=0.2", True),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("text/plain", False),
    ],
)
@pytest.mark.requirement("R45")
def test_who_takes_pages_gets_a_page(accept: str, html: bool) -> None:
    assert takes_html(accept) is html


@pytest.mark.requirement("R33")
async def test_a_kept_draft_can_be_seen_and_cancelled_during_the_update(
    arta: Browser, bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(NIGHT)
    assert f'href="/payments/{payment}"' in (await arta.get(f"/payments/{payment}/check")).html
    assert f'href="/payments/{payment}"' in (await arta.get("/payments")).html
    kept = await arta.get(f"/payments/{payment}")
    assert (kept.status, kept.path) == (200, f"/payments/{payment}")
    assert "Your payment is kept" in kept.text
    assert "1 250,00 ALL" in kept.text
    assert "Transfer cancelled" in (await arta.post(f"/payments/{payment}/cancel")).text


@pytest.mark.requirement("R33")
async def test_a_form_that_arrives_after_nine_is_kept_as_a_draft_and_offered_after_midnight(
    arta: Browser, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    await machine.travel_to(EVENING)
    await arta.get("/payments/in-bank")
    await machine.travel_to(tirana("2026-11-23 21:00"))
    fields = {
        "from_account": cast.arta.lek.iban,
        "to_iban": cast.besnik.lek.iban,
        "amount": "77",
        "description": "Qira",
    }
    page = await arta.post("/payments/in-bank", **fields)
    assert (page.status, page.path) == (503, "/payments/in-bank")
    assert "Your payment is kept" in page.text
    assert await admin.fetchval("SELECT (state, amount_minor) FROM payment") == ("draft", 7700)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    await machine.travel_to(AFTER)
    check = await arta.get(re.search(r"/payments/[0-9a-f-]{36}/check", (await arta.get("/payments")).html)[0])  # type: ignore[index]
    assert "Check the transfer" in check.text
    assert "77,00 ALL" in check.text


@pytest.mark.requirement("R33")
async def test_after_midnight_the_first_page_offers_what_the_update_came_in_between(
    arta: Browser, bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    async def is_offered(at: str) -> bool:
        await machine.travel_to(tirana(at))
        return "A payment waits for you" in (await arta.get("/accounts")).text

    await machine.travel_to(EVENING)
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    offered = [await is_offered(at) for at in ("2026-11-23 20:51", "2026-11-23 23:59", "2026-11-24 00:00:01")]
    assert offered == [False, False, True]
    assert f"/payments/{payment}/check" in (await arta.get("/payments")).html
    await arta.post(f"/payments/{payment}/cancel")
    assert not await is_offered("2026-11-24 00:05")


async def test_what_could_not_be_kept_is_shown_with_what_has_to_be_mended(
    arta: Browser, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    await arta.get("/payments/in-bank")
    await machine.travel_to(NIGHT)
    page = await arta.post(
        "/payments/in-bank", from_account=cast.arta.lek.iban, to_iban="AL00", amount="1.234", description="<b>Qira"
    )
    assert (page.status, page.path) == (503, "/payments/in-bank")
    assert "The IBAN has 4 characters" in page.text
    for typed in ("<dd>AL00</dd>", "<dd>1.234</dd>", "<dd>&lt;b&gt;Qira</dd>"):
        assert typed in page.html
    assert await admin.fetchval("SELECT count(*) FROM payment") == 0


@pytest.mark.requirement("R34")
async def test_a_payment_made_just_before_nine_is_not_said_to_be_unmade_after_it(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    payment = await prepare_own(bank, cast.arta)
    check = await arta.get(f"/payments/{payment}/check")
    await arta.post(check.path)
    await machine.travel_to(NIGHT)
    again = await arta.post(check.path)
    assert (again.status, again.path) == (200, f"/payments/{payment}")
    assert "Transfer made" in again.text
    assert await balance(admin, cast.arta.lek) == 9_990_000


@pytest.mark.requirement("R34")
async def test_whoever_may_have_paid_just_before_nine_waits_until_somebody_knows(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    """Another process may have a COMMIT on its way: it holds the payment until then."""
    payment = await prepare_own(bank, cast.arta)
    check = await arta.get(f"/payments/{payment}/check")
    await machine.travel_to(NIGHT)
    await admin.execute("BEGIN; SELECT FROM payment FOR NO KEY UPDATE")
    assert "being verified" in (await arta.post(check.path)).text
    await admin.execute("ROLLBACK")
    assert "The payment was not made" in (await arta.get(f"/payments/{payment}?pending=1")).text


async def test_somebody_elses_draft_is_not_found_at_night_either(
    arta: Browser, bank: Bank, cast: Cast, machine: TimeMachine
) -> None:
    payment = await prepare_own(bank, cast.genti)
    await machine.travel_to(NIGHT)
    for path in (f"/payments/{payment}", f"/payments/{payment}/check", f"/payments/{payment}/code"):
        assert (await arta.get(path)).status == 404


@pytest.mark.requirement("R33")
async def test_a_right_code_typed_a_minute_after_nine_books_nothing_and_keeps_the_draft(
    arta: Browser, bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine, phones: Phones
) -> None:
    await machine.travel_to(tirana("2026-11-23 20:50"))
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment)
    page = await arta.get(f"/payments/{payment}/code")
    await machine.travel_to(tirana("2026-11-23 21:01"))
    page = await arta.post(page.path, code=code)
    assert (page.status, "Your payment is kept" in page.text) == (503, True)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    assert await admin.fetchval("SELECT state FROM payment") == "draft"


@pytest.mark.parametrize("promises", [True, False])
async def test_a_promise_is_offered_where_there_are_promises(
    arta: Browser, bank: Bank, cast: Cast, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch, promises: bool
) -> None:
    assert arta.client.app is not None
    routes = arta.client.app[ROUTE_OF]
    monkeypatch.delitem(routes, PROMISE, raising=False)
    if promises:
        monkeypatch.setitem(routes, PROMISE, Route(PROMISE, "pay-check", needs=Level.FULL))
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    await machine.travel_to(NIGHT)
    for path in (f"/payments/{payment}", f"/payments/{payment}/check"):
        assert (f'href="/payments/{payment}/promise"' in (await arta.get(path)).html) is promises


@pytest.mark.parametrize(
    ("at", "gate", "cause", "until"),
    [
        ("2026-11-23 20:44:59", GateView(), None, "00:00"),
        ("2026-11-23 22:00", GateView(), "window", "00:00"),
        ("2026-11-23 22:00", GateView(True, tirana("2026-11-24 00:00"), "night"), "window", "00:00"),
        ("2026-11-23 23:30", GateView(True, tirana("2026-11-24 00:20"), "night"), "late", "00:20"),
        ("2026-11-23 22:00", GateView(True, None, "operator"), "window", ""),
        ("2026-11-23 22:00", GateView(True, tirana("2026-11-24 08:00"), "operator"), "operator", "08:00"),
        ("2026-11-23 20:59:59", GateView(True, None, "night"), "window", "00:00"),
        ("2026-11-24 00:10", GateView(True, tirana("2026-11-24 00:05"), "night"), "late", ""),
        ("2026-11-24 10:00", GateView(True, tirana("2026-11-25 08:00"), "operator"), "operator", "25.11.2026 08:00"),
        ("2026-11-24 10:00", GateView(True), "operator", ""),
    ],
)
def test_every_reason_and_what_is_known_of_its_end(
    bank: Bank, at: str, gate: GateView, cause: str | None, until: str
) -> None:
    seen = freeze_at(bank.config.window, tirana(at), gate)
    assert (seen.cause, seen.until, seen.closed) == (cause, until, cause is not None)
