"""What many ask of PostgreSQL in one turn of the loop goes there together: one statement, on one connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from dega.errors import Busy, PartAway, Refusal
from dega.store.database import Database

Key = TypeVar("Key")
Found = TypeVar("Found")

MOST = 500
"""How many are asked for in one exchange at most."""

LANES = 2
"""Connections that one kind of question takes at most. What comes meanwhile waits for one of them."""


class Together:
    """Asks for many at once. An answer is as new as if each had asked alone: nothing is kept between two asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def ask(
        self, statement: Callable[..., Awaitable[Mapping[Key, Found]]], key: Key, *more: object, most: int = MOST
    ) -> "asyncio.Future[Found | None]":
        """What `statement(connection, keys, *more)` of the store answers for the key; None where it has nothing for it.

        At most `most` share an exchange, as whoever asks first says it: where each takes long, some are answered while
        others are asked for.
        It is asked for at once: of two questions that don't wait for one another, both answers come at the same time.
        Raises what it raises, for its own key alone; and PartAway where PostgreSQL doesn't answer, Busy where a lock
        isn't to be had, which may be another's in the same turn.
        """
        kind = self._kinds.get((statement, *more))
        if kind is None:
            kind = self._kinds[statement, *more] = _Kind(self._database, statement, more, most)
        return kind.ask(key)


class _Kind:
    """One kind of question, and who waits for its answer."""

    def __init__(
        self, database: Database, statement: Callable[..., Awaitable[Any]], more: tuple[object, ...], most: int
    ) -> None:
        self._database, self._statement, self._more, self._most = database, statement, more, most
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._lanes: set[asyncio.Task[None]] = set()
        self._is_due = False
        self._answered = 0  # exchanges

    def ask(self, key: Any) -> "asyncio.Future[Any]":
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        self._begin()
        return answer

    def _begin(self) -> None:
        """Have a lane for those who wait, unless one comes in the next turn of the loop or all are busy."""
        if not self._is_due and len(self._lanes) < LANES:
            self._is_due = True
            lane = asyncio.get_running_loop().create_task(self._ask_for_all())
            self._lanes.add(lane)
            lane.add_done_callback(self._ended)

    async def _ask_for_all(self) -> None:
        """One lane: asks for those who wait by now, and then for those who came meanwhile, until nobody waits."""
        self._is_due = False
        while waiting := [one for one in self._waiting if not one[1].done()]:  # whoever asked may be gone
            asked, self._waiting = waiting[: self._most], waiting[self._most :]
            if self._waiting:  # the other lane takes them, if it is free
                self._begin()
            answered = self._answered
            try:
                await self._exchange(asked)
                self._answered += 1
            except BaseException as error:
                # Where the other lane got no answer either, those who wait would only wait as long for the same.
                if isinstance(error, (PartAway, Busy)) and self._answered == answered:
                    asked, self._waiting = asked + self._waiting, []
                _refuse(asked, error)
                if not isinstance(error, Exception):
                    raise

    def _ended(self, lane: "asyncio.Task[None]") -> None:
        self._lanes.discard(lane)
        if self._waiting:  # who came after its last look
            self._begin()

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
            for key, answer in asked:  # before the connection is given back, which takes turns of the loop
                if not answer.done():  # whoever asked may be gone
                    answer.set_result(found.get(key))


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
