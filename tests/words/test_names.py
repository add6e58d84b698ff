"""Names and texts: cleaned of what can't be seen, refused when they pretend, fit for an SMS."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dega.ids import (
    TextError,
    TextProblem,
    clean_name,
    clean_text,
    gsm_text,
    is_gsm7,
    mask_name,
    name_skeleton,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Agim Hoxha", "Agim Hoxha"),
        ("  Agim \u00a0 Hoxha\t", "Agim Hoxha"),
        ("Përparim Çela", "Përparim Çela"),
        ("Pe\u0308rparim C\u0327ela", "Përparim Çela"),
        ("Ａｇｉｍ Hoxha", "Agim Hoxha"),
        ("A\u200bgi\u00adm\u200d Hoxha", "Agim Hoxha"),
        ("\u202eAgim\u202c Hoxha\u2066\u0000", "Agim Hoxha"),
        ("Agim\r\nHoxha", "Agim Hoxha"),
        ("Alba 2000 sh.p.k. (Tiranë) & Co", "Alba 2000 sh.p.k. (Tiranë) & Co"),
        ("O’Brien-D'Angelo", "O’Brien-D'Angelo"),
        ("Γιώργος Παππάς", "Γιώργος Παππάς"),
        ("Борис Іванов", "Борис Іванов"),
        ("Nguyễn Văn Łukasz Şahin", "Nguyễn Văn Łukasz Şahin"),
    ],
)
def test_a_name_is_cleaned_but_kept(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", TextProblem.EMPTY),
        (" \u200b\u202e\u0000 ", TextProblem.EMPTY),
        ("A" * 71, TextProblem.TOO_LONG),
        ("ﷺ" * 20, TextProblem.TOO_LONG),
        ("\u200b" * 10_000, TextProblem.TOO_LONG),
        ("Аgim Hoxha", TextProblem.CHARACTERS),
        ("Agim Ηoxha", TextProblem.CHARACTERS),
        ("Борис Hoxha", TextProblem.CHARACTERS),
        ("12-34", TextProblem.CHARACTERS),
        ("<b>Agim</b>", TextProblem.CHARACTERS),
        ("Agim; DROP", TextProblem.CHARACTERS),
        ("Agim\u0335 Hoxha", TextProblem.CHARACTERS),
        ("Agim ٣", TextProblem.CHARACTERS),
        ("Agim × Hoxha", TextProblem.CHARACTERS),
        ("Agim 😀", TextProblem.CHARACTERS),
        ("王小明", TextProblem.CHARACTERS),
        ("Agim\ue000", TextProblem.CHARACTERS),
    ],
)
def test_a_name_that_hides_something_is_refused_with_its_reason(typed: str, reason: TextProblem) -> None:
    with pytest.raises(TextError) as caught:
        clean_name(typed)
    assert caught.value.reason is reason


@given(text=st.text(max_size=80) | st.text("Agim Аgιm \u200b\u202e\u0308ëç'-", max_size=80))
def test_a_clean_name_is_short_visible_in_one_script_and_stays_as_it_is(text: str) -> None:
    try:
        name = clean_name(text)
    except TextError:
        return
    letters = [c for c in name if c.isalpha()]
    assert clean_name(name) == name
    assert 0 < len(name) <= 70
    assert len({unicodedata.name(c).split()[0] for c in letters}) == 1
    assert {unicodedata.category(c) for c in letters} <= {"Lu", "Ll"}


@given(text=st.text(max_size=200), lines=st.booleans())
def test_a_clean_text_holds_nothing_invisible_and_stays_as_it_is(text: str, lines: bool) -> None:
    try:
        cleaned = clean_text(text, 200, lines=lines)
    except TextError:
        return
    assert clean_text(cleaned, 200, lines=lines) == cleaned
    assert not {unicodedata.category(c) for c in cleaned.replace("\n", "")} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert lines or "\n" not in cleaned


@pytest.mark.requirement("R40")
def test_a_message_keeps_its_paragraphs_and_may_mix_scripts() -> None:
    typed = " Përshëndetje,\r\n\r\n\r\n\r\nquhem  Борис 😀\u202e. \r\nFaleminderit\n"
    assert clean_text(typed, 200, lines=True) == "Përshëndetje,\n\nquhem Борис 😀.\nFaleminderit"
    assert clean_text(typed, 200) == "Përshëndetje, quhem Борис 😀. Faleminderit"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Agim Hoxha", "Aglm Hoxha"),
        ("Agim Hoxha", "AGIM HOXHA"),
        ("Agim Hoxha", "Ag1m Hoxha"),
        ("Besnik Rama", "Besnik Rarna"),
        ("Olta Çela", "0lta Cela"),
        ("Caca", "Саса"),
        ("TANI", "ΤΑΝΙ"),
        ("Tavi", "Τάνι"),
        ("Łukasz", "Lukasz"),
    ],
)
def test_names_easily_taken_for_one_another_have_one_skeleton(one: str, other: str) -> None:
    assert name_skeleton(one) == name_skeleton(other)


def test_different_names_keep_different_skeletons() -> None:
    names = ["Agim Hoxha", "Arta Hoxha", "Agim Hoti", "Besnik Rama", "Drita Rama", "Genti Cela"]
    assert len({name_skeleton(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("Agim Hoxha", "Agim H***"), ("Agim", "Agim"), ("Ana Maria Çela", "Ana M*** Ç***")],
)
def test_a_masked_name_shows_the_first_name_and_initials(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Kërkuar për çështjen Ë Ç", "Kerkuar per ceshtjen E C"),
        ("Ke\u0308rkuar", "Kerkuar"),
        ("Dušan Łódź", "Dusan Lodz"),
        ("12\u00a0500,00\u00a0€ – “po”…", '12 500,00 EUR - "po"...'),
        ("Борис 😀!", " !"),
        ("[link]\x00^", "link"),
        ("rreshti 1\nrreshti 2 @ £5", "rreshti 1\nrreshti 2 @ £5"),
    ],
)
def test_an_sms_loses_its_marks_and_not_its_letters(text: str, sent: str) -> None:
    assert gsm_text(text) == sent


@given(text=st.text())
def test_whatever_is_made_for_an_sms_fits_its_alphabet(text: str) -> None:
    sent = gsm_text(text)
    assert is_gsm7(sent)
    assert gsm_text(sent) == sent
    assert not set(sent) & set("ëçËÇ")


@pytest.mark.parametrize(
    ("text", "fits"), [("", True), ("Kodi FNP 123456\n@host", True), ("ë", False), ("ç", False), ("€", False)]
)
def test_one_letter_decides_whether_an_sms_fits_in_septets(text: str, fits: bool) -> None:
    assert is_gsm7(text) is fits
