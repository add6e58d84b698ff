"""Turns passwords into what may be kept of them: argon2id over a keyed hash, in few threads behind a bounded queue."""

import asyncio
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from dega.config import Access
from dega.errors import Busy

Outcome = TypeVar("Outcome")


class Hasher:
    """One for the process. argon2 gives way to other threads while it works, so that pages go on."""

    def __init__(self, access: Access, pepper: bytes) -> None:
        self._argon2 = PasswordHasher(time_cost=access.hash_rounds, memory_cost=access.hash_memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(access.hash_threads, thread_name_prefix="argon2")
        self._most = access.hash_threads + access.hash_queue
        self._under_way = 0
        self._pepper = pepper
        self._of_nobody = self._argon2.hash(secrets.token_hex())

    def close(self) -> None:
        """End the threads; what waits is given up."""
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
        keyed = self._keyed(password)
        async with self.place():
            return await self._run(lambda: self._argon2.hash(keyed))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right. Raises Busy."""
        async with self.place() as place:
            return await place.verify(kept, password)

    async def _verify(self, kept: str | None, password: str) -> bool:
        keyed = self._keyed(password)
        fits = await self._run(lambda: self._fits(kept or self._of_nobody, keyed))
        return fits and kept is not None

    def _keyed(self, password: str) -> str:
        """A stolen database can't be tried against without the key that isn't in it."""
        normal = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
        return hmac.new(self._pepper, normal, hashlib.sha256).hexdigest()

    def _fits(self, kept: str, keyed: str) -> bool:
        try:
            return self._argon2.verify(kept, keyed)
        except VerifyMismatchError:
            return False

    async def _run(self, work: Callable[[], Outcome]) -> Outcome:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place that is taken: what is verified here is never Busy."""

    _hasher: Hasher

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None takes as long and is never right."""
        return await self._hasher._verify(kept, password)
