"""Reads that are asked for in one turn of the loop share a statement and a connection, whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from dega.errors import Refusal
from dega.store.database import Connection, Database

Key = TypeVar("Key")
Found = TypeVar("Found")

Many = Callable[[Connection, Sequence[Key]], Awaitable[Mapping[Key, Found]]]
"""A read of the store for many keys at once; what isn't in its answer isn't there."""

LANES = 2
"""Connections that one kind of read takes at most. What comes meanwhile waits for one of them, and goes together."""


class Reads:
    """Asks the database once for what many want to know of it. What is found is as new as if they had asked alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kinds: dict[Many[Any, Any], _Kind] = {}

    async def ask(self, many: Many[Key, Found], key: Key) -> Found | None:
        """What `many` finds for the key, or None. Raises PartAway where PostgreSQL doesn't answer, and Busy."""
        kind = self._kinds.get(many)
        if kind is None:
            kind = self._kinds[many] = _Kind(self._database, many)
        found: Found | None = await kind.ask(key)
        return found


class _Kind:
    """One kind of read: who waits for it."""

    def __init__(self, database: Database, many: Many[Any, Any]) -> None:
        self._database, self._many = database, many
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_due = False

    def ask(self, key: Any) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((key, answer))
        if not self._is_due and len(self._under_way) < LANES:
            self._is_due = True
            loop.call_soon(self._send)
        return answer

    def _send(self) -> None:
        self._is_due = False
        if self._waiting and len(self._under_way) < LANES:
            asked, self._waiting = self._waiting, []
            task = asyncio.get_running_loop().create_task(self._answer(asked))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._send()

    async def _answer(self, asked: list[tuple[Any, "asyncio.Future[Any]"]]) -> None:
        try:
            async with self._database.connection() as connection:
                found = await self._many(connection, [key for key, _ in asked])
        except Exception as error:  # noqa: BLE001  # each is told
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(_own(error))
            return
        for key, answer in asked:
            if not answer.done():  # whoever asked may be gone
                answer.set_result(found.get(key))


def _own(error: Exception) -> Exception:
    """A refusal of one's own: what is raised in one task isn't raised in another."""
    if not isinstance(error, Refusal):
        return error
    own = type(error)(error.field, **error.values)
    own.__cause__ = error
    return own
