"""Account activity: everything that was booked, newest first, page by page, and what the filters leave of it."""

import asyncio
from datetime import date, datetime
from itertools import islice

import pytest
from accounts.bookings import small_amounts, transfer
from cast import Cast, fund
from msgspec.structs import replace

from dega.accounts import activity as activity_module
from dega.accounts.accounts import account
from dega.accounts.activity import Cursor, Filter, Page, activity
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import NotFound
from dega.ids import format_iban, reference
from dega.store import accounts
from dega.store.accounts import Look


async def book_many(bank: Bank, cast: Cast, count: int) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    amounts = islice(small_amounts(), count)
    await asyncio.gather(*(transfer(bank, arta, besnik, minor, f"Nr. {n}") for n, minor in enumerate(amounts)))


async def walk_down(bank: Bank, cast: Cast, chosen: Filter, most: int) -> list[Page]:
    pages = [await activity(bank, cast.arta.id, chosen, most)]
    while pages[-1].older is not None:
        pages.append(await activity(bank, cast.arta.id, replace(chosen, cursor=pages[-1].older), most))
    return pages


def seqs(*pages: Page) -> list[int]:
    return [entry.seq for page in pages for entry in page.entries]


@pytest.mark.requirement("R36")
async def test_a_booking_shows_time_text_amount_balance_after_and_reference(bank: Bank, cast: Cast) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    booking = await transfer(bank, arta, besnik, 1_250_000, "Qiraja e nëntorit", fee_minor=5_000)
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban))
    fee, payment, opening = page.entries
    assert (payment.description, payment.purpose) == ("Qiraja e nëntorit", "payment")
    assert (payment.party_name, payment.party_iban) == ("Besnik Hoxha", cast.besnik.lek.iban)
    assert payment.amount_minor == -1_250_000
    assert payment.balance_after_minor == 8_750_000
    assert payment.reference == fee.reference == reference(booking.movement_id)
    assert payment.booked_at == booking.booked_at
    assert (fee.purpose, fee.amount_minor, fee.balance_after_minor, fee.party_name) == ("fee", -5_000, 8_745_000, "")
    assert opening.amount_minor == 10_000_000


@pytest.mark.requirement("R36")
async def test_who_receives_sees_who_paid_and_no_fee(bank: Bank, cast: Cast) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await transfer(bank, arta, besnik, 1_250_000, "Qiraja", fee_minor=5_000)
    received, _ = (await activity(bank, cast.besnik.id, Filter(cast.besnik.lek.iban))).entries
    assert (received.party_name, received.party_iban) == ("Arta Kola", cast.arta.lek.iban)
    assert received.amount_minor == 1_250_000


async def test_somebody_elses_activity_is_not_found(bank: Bank, cast: Cast) -> None:
    with pytest.raises(NotFound):
        await activity(bank, cast.genti.id, Filter(cast.arta.lek.iban))


async def test_who_looks_at_the_same_time_sees_their_own_and_only_that(bank: Bank, cast: Cast) -> None:
    await book_many(bank, cast, 5)
    arta, besnik = cast.arta, cast.besnik
    upwards = Filter(arta.lek.iban, cursor=Cursor("newer", 2))
    both = [(arta, Filter(arta.lek.iban)), (arta, upwards), (arta, upwards), (besnik, Filter(besnik.lek.iban))]
    alone = [await activity(bank, who.id, chosen, 3) for who, chosen in both]
    assert await asyncio.gather(*(activity(bank, who.id, chosen, 3) for who, chosen in both)) == alone
    look = Look(besnik.id, (await account(bank, arta.id, arta.lek.iban)).id, 1, 9)
    assert await bank.together.ask(accounts.entries_within, look) == []


@pytest.mark.parametrize("most", [1, 7, 50, 231])
async def test_pages_downwards_show_every_entry_once(bank: Bank, cast: Cast, most: int) -> None:
    await book_many(bank, cast, 230)
    pages = await walk_down(bank, cast, Filter(cast.arta.lek.iban), most)
    assert seqs(*pages) == list(range(231, 0, -1))
    assert all(len(page.entries) == most for page in pages[:-1])
    assert pages[0].newer is None


@pytest.mark.parametrize("most", [7, 50])
async def test_pages_upwards_are_the_pages_downwards_again(bank: Bank, cast: Cast, most: int) -> None:
    await book_many(bank, cast, 230)
    down = await walk_down(bank, cast, Filter(cast.arta.lek.iban), most)
    up = [down[-1]]
    while up[-1].newer is not None:
        up.append(await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, cursor=up[-1].newer), most))
    assert [seqs(page) for page in reversed(up)] == [seqs(page) for page in down]


async def test_bookings_in_between_neither_shift_nor_repeat_rows(bank: Bank, cast: Cast) -> None:
    await book_many(bank, cast, 60)
    chosen = Filter(cast.arta.lek.iban)
    first = await activity(bank, cast.arta.id, chosen, 20)
    await book_many(bank, cast, 30)
    second = await activity(bank, cast.arta.id, replace(chosen, cursor=first.older), 20)
    assert seqs(first, second) == list(range(61, 21, -1))
    back = await activity(bank, cast.arta.id, replace(chosen, cursor=second.newer), 20)
    newest = await activity(bank, cast.arta.id, replace(chosen, cursor=back.newer), 50)
    assert seqs(back) == seqs(first)
    assert seqs(newest) == list(range(91, 61, -1))


