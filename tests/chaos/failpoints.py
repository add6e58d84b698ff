"""Points at which a posting can be made to fail: before and after each of its statements, found in the code itself.

Only processes of the tests have them, in their own memory: the bank knows nothing of it. Which point fails next and how
is a file in a folder, taken away by the process that reaches the point; whoever armed it sees by that that it was hit.
"""

import ast
import asyncio
import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path

from dega.ledger import post
from dega.store import ledger
from dega.store.database import Connection

Act = Callable[[str, Connection], Awaitable[None]]

HANG_SECONDS = 7
"""Longer than a page waits for the ledger, and longer than PostgreSQL lets a transaction idle: five seconds each."""


def statements() -> list[str]:
    """The functions of `store/ledger.py` that `ledger/post.py` calls, in the order of its lines."""
    tree = ast.parse(inspect.getsource(post))
    called = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ledger"
    ]
    names = [node.attr for node in sorted(called, key=lambda node: (node.lineno, node.col_offset))]
    return [name for name in dict.fromkeys(names) if inspect.iscoroutinefunction(getattr(ledger, name))]


STATEMENTS = statements()
MOMENTS = ("before", "after")
POINTS = [f"{moment} {name}" for name in STATEMENTS for moment in MOMENTS]


def install(act: Act) -> None:
    """From now on `act` is called at every point of every posting of this process, with the posting's connection."""
    for name in STATEMENTS:
        setattr(ledger, name, _with_points(name, getattr(ledger, name), act))


def _with_points(name: str, whole: Callable[..., Awaitable[object]], act: Act) -> Callable[..., Awaitable[object]]:
    @wraps(whole)
    async def statement(connection: Connection, *arguments: object) -> object:
        await act(f"before {name}", connection)
        result = await whole(connection, *arguments)
        await act(f"after {name}", connection)
        return result

    return statement


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


async def _kill(_: Connection) -> None:
    die()


async def _reset(connection: Connection) -> None:
    connection.terminate()
    raise ConnectionResetError


async def _raise(_: Connection) -> None:
    raise RuntimeError("a failpoint")


async def _hang(_: Connection) -> None:
    await asyncio.sleep(HANG_SECONDS)


HOW = {"kill": _kill, "reset": _reset, "raise": _raise, "hang": _hang}


class Armed:
    """The points of one process that are armed, as files in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def arm(self, point: str, how: str) -> None:
        """The next posting that reaches the point fails there."""
        unseen = self._folder / ".unseen"
        unseen.write_text(how)
        unseen.rename(self._folder / point)

    def is_hit(self, point: str) -> bool:
        """Whether a posting reached it."""
        return not (self._folder / point).exists()

    def disarm(self) -> None:
        """Nothing fails any more."""
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)

    async def act(self, point: str, connection: Connection) -> None:
        """Fail here, if so armed."""
        path = self._folder / point
        if path.exists():
            how = path.read_text()
            path.unlink()
            await HOW[how](connection)
