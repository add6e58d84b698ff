"""Numbers: read forgivingly, kept in one form, and caught when typed wrong."""

import random
import re
import string
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dega.ids import (
    CodeError,
    CodeProblem,
    IbanError,
    IbanProblem,
    PhoneError,
    PhoneProblem,
    compact,
    customer_number_checks,
    format_iban,
    is_customer_number_shape,
    is_personal_number_shape,
    make_albanian_iban,
    mask_iban,
    mask_phone,
    new_case_number,
    new_customer_number,
    new_message_reference,
    parse_case_number,
    parse_iban,
    parse_message_reference,
    parse_mobile,
    parse_reference,
    reference,
)

CAPITALS_AND_DIGITS = string.ascii_uppercase + string.digits

customer_numbers = st.integers(0, 2**32).map(lambda seed: new_customer_number(random.Random(seed)))
albanian_ibans = st.builds(
    make_albanian_iban,
    st.text(string.digits, min_size=3, max_size=3),
    st.text(string.digits, min_size=4, max_size=4),
    st.text(CAPITALS_AND_DIGITS, max_size=16),
)


def one_wrong(text: str, place: int, other: str) -> str:
    place %= len(text)
    return text[:place] + other + text[place + 1 :]


# Customers


@pytest.mark.requirement("R10")
@given(number=customer_numbers)
def test_a_new_customer_number_has_nine_digits_and_checks(number: str) -> None:
    assert is_customer_number_shape(number)
    assert customer_number_checks(number)


@given(number=customer_numbers, place=st.integers(0, 8), digit=st.sampled_from(string.digits))
def test_one_wrong_digit_in_a_customer_number_is_always_caught(number: str, place: int, digit: str) -> None:
    typed = one_wrong(number, place, digit)
    assert customer_number_checks(typed) == (typed == number)


def test_customer_numbers_in_a_row_tell_nothing_of_the_next() -> None:
    source = random.Random(7)
    numbers = [int(new_customer_number(source)) for _ in range(1000)]
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    assert len(set(numbers)) == 1000
    assert 400 < sum(step > 0 for step in steps) < 600


@pytest.mark.parametrize(
    ("text", "shaped", "checks"),
    [
        ("100000008", True, True),
        ("100000007", True, False),
        ("000000000", True, False),
        ("12345678", False, False),
        ("1234567890", False, False),
        ("12345678X", False, False),
        ("١٢٣٤٥٦٧٨٩", False, False),
        ("123456789\n", False, False),
        ("", False, False),
    ],
)
def test_login_takes_the_shape_and_the_branch_the_check_digit(text: str, shaped: bool, checks: bool) -> None:
    assert (is_customer_number_shape(text), customer_number_checks(text)) == (shaped, checks)


@pytest.mark.parametrize("text", ["J61023045K", " j61023045k ", "J6 1023 045 K", "\u202aJ61023045K\u202c"])
def test_a_personal_number_is_recognised_however_it_is_typed(text: str) -> None:
    assert is_personal_number_shape(compact(text))


@pytest.mark.parametrize(
    "text", ["", "J6102304K", "Z61023045K", "J610230455", "161023045K", "j61023045k", "J61023045Ë"]
)
def test_what_has_another_shape_is_no_personal_number(text: str) -> None:
    assert not is_personal_number_shape(text)


def test_capitals_never_turn_a_strange_letter_into_an_ordinary_one() -> None:
    assert compact("al47 ı") == "al47ı"
    assert compact("al47\u00a0\u202f2121\u200b") == "AL472121"


# Bank accounts


@pytest.mark.parametrize(
    "iban",
    [
        "AL47212110090000000235698741",
        "AL3429911019000001CLPRCLALLA",
        "AL9829911019000001CLPRCFEURA",
        "DE89370400440532013000",
        "GB29NWBK60161331926819",
        "IT60X0542811101000000123456",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
        "XK051212012345678906",
        "GR1601101250000000012300695",
        "CH9300762011623852957",
        "MK07250120000058984",
    ],
)
def test_a_valid_iban_is_read_in_any_spacing_and_case(iban: str) -> None:
    assert parse_iban(iban) == iban
    assert parse_iban(format_iban(iban)) == iban
    assert parse_iban(f"  {' '.join(iban).lower()}\t") == iban


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AL9829911010000001CLPRCLALLA", IbanProblem.NATIONAL_DIGIT),
        ("AL48212110090000000235698741", IbanProblem.CHECK_DIGITS),
        ("AL47212110090000000235698471", IbanProblem.CHECK_DIGITS),
        ("AL4721211009000000023569874", IbanProblem.LENGTH),
        ("AL472121100900000002356987411", IbanProblem.LENGTH),
        ("AL", IbanProblem.LENGTH),
        ("DE8937040044053201300", IbanProblem.LENGTH),
        ("US47212110090000000235698741", IbanProblem.COUNTRY),
        ("212110090000000235698741", IbanProblem.COUNTRY),
        ("", IbanProblem.COUNTRY),
        ("AL47-2121-1009-0000-0002-3569-8741", IbanProblem.CHARACTERS),
        ("AL47212110090000000235698741ë", IbanProblem.CHARACTERS),
        ("АL47212110090000000235698741", IbanProblem.CHARACTERS),
        ("AL4721211009000000023569874١", IbanProblem.CHARACTERS),
        ("ALX7212110090000000235698741", IbanProblem.CHARACTERS),
        ("AL4721211O090000000235698741", IbanProblem.CHARACTERS),
    ],
)
def test_a_wrong_iban_is_refused_naming_the_wrong_part(text: str, reason: IbanProblem) -> None:
    with pytest.raises(IbanError) as caught:
        parse_iban(text)
    assert caught.value.reason is reason


