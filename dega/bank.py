"""The bank: what a use case may reach for."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

from dega.clock import Clock
from dega.config import Config
from dega.deeds import Booking, Deed
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


@dataclass(frozen=True, slots=True)
class Sms:
    """A message to `mobile` (`+355…`). By its `id` the provider and we speak of it; only that shows in a log."""

    id: str
    mobile: str = field(repr=False)
    text: str = field(repr=False)


Fate = Literal["handed_over", "delivered", "unsent", "undelivered"]
"""What became of a message: the provider has it, the phone has it; the provider hasn't, or couldn't bring it."""

Told = Callable[[Fate], Awaitable[None]]


class CodeSender(Protocol):
    """Brings one-time codes to phones. They go straight to the gateway: no table ever holds one."""

    def send(self, sms: Sms, told: Told) -> None:
        """Send soon, without making the page wait; `told` learns whether the provider has it."""
        ...

    def refuse(self, told: Told) -> None:
        """Send nothing; `told` learns soon that it is unsent, without making the page wait."""
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
    """One secret of 32 bytes for each purpose; none of them is in the database."""

    sessions: bytes
    forms: bytes
    codes: bytes
    pepper: bytes
    subjects: bytes


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
