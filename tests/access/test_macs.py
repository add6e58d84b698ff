"""MACs of what browsers carry: the standard's, whether kept or not; and only what may be ours is kept."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from dega import macs
from dega.macs import KEPT, LONGEST, mac_of


@given(st.binary(min_size=32, max_size=32), st.text(max_size=2 * LONGEST))
def test_a_mac_is_that_of_the_standard_each_time(key: bytes, carried: str) -> None:
    expected = hmac.new(key, carried.encode(), "sha256").hexdigest()
    assert [mac_of(key, carried), mac_of(key, carried)] == [expected, expected]


def test_another_key_makes_another_mac() -> None:
    assert mac_of(b"1" * 32, "token") != mac_of(b"2" * 32, "token")


def test_bytes_that_are_no_text_have_one_too() -> None:
    assert len(mac_of(b"1" * 32, "\udcff")) == 64


def test_no_flood_of_made_up_cookies_fills_the_memory() -> None:
    for n in range(2 * KEPT + 100):
        mac_of(b"1" * 32, f"made up {n}")
    before = set(macs._kept)
    mac_of(b"1" * 32, "x" * (LONGEST + 1))
    assert set(macs._kept) == before
    assert len(before) <= KEPT


def test_what_browsers_carry_does_not_stay_in_memory() -> None:
    carried, key = "a session's id, say", b"1" * 32
    expected = mac_of(key, carried)
    assert expected in macs._kept.values()
    assert not any(carried.encode() in place for place in macs._kept)
