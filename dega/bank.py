"""The bank: what a use case may reach for."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, Self
from uuid import UUID

from dega.clock import Clock
from dega.config import RINGS, Config
from dega.deeds import Booking, Deed
from dega.keyring import Keyring
from dega.sealing import Fields
from dega.store.cache import Cache
from dega.store.database import Database
from dega.store.together import Together


class Poster(Protocol):
    """The one way a balance changes."""

    async def post(self, deed: Deed, *, patience: float | None = None) -> Booking:
        """Book the deed, once for its key. Raises Refusal; then nothing was booked. OutcomePending after `patience`
        seconds: then it goes on."""
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

    def brought_up(self, kept: str) -> str:
        """The same hash under the current pepper: for one that waited somewhere before it is written."""
        ...

    def renew_later(self, kept: str | None, password: str, keep: Callable[[str], Awaitable[None]]) -> None:
        """Have a right password's hash made anew, where another pepper or other parameters made it; `keep` takes it.

        None takes as long to look at and is never renewed.
        """
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
    pepper: Keyring
    fields: Keyring
    seals: Keyring

    @classmethod
    def of(cls, rings: Mapping[str, Keyring]) -> Self:
        """The keys out of a ring for each purpose of `config.SECRETS`."""
        short = {name: ring.current for name, ring in rings.items() if name not in RINGS}
        return cls(**short, pepper=rings["pepper"], fields=rings["fields"], seals=rings["seals"])


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
    together: Together
    month_ends: dict[tuple[int, date], int] = field(default_factory=dict)
    """What accounts held when months ended, by account and the day after: it never changes (accounts/months.py)."""