def test_check_digits_that_only_mod_97_would_take_are_refused() -> None:
    [standard] = [text for n in range(100) if accepted(text := f"DE{n:02d}370400440532013006")]
    equal_mod_97 = f"DE{(int(standard[2:4]) + 97) % 100:02d}{standard[4:]}"
    assert 2 <= int(standard[2:4]) <= 98
    assert not accepted(equal_mod_97)


def accepted(iban: str) -> bool:
    try:
        return parse_iban(iban) == iban
    except IbanError:
        return False


def test_the_registrys_example_is_made_from_its_parts() -> None:
    assert make_albanian_iban("212", "1100", "235698741") == "AL47212110090000000235698741"
    assert make_albanian_iban("299", "1101", "000001clprclalla") == "AL3429911019000001CLPRCLALLA"


@given(iban=albanian_ibans)
def test_every_iban_that_is_made_is_read_back(iban: str) -> None:
    assert len(iban) == 28
    assert parse_iban(format_iban(iban).lower()) == iban


# Mod 97-10 promises this of a digit for a digit and a letter for a letter; B1 and 1B, for one, count the same.
@given(iban=albanian_ibans, place=st.integers(0, 27), character=st.sampled_from(CAPITALS_AND_DIGITS))
def test_one_wrong_character_in_an_iban_is_always_caught(iban: str, place: int, character: str) -> None:
    assume(character.isdigit() == iban[place].isdigit())
    typed = one_wrong(iban, place, character)
    assert accepted(typed) == (typed == iban)


@given(iban=albanian_ibans, place=st.integers(4, 26))
def test_swapped_neighbours_in_an_iban_are_always_caught(iban: str, place: int) -> None:
    assume(iban[place].isdigit() == iban[place + 1].isdigit())
    typed = iban[:place] + iban[place + 1] + iban[place] + iban[place + 2 :]
    assert accepted(typed) == (typed == iban)


@pytest.mark.parametrize(
    "parts",
    [("29", "1101", "1"), ("2990", "110", "1"), ("299", "1101", "1" * 17), ("299", "11O1", "1"), ("299", "1101", "ë")],
)
def test_an_iban_is_not_made_from_wrong_parts(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="Albanian IBAN"):
        make_albanian_iban(*parts)


def test_an_iban_is_shown_in_fours_and_masked_to_its_ends() -> None:
    iban = "AL47212110090000000235698741"
    assert format_iban(iban) == "AL47 2121 1009 0000 0002 3569 8741".replace(" ", "\u00a0")
    assert mask_iban(iban) == "AL47 … 8741"


# Mobile phones


@pytest.mark.parametrize(
    "text",
    [
        "0691234567",
        "069 123 4567",
        "69 1234567",
        "+355691234567",
        "00355 69 123-4567",
        "+355 (0)69 1234567",
        "\u202a+355\u00a069 123 4567\u202c",
    ],
)
def test_a_mobile_number_is_kept_in_its_international_form(text: str) -> None:
    assert parse_mobile(text) == "+355691234567"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", PhoneProblem.EMPTY),
        (" ", PhoneProblem.EMPTY),
        ("069 FLOWERS", PhoneProblem.CHARACTERS),
        ("0691234567 ext 5", PhoneProblem.CHARACTERS),
        ("٠٦٩١٢٣٤٥٦٧", PhoneProblem.CHARACTERS),
        ("0" * 33, PhoneProblem.CHARACTERS),
        ("+", PhoneProblem.CHARACTERS),
        ("()", PhoneProblem.CHARACTERS),
        ("+39 333 123 4567", PhoneProblem.COUNTRY),
        ("+383 44 123 456", PhoneProblem.COUNTRY),
        ("+0691234567", PhoneProblem.COUNTRY),
        ("069 123 456", PhoneProblem.LENGTH),
        ("069 123 45678", PhoneProblem.LENGTH),
        ("1" * 32, PhoneProblem.LENGTH),
        ("+355 4 2266 288", PhoneProblem.PREFIX),
        ("066 123 4567", PhoneProblem.PREFIX),
        ("067 123 4567", PhoneProblem.THIRD_DIGIT),
        ("068 023 4567", PhoneProblem.THIRD_DIGIT),
    ],
)
def test_what_is_no_albanian_mobile_number_is_refused_with_its_reason(text: str, reason: PhoneProblem) -> None:
    with pytest.raises(PhoneError) as caught:
        parse_mobile(text)
    assert caught.value.reason is reason


