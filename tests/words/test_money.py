"""Amounts: read in every way they are typed here, never rounded, never guessed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dega.ids import is_gsm7
from dega.money import (
    MAX_AMOUNT_MINOR,
    MAX_MINOR,
    AmountError,
    AmountProblem,
    Currency,
    Money,
    format_amount,
    format_money,
    parse_amount,
    round_half_even,
    sms_amount,
)

ALL, EUR = Currency.ALL, Currency.EUR

currencies = st.sampled_from(Currency)
payable = st.integers(1, MAX_AMOUNT_MINOR)
balances = st.integers(-MAX_MINOR, MAX_MINOR)


def refusal(text: str, currency: Currency = ALL) -> AmountError:
    with pytest.raises(AmountError) as caught:
        parse_amount(text, currency)
    return caught.value


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234", 123400),
        ("1234,50", 123450),
        ("1234.5", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234,50", 123450),
        ("1\u202f234,50", 123450),
        ("1\u00a0234 567,50", 123456750),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1 234.5", 123450),
        ("1 234", 123400),
        ("1.234.567", 123456700),
        ("1,234,567", 123456700),
        ("1,234,567.8", 123456780),
        ("0,01", 1),
        ("007", 700),
        ("  12,5\t", 1250),
        ("100 000 000 000,00", MAX_AMOUNT_MINOR),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, minor: int) -> None:
    assert parse_amount(text, ALL) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("10 000 lekë", ALL),
        ("10 000 leke\u0308", ALL),
        ("10000 Lek", ALL),
        ("10.000,00 ALL", ALL),
        ("10000LEKË", ALL),
        ("10 000 €", EUR),
        ("10 000,0 eur", EUR),
        ("10000\u00a0EUR", EUR),
        ("10000$", Currency.USD),
        ("10000 £", Currency.GBP),
        ("10000 CHF", Currency.CHF),
        ("10000 CAD", Currency.CAD),
        ("10000 AUD", Currency.AUD),
    ],
)
def test_the_currency_may_stand_after_the_number(text: str, currency: Currency) -> None:
    assert parse_amount(text, currency) == 10_000_00


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", AmountProblem.EMPTY),
        (" \u00a0\t", AmountProblem.EMPTY),
        ("lekë", AmountProblem.NOT_A_NUMBER),
        ("njëmijë", AmountProblem.NOT_A_NUMBER),
        ("1e5", AmountProblem.NOT_A_NUMBER),
        ("NaN", AmountProblem.NOT_A_NUMBER),
        ("Infinity", AmountProblem.NOT_A_NUMBER),
        ("0x10", AmountProblem.NOT_A_NUMBER),
        ("1_000", AmountProblem.NOT_A_NUMBER),
        ("+5", AmountProblem.NOT_A_NUMBER),
        ("١٢٣", AmountProblem.NOT_A_NUMBER),
        ("１２３", AmountProblem.NOT_A_NUMBER),
        ("1²", AmountProblem.NOT_A_NUMBER),
        ("5,", AmountProblem.NOT_A_NUMBER),
        (",50", AmountProblem.NOT_A_NUMBER),
        ("1 23,4", AmountProblem.NOT_A_NUMBER),
        ("1  234", AmountProblem.NOT_A_NUMBER),
        ("1234 567", AmountProblem.NOT_A_NUMBER),
        ("0 123", AmountProblem.NOT_A_NUMBER),
        ("1.234.56", AmountProblem.NOT_A_NUMBER),
        ("1.234 567", AmountProblem.NOT_A_NUMBER),
        ("1,234,567,89", AmountProblem.NOT_A_NUMBER),
        ("1.234,50.1", AmountProblem.NOT_A_NUMBER),
        ("1\n234", AmountProblem.NOT_A_NUMBER),
        ("10 €", AmountProblem.NOT_A_NUMBER),
        ("10 EUR ALL", AmountProblem.NOT_A_NUMBER),
        ("9" * 65, AmountProblem.NOT_A_NUMBER),
        ("-5", AmountProblem.NEGATIVE),
        ("\u2212 1 234,50", AmountProblem.NEGATIVE),
        ("--5", AmountProblem.NOT_A_NUMBER),
        ("0", AmountProblem.ZERO),
        ("0,00", AmountProblem.ZERO),
        ("0.000", AmountProblem.ZERO),
        ("1,2345", AmountProblem.TOO_MANY_DECIMALS),
        ("1.234,567", AmountProblem.TOO_MANY_DECIMALS),
        ("1 234,500", AmountProblem.TOO_MANY_DECIMALS),
        ("1234.567", AmountProblem.TOO_MANY_DECIMALS),
        ("0,001", AmountProblem.TOO_MANY_DECIMALS),
        ("100 000 000 000,01", AmountProblem.TOO_LARGE),
        ("9" * 64, AmountProblem.TOO_LARGE),
        ("1.234", AmountProblem.AMBIGUOUS),
        ("1,234", AmountProblem.AMBIGUOUS),
        ("10.000 lekë", AmountProblem.AMBIGUOUS),
    ],
)
def test_what_is_no_payable_amount_is_refused_with_its_reason(text: str, reason: AmountProblem) -> None:
    assert refusal(text).reason is reason


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1.234", (123400,)),
        ("1,500", (150000, 150)),
        ("12.340", (1234000, 1234)),
        ("999,000", (99900000, 99900)),
        ("0,500", (50,)),
        ("1234.560", (123456,)),
    ],
)
def test_an_ambiguous_amount_carries_every_exact_reading(text: str, readings: tuple[int, ...]) -> None:
    assert refusal(text).readings == readings


@given(minor=payable, currency=currencies)
def test_every_written_amount_is_read_back_the_same(minor: int, currency: Currency) -> None:
    assert parse_amount(format_amount(minor, currency), currency) == minor
    assert parse_amount(format_money(Money(minor, currency)), currency) == minor
    assert parse_amount(sms_amount(minor, currency), currency) == minor


@pytest.mark.parametrize("places", range(15))
def test_digits_stand_in_threes(places: int) -> None:
    for whole in (10**places - 1, 10**places, 4 * 10**places + 70):
        spaced = f"{whole:,}".replace(",", "\u00a0")
        assert format_amount(100 * whole + 5, Currency.ALL) == f"{spaced},05"
        assert format_amount(-100 * whole - 5, Currency.ALL) == f"\u2212{spaced},05"


@given(
    text=st.text(max_size=80) | st.text("0123456789.,- \u00a0\u202f\u2212lekëALL€", max_size=40), currency=currencies
)
def test_any_text_is_an_amount_in_bounds_or_a_refusal_with_exact_readings(text: str, currency: Currency) -> None:
    amounts: tuple[int, ...]
    try:
        amounts, reason = (parse_amount(text, currency),), None
    except AmountError as refused:
        amounts, reason = refused.readings, refused.reason
    assert bool(amounts) == (reason in (None, AmountProblem.AMBIGUOUS))
    assert all(0 < amount <= MAX_AMOUNT_MINOR for amount in amounts)


@given(whole=st.integers(1, 999), three=st.integers(0, 999), separator=st.sampled_from(",."))
def test_one_separator_before_three_digits_is_never_guessed(whole: int, three: int, separator: str) -> None:
    assert refusal(f"{whole}{separator}{three:03d}").reason is AmountProblem.AMBIGUOUS


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (123456750, "1\u00a0234\u00a0567,50\u00a0ALL"),
        (-100005, "\u22121\u00a0000,05\u00a0ALL"),
        (-5, "\u22120,05\u00a0ALL"),
        (0, "0,00\u00a0ALL"),
    ],
)
def test_money_is_written_with_no_break_spaces_and_a_decimal_comma(minor: int, text: str) -> None:
    assert format_money(Money(minor, ALL)) == str(Money(minor, ALL)) == text


@given(minor=balances, currency=currencies)
def test_money_in_an_sms_is_plain_ascii(minor: int, currency: Currency) -> None:
    text = sms_amount(minor, currency)
    assert text.isascii()
    assert is_gsm7(text)
    assert sms_amount(1250000, ALL) == "12.500,00 ALL"


@given(a=balances, b=balances, currency=currencies)
def test_money_adds_and_compares_as_its_minor_units_do_and_never_outgrows_bigint(
    a: int, b: int, currency: Currency
) -> None:
    left, right = Money(a, currency), Money(b, currency)
    assert (left < right, left <= right, left > right, left >= right) == (a < b, a <= b, a > b, a >= b)
    assert (-left).minor == -a
    assert left.is_positive == (a > 0)
    for together, combine in ((a + b, Money.__add__), (a - b, Money.__sub__)):
        if abs(together) <= MAX_MINOR:
            assert combine(left, right) == Money(together, currency)
        else:
            with pytest.raises(OverflowError):
                combine(left, right)


@pytest.mark.parametrize(
    "combine", [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__, Money.__gt__, Money.__ge__]
)
def test_different_currencies_never_combine(combine: object) -> None:
    with pytest.raises(ValueError, match="ALL doesn't combine with EUR"):
        combine(Money(1, ALL), Money(1, EUR))  # type: ignore[operator]
    assert Money(1, ALL) != Money(1, EUR)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_money_is_made_of_whole_minor_units_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, ALL)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1, ALL) + minor  # type: ignore[operator]


def test_money_takes_no_currency_that_only_looks_like_one() -> None:
    with pytest.raises(TypeError):
        Money(1, "ALL")  # type: ignore[arg-type]


def test_money_holds_exactly_what_the_database_can() -> None:
    assert Money(MAX_MINOR, ALL).minor == 2**63 - 1
    for minor in (MAX_MINOR + 1, -MAX_MINOR - 1):
        with pytest.raises(OverflowError):
            Money(minor, ALL)


def test_all_seven_currencies_have_two_decimals() -> None:
    assert {currency: currency.exponent for currency in Currency} == dict.fromkeys(
        ["ALL", "EUR", "USD", "GBP", "CHF", "CAD", "AUD"], 2
    )


@given(numerator=st.integers(), denominator=st.integers(1))
def test_half_even_rounding_agrees_with_exact_fractions(numerator: int, denominator: int) -> None:
    assert round_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(("halves", "rounded"), [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2)])
def test_ties_go_to_the_even_neighbour(halves: int, rounded: int) -> None:
    assert round_half_even(halves, 2) == rounded


@pytest.mark.parametrize("denominator", [0, -1])
def test_rounding_wants_a_positive_denominator(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        round_half_even(1, denominator)
