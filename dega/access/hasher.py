"""Turns passwords into what may be kept of them: argon2id, sealed under the pepper, in few threads behind a queue.

Without the pepper, which isn't in the database, a stolen table can't be tried against; and since the pepper closes what
argon2 made, it can be replaced without knowing a single password. Hashes of before kept the pepper inside: they read
`v0|kid|$argon2id…`, and are made anew when their owner next logs in.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from dega.config import Access
from dega.errors import Busy
from dega.keyring import Keyring
from dega.sealing import NotSealedHere, SealedFields
from dega.store.sealed import ARGON2, PEPPER_INSIDE

log = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")

RENEWED_WITHIN_SECONDS = 30.0
LEAST_MEMORY_KIB = 8
"""argon2's own."""


class Hasher:
    """One for the process. argon2 gives way to other threads while it works, so that pages go on."""

    def __init__(self, access: Access, pepper: Keyring, *, renewed_within: float = RENEWED_WITHIN_SECONDS) -> None:
        self._argon2 = PasswordHasher(time_cost=access.hash_rounds, memory_cost=access.hash_memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(access.hash_threads, thread_name_prefix="argon2")
        self._most = access.hash_threads + access.hash_queue
        self._under_way = 0
        self._peppers = pepper.by_kid
        self._sealing = SealedFields(pepper)
        self._renewed_within = renewed_within
        self._renewals: set[asyncio.Task[None]] = set()
        self._of_nobody = self._seal(self._argon2.hash(secrets.token_hex()))

    def close(self) -> None:
        """End the threads; what waits is given up."""
        for renewal in self._renewals:
            renewal.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def place(self) -> AsyncIterator["HeldPlace"]:
        """A place in the queue, for one password at a time. Raises Busy on entering where all are taken.

        To be taken before an attempt is counted: an overload of the house is nobody's failure.
        """
        if self._under_way >= self._most:
            raise Busy()
        self._under_way += 1
        try:
            yield HeldPlace(self)
        finally:
            self._under_way -= 1

    async def hash(self, password: str) -> str:
        """What is kept of the password. Raises Busy."""
        async with self.place():
            return await self._run(lambda: self._seal(self._argon2.hash(_normal(password))))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right. Raises Busy."""
        async with self.place() as place:
            return await place.verify(kept, password)

    def brought_up(self, kept: str) -> str:
        """The same hash under the current pepper: for one that waited somewhere before it is written.

        Once all processes have a new pepper, nothing is written under the old one any more.
        """
        return kept if self._sealing.is_current(kept) else self._seal(self._sealing.reveal(kept, ARGON2))

    def renew_later(self, kept: str | None, password: str, keep: Callable[[str], Awaitable[None]]) -> None:
        """Have a right password's hash made anew, where another pepper or other parameters made it.

        It happens beside all answers, and at a time of its own: how busy the house is after an attempt must not tell
        anyone that the password was right. What doesn't succeed waits for the next login. None: nobody's.
        """
        if self._is_up_to_date(self._of_nobody if kept is None else kept) or kept is None:
            return
        renewal = asyncio.create_task(self._renew(password, keep))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)

    async def _renew(self, password: str, keep: Callable[[str], Awaitable[None]]) -> None:
        await asyncio.sleep(secrets.SystemRandom().uniform(0, self._renewed_within))
        try:
            await keep(await self.hash(password))
        except Exception as error:  # noqa: BLE001  # nobody waits for it, and the old hash is as right as it was
            log.warning("a password's hash was not renewed", extra={"why": type(error).__name__})

    def _is_up_to_date(self, kept: str) -> bool:
        if not self._sealing.is_current(kept):
            return False
        return not self._argon2.check_needs_rehash(self._sealing.reveal(kept, ARGON2))

    async def _verify(self, kept: str | None, password: str) -> bool:
        fits = await self._run(lambda: self._fits(kept or self._of_nobody, password))
        return fits and kept is not None

    def _fits(self, kept: str, password: str) -> bool:
        try:
            hashed, typed = self._opened(kept, _normal(password))
            self._make_up_for(hashed)
            return self._argon2.verify(hashed, typed)
        except VerifyMismatchError:
            return False
        except (NotSealedHere, InvalidHashError) as error:
            log.error("a password's hash can't be used", extra={"why": str(error)})
            self._fits(self._of_nobody, password)
            return False

    def _opened(self, kept: str, typed: bytes) -> tuple[str, bytes]:
        """What argon2 made, and of what: the password, or where the pepper is inside, the password keyed with it."""
        version, _, rest = kept.partition("|")
        if version != PEPPER_INSIDE:
            return self._sealing.reveal(kept, ARGON2), typed
        kid, _, hashed = rest.partition("|")
        if kid not in self._peppers:
            raise NotSealedHere(f"{ARGON2} needs the key {kid}, which isn't there")
        return hashed, hmac.new(self._peppers[kid], typed, hashlib.sha256).hexdigest().encode()

    def _make_up_for(self, hashed: str) -> None:
        """Work for as long as today's parameters take longer: or the time would tell an old hash from nobody's."""
        made_with, now = extract_parameters(hashed), self._argon2
        missing = now.memory_cost * now.time_cost - made_with.memory_cost * made_with.time_cost
        if missing > LEAST_MEMORY_KIB * now.time_cost:
            PasswordHasher(now.time_cost, missing // now.time_cost, parallelism=1).hash(b"")

    def _seal(self, hashed: str) -> str:
        return self._sealing.seal(hashed, ARGON2)

    async def _run(self, work: Callable[[], Outcome]) -> Outcome:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _normal(password: str) -> bytes:
    """The same bytes however the password is typed."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place that is taken: what is verified here is never Busy."""

    _hasher: Hasher

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right."""
        return await self._hasher._verify(kept, password)