async def test_a_search_reads_no_more_than_its_bound_at_once_and_goes_on_with_the_next_page(
    bank: Bank, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book_many(bank, cast, 100)
    monkeypatch.setattr(activity_module, "MOST_READ", 30)
    pages = await walk_down(bank, cast, Filter(cast.arta.lek.iban, text="Depozitim"), 10)
    assert [len(page.entries) for page in pages] == [0, 0, 0, 1]
    assert [page.is_unfinished for page in pages] == [True, True, True, False]
    assert seqs(*pages) == [1]


async def test_days_are_those_of_tirana_and_both_are_included(bank: Bank, cast: Cast, machine: TimeMachine) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    midnight = datetime(2026, 11, 24, tzinfo=TIRANA)
    last_second = midnight.replace(hour=20, minute=59, second=58)
    for instant, text in ((midnight, "first"), (last_second, "last"), (midnight.replace(day=25), "after")):
        await machine.travel_to(instant)
        await transfer(bank, arta, besnik, 100, text)
    day = date(2026, 11, 24)
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, first_day=day, last_day=day))
    assert [entry.description for entry in page.entries] == ["last", "first"]
    since = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, first_day=day))
    assert [entry.description for entry in since.entries] == ["after", "last", "first"]


async def test_days_long_ago_are_found_at_once_in_an_account_of_any_length(
    bank: Bank, cast: Cast, machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By halving: one look may read three entries here, and none of them in vain."""
    monkeypatch.setattr(activity_module, "MOST_READ", 3)
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    for day in range(24, 30):
        await machine.travel_to(datetime(2026, 11, day, 12, 0, tzinfo=TIRANA))
        for n in (1, 2):
            await transfer(bank, arta, besnik, 100, f"{day}-{n}")
    for first, last in ((24, 24), (26, 26), (27, 28), (29, 29), (30, 30)):
        chosen = Filter(cast.arta.lek.iban, first_day=date(2026, 11, first), last_day=date(2026, 11, last))
        page = await activity(bank, cast.arta.id, chosen)
        found = [entry.description for entry in page.entries]
        while page.older:
            page = await activity(bank, cast.arta.id, replace(chosen, cursor=page.older))
            found += [entry.description for entry in page.entries]
        assert found == [f"{day}-{n}" for day in range(last, first - 1, -1) if day < 30 for n in (2, 1)]
        assert page.older is None


FOUND = [
    ("100%", ["zbritje 100% e plotë"]),
    ("%", ["zbritje 100% e plotë"]),
    ("_", ["kodi a_b"]),
    ("\\", ["rruga c:\\dega"]),
    ("kodi a", ["kodi a_b"]),
    ("ZBRITJE", ["zbritje 100% e plotë"]),
    ("PLOTË", ["zbritje 100% e plotë"]),
    ("besnik", ["rruga c:\\dega", "kodi a_b", "zbritje 100% e plotë"]),
    ("arta", []),
    ("'; DROP TABLE entry; --", []),
]


@pytest.mark.parametrize(("text", "found"), FOUND)
async def test_a_text_is_found_as_it_is_typed(bank: Bank, cast: Cast, text: str, found: list[str]) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    for description in ("zbritje 100% e plotë", "kodi a_b", "rruga c:\\dega"):
        await transfer(bank, arta, besnik, 100, description)
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, text=text))
    assert [entry.description for entry in page.entries] == found


async def test_an_iban_is_found_in_any_spelling_and_a_reference_whole(bank: Bank, cast: Cast) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await transfer(bank, arta, besnik, 100, "one")
    booking = await transfer(bank, arta, (cast.arta, cast.arta.second), 100, "two")
    spaced = format_iban(cast.besnik.lek.iban).lower()
    for text, found in ((spaced, ["one"]), (reference(booking.movement_id), ["two"]), ("al", [])):
        page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, text=text))
        assert [entry.description for entry in page.entries] == found


async def test_amounts_are_compared_whatever_their_sign_both_included(bank: Bank, cast: Cast) -> None:
    await fund(bank, cast.arta.lek, 300)
    for minor in (100, 200, 300):
        await transfer(bank, (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek), minor, "x")
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, min_minor=200, max_minor=300))
    assert [entry.amount_minor for entry in page.entries] == [-300, -200, 300]


@pytest.mark.parametrize("direction", ["older", "newer"])
@pytest.mark.parametrize("seq", [0, 1, 11, 12, 10**17])
async def test_a_place_that_never_was_shows_no_entry_twice_and_breaks_nothing(
    bank: Bank, cast: Cast, direction: str, seq: int
) -> None:
    await book_many(bank, cast, 10)
    cursor = Cursor.parse(f"{direction}-{seq}")
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, cursor=cursor))
    there = range(min(seq, 12) - 1, 0, -1) if direction == "older" else range(11, seq, -1)
    assert seqs(page) == list(there)


@pytest.mark.parametrize(
    "text", ["", "120", "older", "older-", "older--1", "newer-1e3", "older-1 ", "older-" + "9" * 19]
)
def test_a_page_that_cannot_be_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        Cursor.parse(text)


@pytest.mark.parametrize("typed", ["nentorit", "nëntorit", "QIRAJA E NENTORIT"])
async def test_words_are_found_whether_their_marks_were_typed_or_not(bank: Bank, cast: Cast, typed: str) -> None:
    arta, besnik = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await transfer(bank, arta, besnik, 1_250_000, "Qiraja e nëntorit")
    page = await activity(bank, cast.arta.id, Filter(cast.arta.lek.iban, text=typed))
    assert [entry.description for entry in page.entries] == ["Qiraja e nëntorit"]
