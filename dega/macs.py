"""What browsers carry for us is looked up by, and compared with, an HMAC-SHA256 of it under a key that only we have."""

import hmac
import secrets
from hashlib import blake2b

LONGEST = 128
"""Characters of what we give to browsers, at most."""

KEPT = 16_384
"""MACs that a process keeps, at most: a few megabytes. Beyond, it begins anew."""

_SEED = secrets.token_bytes(32)
_kept: dict[bytes, str] = {}


def mac_of(key: bytes, carried: str) -> str:
    """The MAC of what a browser carries, in hexadecimal.

    A browser shows the same at each request, so that what was asked for lately isn't computed again; with one key and
    one text there is only one answer. Session ids and browsers' tokens themselves don't stay in memory: a MAC is found
    again by a digest under a seed of this process. What is longer than any of ours isn't kept.
    """
    text = carried.encode("utf-8", "surrogatepass")
    if len(carried) > LONGEST:
        return hmac.digest(key, text, "sha256").hex()
    place = blake2b(key + text, key=_SEED, digest_size=32).digest()
    mac = _kept.get(place)
    if mac is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        mac = _kept[place] = hmac.digest(key, text, "sha256").hex()
    return mac
