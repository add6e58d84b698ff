"""Sealed fields: what is kept says nothing, opens in its own place alone, and is found again without being opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dega.keyring import Keyring
from dega.sealing import NotSealedHere, SealedFields

OLD, NEW = Keyring("fields", b"o" * 32), Keyring("fields", b"n" * 32, older=(b"o" * 32,))
PLACE = "customer|mobile|17"
PHONE = "+355692003001"


@given(st.text(), st.text())
def test_what_is_sealed_opens_in_its_place(plain: str, place: str) -> None:
    fields = SealedFields(OLD)
    assert fields.reveal(fields.seal(plain, place), place) == plain


def test_the_same_value_never_looks_the_same_twice_and_never_shows() -> None:
    fields = SealedFields(OLD)
    sealed = {fields.seal(PHONE, PLACE) for _ in range(1000)}
    assert len(sealed) == 1000
    assert {text.split("|")[0:2] == ["v1", OLD.kid] for text in sealed} == {True}
    assert not any(PHONE in text for text in sealed)


@pytest.mark.parametrize("place", ["customer|mobile|18", "customer|email|17", "outbox|recipient|17", ""])
def test_a_value_moved_to_another_place_does_not_open(place: str) -> None:
    fields = SealedFields(OLD)
    with pytest.raises(NotSealedHere, match="doesn't hold what was sealed there"):
        fields.reveal(fields.seal(PHONE, PLACE), place)


def test_no_character_of_a_sealed_value_can_be_changed() -> None:
    fields = SealedFields(OLD)
    sealed = fields.seal(PHONE, PLACE)
    for position, character in enumerate(sealed):
        changed = sealed[:position] + ("A" if character != "A" else "B") + sealed[position + 1 :]
        with pytest.raises(NotSealedHere):
            fields.reveal(changed, PLACE)


@pytest.mark.parametrize("kept", [PHONE, "", "v1|", "v1|a|b|c|d", f"v2|{OLD.kid}|AAAA|AAAA", "arta@example.org"])
def test_a_plain_value_is_never_taken_for_what_was_sealed(kept: str) -> None:
    with pytest.raises(NotSealedHere, match=r"customer.mobile.17 isn't sealed"):
        SealedFields(OLD).reveal(kept, PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before, after = SealedFields(OLD), SealedFields(NEW)
    kept = before.seal(PHONE, PLACE)
    assert after.reveal(kept, PLACE) == PHONE
    assert (after.is_current(kept), after.is_current(after.seal(PHONE, PLACE))) == (False, True)
    with pytest.raises(NotSealedHere, match=f"needs the key {NEW.kid}, which isn't there"):
        before.reveal(after.seal(PHONE, PLACE), PLACE)


def test_the_blind_index_finds_equal_values_of_one_kind_under_each_key() -> None:
    before, after = SealedFields(OLD), SealedFields(NEW)
    kept = before.index(PHONE, "customer|mobile")
    assert kept in after.indexes(PHONE, "customer|mobile")
    assert kept != after.index(PHONE, "customer|mobile")
    assert kept not in [before.index(PHONE, "customer|email"), before.index("+355692003002", "customer|mobile")]


def test_no_key_shows_where_a_ring_is_written_down() -> None:
    assert repr(NEW) == "Keyring(purpose='fields')"
    assert OLD.kid != Keyring("pepper", OLD.current).kid
