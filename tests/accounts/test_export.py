"""The activity as a file: what a spreadsheet reads is what was booked, and nothing in it is a formula."""

import asyncio
import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

import pytest
from accounts.bookings import small_amounts, transfer
from cast import Cast, Person
from hypothesis import given
from hypothesis import strategies as st

from dega.accounts import export as export_module
from dega.accounts.activity import Filter
from dega.accounts.export import HEADER, LEFT_OUT, cells, csv_lines, export, harmless, number
from dega.bank import Bank
from dega.errors import NotFound
from dega.i18n import translate
from dega.ids import reference
from dega.money import MAX_MINOR, Currency, Money
from dega.store.accounts import Entry

TRIGGERS = tuple("=+-@\t\r\0")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["=1+1", "+355", "-1", "@SUM(A1)", "\tx", "\r=x", "\0", '";=1', "a;b", 'a"b', "a\r\nb", '=HYPERLINK("x";"y")']
)


def read_back(lines: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(lines.decode("utf-8-sig"), newline=""), delimiter=";"))


async def exported(bank: Bank, who: Person, chosen: Filter, language: str = "en") -> list[list[str]]:
    chunks = await export(bank, who.id, chosen, lambda text: translate(language, text))
    return read_back(b"".join([chunk async for chunk in chunks]))


async def book(bank: Bank, cast: Cast, minors: Iterable[int], text: str = "x") -> None:
    debit, credit = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    await asyncio.gather(*(transfer(bank, debit, credit, minor, text) for minor in minors))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=5), min_size=1, max_size=5))
def test_whatever_is_written_reads_back_the_same_and_no_cell_begins_like_a_formula(rows: list[list[str]]) -> None:
    read = read_back(csv_lines([harmless(text) for text in row] for row in rows))
    assert [[cell[1:] if cell != text else cell for cell, text in zip(*both, strict=True)]
            for both in zip(read, rows, strict=True)] == rows  # fmt: skip
    assert not any(cell.startswith(TRIGGERS) for row in read for cell in row)


@given(st.integers(-MAX_MINOR, MAX_MINOR))
def test_an_amount_is_a_plain_number_with_a_decimal_comma(minor: int) -> None:
    text = number(Money(minor, Currency.ALL))
    assert text.isascii()
    assert round(int(text.replace(",", ""))) == minor
    assert len(text.split(",")[1]) == 2


def test_names_and_purposes_that_others_chose_are_made_harmless() -> None:
    money = Money(-123_450, Currency.EUR)
    at = datetime(2026, 11, 22, 19, 59, tzinfo=UTC)
    entry = Entry(
        1,
        at.timestamp(),
        money.minor,
        money.minor,
        "payment",
        7,
        "in_bank",
        "=cmd|' /C calc'!A0",
        "@evil",
        None,
        None,
    )
    assert cells(entry, money.currency, str) == [
        "22.11.2026", "20:59", "'=cmd|' /C calc'!A0", "'@evil", "", "-1234,50", "-1234,50", "EUR", reference(7)
    ]  # fmt: skip


async def test_the_file_begins_with_the_mark_of_utf8_and_a_header(bank: Bank, cast: Cast) -> None:
    chunks = await export(bank, cast.arta.id, Filter(cast.arta.lek.iban), str.upper)
    first = await anext(chunks)
    assert first.startswith(b"\xef\xbb\xbfDATE;TIME;")
    assert read_back(first) == [[title.upper() for title in HEADER]]


@pytest.mark.requirement("R36")
async def test_the_file_has_what_the_page_shows_the_fee_with_its_word(bank: Bank, cast: Cast) -> None:
    debit, credit = (cast.arta, cast.arta.lek), (cast.besnik, cast.besnik.lek)
    booking = await transfer(bank, debit, credit, 1_250_000, "Qiraja; e nëntorit", fee_minor=5_000)
    header, fee, payment, opening = await exported(bank, cast.arta, Filter(cast.arta.lek.iban))
    assert header == list(HEADER)
    assert payment[:2] == ["23.11.2026", "10:00"]
    assert payment[2:] == [
        "Qiraja; e nëntorit", "Besnik Hoxha", cast.besnik.lek.iban, "-12500,00", "87500,00", "ALL",
        reference(booking.movement_id),
    ]  # fmt: skip
    assert fee[2:7] == ["Fee: Qiraja; e nëntorit", "", "", "-50,00", "87450,00"]
    assert opening[5:7] == ["100000,00", "100000,00"]


async def test_the_filter_of_the_page_is_that_of_the_file_but_the_file_has_all_pages(
    bank: Bank, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(bank, cast, islice(small_amounts(), 90))
    monkeypatch.setattr(export_module, "ROWS_AT_A_TIME", 7)
    _, *rows = await exported(bank, cast.arta, Filter(cast.arta.lek.iban, min_minor=300, max_minor=400))
    assert sorted(row[5] for row in rows) == ["-3,00"] * 10 + ["-4,00"] * 10


async def test_a_file_that_would_be_too_long_ends_with_a_line_that_says_so(
    bank: Bank, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(bank, cast, islice(small_amounts(), 9))
    monkeypatch.setattr(export_module, "ROWS_AT_A_TIME", 3)
    monkeypatch.setattr(export_module, "MOST_ROWS", 5)
    _, *rows, last = await exported(bank, cast.arta, Filter(cast.arta.lek.iban))
    assert len(rows) == 5
    assert last == [LEFT_OUT]
    monkeypatch.setattr(export_module, "MOST_ROWS", 10)
    assert len(await exported(bank, cast.arta, Filter(cast.arta.lek.iban))) == 1 + 10


async def test_somebody_elses_file_is_not_found_before_anything_is_sent(bank: Bank, cast: Cast) -> None:
    with pytest.raises(NotFound):
        await export(bank, cast.genti.id, Filter(cast.arta.lek.iban), str)
