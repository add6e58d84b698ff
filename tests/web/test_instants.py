"""Every boundary of the daily update, to the millisecond, as pages and ledger have it; and every hour of a day."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from access.doors import last_code
from browser_session import Browser, Page
from cast import Admin, Cast, balance, fund
from conftest import Phones
from night import stopped
from night.nights import tirana
from paying import prepare, prepare_own

from dega.bank import Bank
from dega.clock import MovableClock
from dega.errors import Refusal
from dega.ledger.gate import close

MOMENT = timedelta(milliseconds=1)

NIGHTS = [
    "2026-11-23", "2026-12-31",
    "2027-03-27", "2027-03-28", "2027-10-30", "2027-10-31",
    "2028-02-29",
]  # fmt: skip

StopAt = Callable[[datetime], Awaitable[None]]
LogIn = Callable[..., Awaitable[Page]]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(stopped=True)


@pytest.fixture
def stop_at(bank: Bank, clock: MovableClock, admin: Admin) -> StopAt:
    """Time stands still there until the next call."""
    return partial(stopped.stop_at, clock, admin)


async def heard_of_the_ledger(bank: Bank, cast: Cast) -> str:
    """What becomes of a deed of the bank's own, past all pages."""
    try:
        await fund(bank, cast.arta.lek, 100)
    except Refusal as refusal:
        return refusal.code
    return "booked"


def announced(page: Page) -> str:
    """What the page's banner says: that the update is near, that it is here, or nothing."""
    if "freeze-closed" in page.html:
        return "closed"
    return "near" if 'class="freeze"' in page.html else ""


@pytest.mark.requirement("R30", "R31", "R32")
@pytest.mark.parametrize("night", NIGHTS)
async def test_pages_and_ledger_close_and_open_in_the_same_millisecond(
    bank: Bank, browser: Browser, login: LogIn, admin: Admin, cast: Cast, stop_at: StopAt, night: str
) -> None:
    await login(browser, cast.arta)
    nine = tirana(f"{night} 21:00")
    midnight = nine + timedelta(hours=3)
    await stop_at(nine - timedelta(minutes=15) - MOMENT)
    drafts = [await prepare_own(bank, cast.arta) for _ in range(5)]
    heard = []
    for draft, instant in zip(drafts, (nine - MOMENT, nine, midnight - MOMENT, midnight), strict=False):
        await stop_at(instant)
        form = await browser.get("/payments/own")
        await browser.get("/payments")
        made = await browser.post(f"/payments/{draft}/check")
        heard.append((form.status, announced(form), made.status, await heard_of_the_ledger(bank, cast)))
    assert heard == [
        (200, "near", 200, "booked"),
        (503, "closed", 503, "update_window"),
        (503, "closed", 503, "update_window"),
        (200, "", 200, "booked"),
    ]
    assert await balance(admin, cast.arta.second) == 520_000


@pytest.mark.requirement("R31")
@pytest.mark.parametrize("night", NIGHTS)
async def test_the_banner_stands_from_a_quarter_to_nine(browser: Browser, stop_at: StopAt, night: str) -> None:
    said = []
    for time in ("20:44:59.999", "20:45:00.000", "20:59:59.999", "21:00:00.000", "23:59:59.999"):
        await stop_at(tirana(f"{night} {time}"))
        said.append(announced(await browser.get("/contact")))
    assert said == ["", "near", "near", "closed", "closed"]


@pytest.mark.requirement("R30", "R33")
@pytest.mark.parametrize(
    ("typed_at", "status", "state"), [("20:59:58.999", 200, "posted"), ("21:00:00.000", 503, "draft")]
)
async def test_a_code_is_taken_in_its_last_moment_and_not_when_the_update_begins(
    bank: Bank,
    browser: Browser,
    login: LogIn,
    admin: Admin,
    cast: Cast,
    phones: Phones,
    stop_at: StopAt,
    typed_at: str,
    status: int,
    state: str,
) -> None:
    await login(browser, cast.arta)
    await stop_at(tirana("2026-11-23 20:57"))
    payment = await prepare(bank, cast.arta, cast.besnik.lek)
    code_page = await browser.post((await browser.get(f"/payments/{payment}/check")).path)
    assert code_page.path == f"/payments/{payment}/code"
    await stop_at(tirana(f"2026-11-23 {typed_at}"))
    assert (await browser.post(code_page.path, code=last_code(phones))).status == status
    assert await admin.fetchval("SELECT state FROM payment") == state


@pytest.mark.requirement("R32", "R34")
async def test_where_the_database_is_a_moment_ahead_the_page_says_what_the_ledger_said(
    bank: Bank, browser: Browser, login: LogIn, admin: Admin, cast: Cast, stop_at: StopAt
) -> None:
    await login(browser, cast.arta)
    nine = tirana("2026-11-23 21:00")
    await stop_at(nine - MOMENT)
    payment = await prepare_own(bank, cast.arta)
    check = await browser.get(f"/payments/{payment}/check")
    await stopped.stop_database_at(admin, nine)
    page = await browser.post(check.path)
    assert (page.status, page.headers["Retry-After"]) == (503, "10801")
    assert "update_window" in page.html
    assert f'href="/payments/{payment}"' in page.html
    assert announced(page) == "closed"
    assert await admin.fetchval("SELECT state FROM payment") == "draft"


@pytest.mark.requirement("R32")
async def test_where_pages_know_nothing_of_a_closed_gate_yet_no_time_is_promised(
    bank: Bank, browser: Browser, login: LogIn, admin: Admin, cast: Cast, stop_at: StopAt
) -> None:
    await login(browser, cast.arta)
    await stop_at(tirana("2026-11-23 12:00"))
    payment = await prepare_own(bank, cast.arta)
    check = await browser.get(f"/payments/{payment}/check")
    await close(bank.database, "operator", "a fault in the clearing")
    page = await browser.post(check.path)
    assert (page.status, page.headers["Retry-After"]) == (503, "60")
    assert "bank_closed" in page.html
    assert "00:00" not in page.text
    assert "clearing" not in page.text


@pytest.mark.requirement("R32")
async def test_the_time_to_try_again_counts_down_to_midnight(
    browser: Browser, login: LogIn, cast: Cast, stop_at: StopAt
) -> None:
    await login(browser, cast.arta)
    waits = []
    for time in ("21:00:00.000", "21:00:00.001", "23:59:00.000", "23:59:59.001", "23:59:59.999"):
        await stop_at(tirana(f"2027-03-27 {time}"))
        waits.append(int((await browser.get("/payments/own")).headers["Retry-After"]))
    assert waits == [10800, 10800, 60, 1, 1]


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("first", [0, 8, 16], ids="from_{}".format)
async def test_at_every_hour_people_log_in_and_see_what_they_have(
    browser: Browser, login: LogIn, cast: Cast, clock: MovableClock, stop_at: StopAt, first: int
) -> None:
    day = tirana("2026-11-23 00:00")
    answered = {}
    for hour in range(first, first + 8):
        clock.wait(3600)  # of the hour before no session and no code is left
        await stop_at(day + timedelta(hours=hour))
        answered[hour, "login"] = (await login(browser, cast.arta)).status
        for path in ("/accounts", "/activity", "/payments", "/help", "/contact", "/security"):
            page = await browser.get(path)
            answered[hour, path] = page.status if page.path == path else page.path
    assert len(answered) == 8 * 7
    assert [where for where, status in answered.items() if status != 200] == []
