"""The keys of one purpose: the one that is used now, and older ones that still open what was closed with them.

What is kept for long says which key it needs by the key's id (kid), so that keys can follow one another.
"""

import hashlib
from dataclasses import dataclass, field

KEY_BYTES = 32


def kid_of(purpose: str, key: bytes) -> str:
    """Eight hexadecimal digits that name a key and tell nothing of it."""
    return hashlib.sha256(f"dega-kid|{purpose}|".encode() + key).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The current key of a purpose, and the older ones; each of 32 bytes."""

    purpose: str
    current: bytes = field(repr=False)
    older: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def kid(self) -> str:
        """The id of the current key."""
        return kid_of(self.purpose, self.current)

    @property
    def by_kid(self) -> dict[str, bytes]:
        """All keys by their ids, the current one first."""
        return {kid_of(self.purpose, key): key for key in (self.current, *self.older)}