@pytest.mark.parametrize("prefix", ["67", "68", "69"])
def test_the_third_digit_decides_after_67_and_68_only(prefix: str) -> None:
    for third in string.digits:
        if prefix == "69" or third in "23456789":
            assert parse_mobile(f"0{prefix}{third}123456") == f"+355{prefix}{third}123456"
        else:
            with pytest.raises(PhoneError) as caught:
                parse_mobile(f"0{prefix}{third}123456")
            assert caught.value.reason is PhoneProblem.THIRD_DIGIT


@given(text=st.text(max_size=40) | st.text("+0123456789 ()-./", max_size=40))
def test_any_text_is_a_mobile_number_or_a_refusal(text: str) -> None:
    try:
        phone = parse_mobile(text)
    except PhoneError:
        return
    assert re.fullmatch(r"\+3556[789][0-9]{7}", phone)
    assert parse_mobile(phone) == phone


@pytest.mark.requirement("R4")
def test_a_masked_phone_shows_three_digits_of_the_subscribers() -> None:
    assert mask_phone("+355691234567") == "+355 69 *** **67"


# References


@given(movement_id=st.integers(1, 2**63 - 1))
def test_every_reference_is_read_back(movement_id: int) -> None:
    written = reference(movement_id)
    assert re.fullmatch(r"D[0-9]{10,19}-[0-9]{2}", written)
    assert parse_reference(written) == parse_reference(f" {written.lower().replace('-', ' ')} ") == movement_id


@given(movement_id=st.integers(1, 2**63 - 1), place=st.integers(0, 30), digit=st.sampled_from(string.digits))
def test_one_wrong_digit_in_a_reference_is_always_caught(movement_id: int, place: int, digit: str) -> None:
    digits = reference(movement_id)[1:].replace("-", "")
    typed = one_wrong(digits, place, digit)
    if typed == digits:
        assert parse_reference(f"D{typed}") == movement_id
    else:
        with pytest.raises(CodeError) as caught:
            parse_reference(f"D{typed}")
        assert caught.value.reason is CodeProblem.CHECK


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", CodeProblem.SHAPE),
        ("12345", CodeProblem.SHAPE),
        ("E0000012345-20", CodeProblem.SHAPE),
        ("D0000012345-2", CodeProblem.SHAPE),
        ("D00000123٤5-20", CodeProblem.SHAPE),
        ("D0000012345-21", CodeProblem.CHECK),
        ("D0000000000-98", CodeProblem.CHECK),
        ("D0000000000-01", CodeProblem.CHECK),
    ],
)
def test_what_is_no_reference_is_refused_with_its_reason(text: str, reason: CodeProblem) -> None:
    with pytest.raises(CodeError) as caught:
        parse_reference(text)
    assert caught.value.reason is reason


@pytest.mark.parametrize("movement_id", [0, -1])
def test_movements_are_numbered_from_one(movement_id: int) -> None:
    with pytest.raises(ValueError, match="from one"):
        reference(movement_id)


@pytest.mark.requirement("R38")
def test_case_numbers_and_message_references_are_read_back_and_never_taken_for_one_another() -> None:
    for _ in range(200):
        case, message = new_case_number(), new_message_reference()
        assert re.fullmatch(r"C-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", case)
        assert parse_case_number(case) == case
        assert parse_message_reference(message) == message
        for parse, other in ((parse_case_number, message), (parse_message_reference, case)):
            with pytest.raises(CodeError):
                parse(other)


def test_two_hundred_case_numbers_are_all_different() -> None:
    assert len({new_case_number() for _ in range(200)}) == 200


# It holds a 0 and a 1, the digits that letters are taken for.
CASE = "C-0A1B-2C3V"


@pytest.mark.parametrize(
    "text", ["C-0A1B-2C3V", "c0a1b2c3v", " c 0a1b 2c3v", "C0A1-B2C3V", "C-OAIB-2C3V", "c-oalb-2c3v"]
)
def test_a_case_number_is_understood_over_the_phone(text: str) -> None:
    assert parse_case_number(text) == CASE


@given(place=st.integers(0, 7), character=st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_in_a_case_number_is_always_caught(place: int, character: str) -> None:
    body = CASE[2:].replace("-", "")
    typed = one_wrong(body, place, character)
    if typed == body:
        assert parse_case_number(f"C{typed}") == CASE
    else:
        with pytest.raises(CodeError) as caught:
            parse_case_number(f"C{typed}")
        assert caught.value.reason is CodeProblem.CHECK


@pytest.mark.parametrize(
    "text",
    ["", "C", "0A1B-2C3V", "M-0A1B-2C3V", "C-0A1B-2C3", "C-0A1B-2C3VV", "C-0A1B-2CUV", "X-0A1B-2C3V", "C-0A1B-2Cë٣"],
)
def test_what_is_no_case_number_is_refused_for_its_shape(text: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse_case_number(text)
    assert caught.value.reason is CodeProblem.SHAPE
