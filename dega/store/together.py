"""What many ask of PostgreSQL in one turn of the loop goes there together: one statement for all, on one connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from dega.errors import Busy, PartAway, Refusal
from dega.store.database import Database

Key = TypeVar("Key")
Found = TypeVar("Found")

LANES = 2
"""Connections that one kind of question takes at most. What comes meanwhile waits for one of them."""


class Together:
    """Asks once for all who ask. An answer is as new as if each had asked alone: nothing is kept between two asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def ask(
        self, statement: Callable[..., Awaitable[Mapping[Key, Found]]], key: Key, *more: object
    ) -> "asyncio.Future[Found | None]":
        """What `statement(connection, keys, *more)` of the store answers for the key; None where it has nothing for it.

        It is asked for at once: of two questions that don't wait for one another, both answers come at the same time.
        Raises what it raises, for its own key alone; and PartAway where PostgreSQL doesn't answer, Busy where a lock
        isn't to be had, which may be another's in the same turn.
        """
        kind = self._kinds.get((statement, *more))
        if kind is None:
            kind = self._kinds[statement, *more] = _Kind(self._database, statement, more)
        return kind.ask(key)


class _Kind:
    """One kind of question, and who waits for its answer."""

    def __init__(self, database: Database, statement: Callable[..., Awaitable[Any]], more: tuple[object, ...]) -> None:
        self._database, self._statement, self._more = database, statement, more
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
            task = asyncio.get_running_loop().create_task(self._exchange(asked))
            self._under_way.add(task)
            task.add_done_callback(partial(self._ended, asked))

    async def _exchange(self, asked: "list[tuple[Any, asyncio.Future[Any]]]") -> None:
        try:
            await self._answer(asked)
        except (PartAway, Busy):
            raise
        except Exception:
            if len(asked) == 1:
                raise
            await self._answer_one_by_one(asked)

    async def _answer_one_by_one(self, asked: "list[tuple[Any, asyncio.Future[Any]]]") -> None:
        """What is wrong with the row of one harms nobody else."""
        for one in asked:
            try:
                await self._answer([one])
            except (PartAway, Busy):
                raise
            except Exception as error:  # noqa: BLE001  # each is told what is wrong with their own
                _refuse([one], error)

    async def _answer(self, asked: "list[tuple[Any, asyncio.Future[Any]]]") -> None:
        async with self._database.connection() as connection:
            found = await self._statement(connection, [key for key, _ in asked], *self._more)
        for key, answer in asked:
            if not answer.done():  # whoever asked may be gone
                answer.set_result(found.get(key))

    def _ended(self, asked: "list[tuple[Any, asyncio.Future[Any]]]", task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            _refuse(asked, error)
        self._send()


def _refuse(asked: "list[tuple[Any, asyncio.Future[Any]]]", error: BaseException) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(_own(error))
            answer.exception()  # who asked for two things and was refused the first doesn't look at the other


def _own(error: BaseException) -> BaseException:
    """The same refusal for each: one that is raised in several tasks would gather the traces of all."""
    if not isinstance(error, Refusal):
        return error
    own = type(error)(error.field, **error.values)
    own.__cause__ = error
    return own
