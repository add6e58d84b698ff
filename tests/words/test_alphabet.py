"""The Albanian alphabet, and lists that follow it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from dega.alphabet import LETTERS, sort_key

NAMES = """
Cane Cyme Çajupi Dragoti Durim Dhimitri Erjon Ëndrra Gusho Gjoka Luan Llazar Nurja Njazi Ruzhdi Rrapo Syla Shehu Toska
Thanas Xoxa Xhafa Zyber Zhuli
"""


def in_order(*texts: str, language: str = "sq") -> list[str]:
    """The texts, sorted after they were mixed."""
    mixed = random.Random(7).sample(texts, len(texts))
    return sorted(mixed, key=lambda text: sort_key(text, language))  # type: ignore[arg-type]


def test_the_alphabet_has_36_letters_in_their_order() -> None:
    assert len(LETTERS) == 36
    assert in_order(*LETTERS) == list(LETTERS)


def test_names_stand_by_letters_not_by_signs() -> None:
    names = NAMES.split()
    assert in_order(*names) == names


def test_case_and_foreign_marks_do_not_count_unless_all_else_is_equal() -> None:
    assert in_order("arben", "Arta", "ARTAN", "Élena", "Elira", "Müller", "Muja") == [
        *("arben", "Arta", "ARTAN", "Élena", "Elira", "Muja", "Müller")
    ]
    assert in_order("ë", "e\u0308", "ëa", "ez") == ["ez", "e\u0308", "ë", "ëa"]


def test_a_shorter_name_comes_before_what_goes_on() -> None:
    assert in_order("Arta", "Arta Kola", "Arta Koç", "Artan", "Arta 2") == [
        *("Arta", "Arta 2", "Arta Koç", "Arta Kola", "Artan")
    ]


def test_in_english_every_letter_stands_alone() -> None:
    words = ["Dhow", "Dog", "Security", "Short", "Sugar", "The", "Transfers"]
    assert in_order(*words, language="en") == words


@given(st.lists(st.text(max_size=12), max_size=12), st.randoms())
def test_any_texts_have_one_order(texts: list[str], chance: random.Random) -> None:
    mixed = chance.sample(texts, len(texts))
    assert sorted(texts, key=sort_key) == sorted(mixed, key=sort_key)
