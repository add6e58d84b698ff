"""The bank: what a use case may reach for."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from dega.clock import Clock
from dega.config import Config
from dega.deeds import Booking, Deed
from dega.keyring import Keyring
from dega.sealing import Fields
from dega.store.cache import Cache
from dega.store.database import Database


class Poster(Protocol):
    """The one way a balance changes."""

    async def post(self, deed: Deed) -> Booking:
        """Book the deed, once for its key. Raises Refusal; then nothing was booked."""
        ...

    def is_under_way(self, key: UUID) -> bool:
        """Whether this process is still at the deed."""
        ...

    @property
    def is_alive(self) -> bool:
        """Whether deeds are being written."""
        ...


class CodeSender(Protocol):
    """Brings one-time codes to phones. They go straight to the gateway: no table ever holds one."""

    def send(self, mobile: str, text: str, failed: Callable[[], Awaitable[None]]) -> None:
        """Send soon, without making the page wait; `failed` is awaited where the gateway refused."""
        ...


class Place(Protocol):
    """A place in the hasher's queue, taken before an attempt is counted: from here on nothing is Busy."""

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right."""
        ...


class Hasher(Protocol):
    """Turns passwords into what may be kept of them, beside the loop and with a bounded queue."""

    def place(self) -> AbstractAsyncContextManager[Place]:
        """A place for one password at a time, until it is left. Raises Busy on entering where all are taken."""
        ...

    async def hash(self, password: str) -> str:
        """What is kept of the password. Raises Busy."""
        ...

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right. Raises Busy."""
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets, each for one purpose; none of them is in the database.

    One of 32 bytes where what it protects is short-lived, a ring where something is kept for long.
    """

    sessions: bytes
    forms: bytes
    codes: bytes
    devices: bytes
    subjects: bytes
    pepper: bytes
    fields: Keyring

    @classmethod
    def of(cls, rings: Mapping[str, Keyring]) -> Self:
        """The keys out of a ring for each purpose of `config.SECRETS`."""
        whole = ("fields",)
        return cls(**{name: ring if name in whole else ring.current for name, ring in rings.items()})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Bank:
    """What a use case may reach for. Put together in `app.py`, once."""

    config: Config
    clock: Clock
    database: Database
    cache: Cache
    poster: Poster
    codes: CodeSender
    keys: Keys
    hasher: Hasher
    fields: Fields
