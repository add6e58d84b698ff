"""What browsers carry for us is looked up by, and compared with, an HMAC-SHA256 of it under a key that only we have."""

import hmac
from functools import lru_cache

LONGEST = 128
"""Characters of what we give to browsers, at most."""

KEPT = 16_384
"""MACs that a process keeps, at most, with what they are of: less than 10 MB."""


def mac_of(key: bytes, carried: str) -> str:
    """The MAC of what a browser carries, in hexadecimal.

    A browser shows the same at each request, so that what was asked for lately isn't computed again; with one key and
    one text there is only one answer. So ids of sessions and tokens of browsers, in memory during each request anyway,
    stay there until others come; what is longer than any of ours isn't kept. It is looked up by a hash that is seeded
    anew in each process: how long that takes tells whether just this text was shown lately, and nothing of another.
    """
    return _kept(key, carried) if len(carried) <= LONGEST else _mac(key, carried)


def _mac(key: bytes, carried: str) -> str:
    return hmac.digest(key, carried.encode("utf-8", "surrogatepass"), "sha256").hex()


_kept = lru_cache(maxsize=KEPT)(_mac)
