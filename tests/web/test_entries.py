"""An entry laid over the pieces of a row is the row that the template itself would have made of it."""

from datetime import date
from itertools import product

import pytest
from markupsafe import Markup

from dega.clock import day_start
from dega.i18n import Language
from dega.money import Currency
from dega.store.accounts import Entry
from dega.web.entries import rows_of
from dega.web.environment import make

NOON = day_start(date(2026, 11, 23)).timestamp() + 12 * 3600
HOSTILE = "<b>\"Qira\" & 'ujë' \0text\0 %s"


def entry(minor: int = 150, text: str = "Qira", party: str = "Ura shpk", **more: object) -> Entry:
    values = {
        "seq": 1,
        "booked_epoch": NOON,
        "amount_minor": minor,
        "balance_after_minor": 123_456_789,
        "purpose": "payment",
        "movement_id": 12_345,
        "kind": "in-bank",
        "description": text,
        "party_name": party,
        "party_iban": "AL47212110090000000235698741",
        "payment_id": None,
    }
    return Entry(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["sq", "en"])
@pytest.mark.parametrize(("payment", "party", "minor"), product((None, "0198f-1"), ("", HOSTILE), (-150_000, 150_000)))
def test_a_row_is_what_the_template_makes_of_it(
    language: Language, payment: str | None, party: str, minor: int
) -> None:
    parts = make(language).get_template("parts/page.html").module
    sign, iban = "+" if minor > 0 else "-", "AL47 … 8741"
    row = parts.entry(  # type: ignore[attr-defined]
        "12:00",
        payment or "",
        HOSTILE,
        f"{party} · {iban}" if party else iban,
        "D0000012345-20",
        sign,
        "1\u00a0500,00\u00a0ALL",
        "1\u00a0234\u00a0567,89\u00a0ALL",
    )
    monday = "E hënë, 23.11.2026" if language == "sq" else "Monday, 23.11.2026"
    made = rows_of([entry(minor, HOSTILE, party, payment_id=payment)], Currency.ALL, language)
    assert made == parts.day(monday, row)  # type: ignore[attr-defined]
    assert ("&lt;b&gt;" in made, "<b>" in made, "/payments/" in made) == (True, False, payment is not None)


def test_an_entry_of_nobody_says_nothing_of_another_party() -> None:
    made = rows_of([entry(party="", party_iban=None)], Currency.ALL, "en")
    assert '<td role="cell" class="entry-who"><span class="entry-reference">' in made


def test_entries_stand_under_their_days_in_the_order_they_come() -> None:
    moments = (NOON, NOON - 3600, NOON - 86_400, NOON - 10 * 86_400)
    made = rows_of([entry(text=f"Nr. {n}", booked_epoch=at) for n, at in enumerate(moments)], Currency.EUR, "en")
    shown = [
        "Monday, 23.11.2026",
        "Nr. 0",
        "11:00",
        "Nr. 1",
        "Sunday, 22.11.2026",
        "Nr. 2",
        "Friday, 13.11.2026",
        "Nr. 3",
    ]
    places = [made.index(each) for each in shown]
    assert places == sorted(places)
    assert (made.count("<tbody"), made.count("</tbody>")) == (3, 3)


def test_no_entries_are_no_rows() -> None:
    assert rows_of([], Currency.ALL, "sq") == Markup("")
