"""Where a visitor comes from: the nearest address that isn't one of our proxies, and only the network it is in."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from dega.web import guards

PROXIES = ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.0/24"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.0/24"),  # no proxy of ours says so
        ("127.0.0.1", [], "127.0.0.0/24"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.0/24"),
        ("127.0.0.1", ["203.0.113.7, 198.51.100.1"], "198.51.100.0/24"),  # what stands left of it anybody can write
        ("127.0.0.1", ["203.0.113.7", "198.51.100.1 , ::1"], "198.51.100.0/24"),
        ("127.0.0.1", ["198.51.100.1", "::1"], "198.51.100.0/24"),
        ("::1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        ("::1", ["127.0.0.1, ::1"], "::/64"),
        ("127.0.0.1", ["203.0.113.7, "], "unknown"),
        ("127.0.0.1", ["nobody"], "unknown"),
        ("", [], "unknown"),
    ],
)
def test_a_visitor_is_where_the_nearest_stranger_is(remote: str, forwarded: list[str], expected: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)
    assert guards._address_prefix(request, PROXIES) == expected
