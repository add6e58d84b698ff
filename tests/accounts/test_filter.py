"""What is typed into the filter of the activity: what it becomes, and what is refused, all at once."""

from datetime import date

import pytest

from dega.accounts.accounts import Account, Product, Status
from dega.accounts.activity import LONGEST_TEXT, Cursor, Filter, parse_filter
from dega.errors import NotFound, Refusals
from dega.ids import format_iban
from dega.money import Currency, Money

LEK, EURO = "AL57299100110000000000000010", "AL30299100110000000000000011"


def mine(iban: str, currency: Currency) -> Account:
    nothing = Money(0, currency)
    return Account(1, iban, Product.CURRENT, currency, Status.ACTIVE, nothing, nothing, 0, date(2024, 11, 22))


MINE = [mine(LEK, Currency.ALL), mine(EURO, Currency.EUR)]


def test_nothing_typed_is_everything_of_the_first_account() -> None:
    assert parse_filter({}, MINE) == Filter(LEK)
    assert parse_filter({"account": "", "from": " ", "text": "", "min": "", "page": ""}, MINE) == Filter(LEK)


def test_every_field_is_read_as_people_write_it() -> None:
    typed = {
        "account": format_iban(EURO).lower(),
        "from": "1.11.2026",
        "to": "2026-11-22",
        "text": "  qiraja   e nëntorit ",
        "min": "1 234,50",
        "max": "10.000,00 euro",
        "page": "older-51",
    }
    days = (date(2026, 11, 1), date(2026, 11, 22))
    assert parse_filter(typed, MINE) == Filter(
        EURO, *days, "qiraja e nëntorit", 123_450, 1_000_000, Cursor("older", 51)
    )


def test_no_amount_and_no_money_at_all_limit_nothing() -> None:
    assert parse_filter({"min": "0", "max": "0,00"}, MINE) == Filter(LEK)


def test_two_amounts_in_the_wrong_order_are_the_same_range() -> None:
    chosen = parse_filter({"min": "20", "max": "10"}, MINE)
    assert (chosen.min_minor, chosen.max_minor) == (1_000, 2_000)


def test_one_day_is_no_inversion() -> None:
    assert parse_filter({"from": "22.11.2026", "to": "22.11.2026"}, MINE).last_day == date(2026, 11, 22)


REFUSED = [
    ({"from": "yesterday"}, [("from", "day_shape")]),
    ({"to": "31.02.2026"}, [("to", "day_unknown")]),
    ({"to": "32/01/2026"}, [("to", "day_unknown")]),
    ({"to": "1.1/2026"}, [("to", "day_shape")]),
    ({"from": "23.11.2026", "to": "22.11.2026"}, [("from", "days_inverted")]),
    ({"text": "x" * (LONGEST_TEXT + 1)}, [("text", "text_too_long")]),
    ({"text": "x\ud800"}, [("text", "text_characters")]),
    ({"min": "much"}, [("min", "amount_not_a_number")]),
    ({"max": "-5"}, [("max", "amount_negative")]),
    ({"min": "1,2345"}, [("min", "amount_decimals")]),
    ({"min": "1.500"}, [("min", "amount_ambiguous")]),
    ({"min": "1.234"}, [("min", "amount_ambiguous")]),
    ({"min": "0.500"}, [("min", "amount_decimals")]),
    ({"max": "9" * 15}, [("max", "amount_too_large")]),
    (
        {"from": "x", "to": "y", "text": "\ue000", "min": "z", "max": "-1"},
        [
            ("from", "day_shape"),
            ("to", "day_shape"),
            ("text", "text_characters"),
            ("min", "amount_not_a_number"),
            ("max", "amount_negative"),
        ],
    ),
]


@pytest.mark.refusal("day_shape", "day_unknown", "days_inverted")
@pytest.mark.parametrize(("typed", "refused"), REFUSED, ids=lambda value: str(value)[:40])
def test_everything_that_is_wrong_is_said_at_once_beside_its_field(
    typed: dict[str, str], refused: list[tuple[str, str]]
) -> None:
    with pytest.raises(Refusals) as raised:
        parse_filter(typed, MINE)
    assert [(refusal.field, refusal.code) for refusal in raised.value.refusals] == refused


def test_an_ambiguous_amount_is_given_back_with_what_it_may_mean() -> None:
    with pytest.raises(Refusals) as raised:
        parse_filter({"min": "1.500"}, MINE)
    values = raised.value.refusals[0].values
    assert [str(values[meant]) for meant in ("larger", "smaller")] == ["1\u00a0500,00\u00a0ALL", "1,50\u00a0ALL"]


@pytest.mark.parametrize("account", ["AL3429911019000001CLPRCLALLA", "x", "' OR 1=1"])
def test_an_account_that_is_not_among_ones_own_is_not_found(account: str) -> None:
    with pytest.raises(NotFound):
        parse_filter({"account": account, "from": "x"}, MINE)


def test_who_has_no_account_has_no_activity() -> None:
    with pytest.raises(NotFound):
        parse_filter({}, [])
