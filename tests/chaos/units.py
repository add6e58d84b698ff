"""What runs: PostgreSQL, Valkey, the bank and the counter, each its own process, started again whenever it has ended.

They are started as `dega demo` starts its servers, so the kernel ends them should this process die, however it dies.
"""

import asyncio
import contextlib
import os
import pwd
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from signal import Signals
from typing import TypeVar

from dega.config import HOUSE
from dega.embedded import postgres, valkey
from dega.embedded.account import Account, EmbeddedError, account_for, private_directory
from dega.embedded.binaries import postgres_programs, valkey_server
from dega.embedded.process import running

T = TypeVar("T")

PATHS = f"{HOUSE}:{HOUSE / 'tests'}"
"""PYTHONPATH of processes that are made of tests."""

RESTART_SECONDS = 0.2
"""How long until a process that has ended is started again: a little more than systemd waits."""

LOOK_SECONDS, FAREWELL_SECONDS = 0.05, 15


class Unit:
    """One process that is kept running. `pid` is its process id while it runs.

    What the kernel takes for our death is the end of the thread that started the process: each unit keeps one.
    """

    def __init__(self, name: str, run: Callable[[], AbstractContextManager[int]]) -> None:
        self.name = name
        self.pid = 0
        self.starts = 0
        self.is_stopped = False
        self.down_seconds = RESTART_SECONDS
        self._run = run
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._block = ExitStack()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and keep it running from now on."""
        await self._start()
        self._keeper = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End it in peace, or by force where that takes too long."""
        if self.is_stopped:
            return
        self.is_stopped = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        ends = time.monotonic() + FAREWELL_SECONDS
        while self.is_running and time.monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        await self._in_thread(self._block.close)
        self._thread.shutdown()

    def signal(self, number: Signals) -> None:
        """Send it a signal, where it runs."""
        with contextlib.suppress(ProcessLookupError):
            if self.is_running:
                os.kill(self.pid, number)

    def children(self) -> list[tuple[int, str]]:
        """The process ids and titles of what it started."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError, IndexError):
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    if parent == self.pid:
                        title = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                        found.append((int(entry.name), title))
        return found

    @property
    def is_running(self) -> bool:
        """Whether it runs; looks without taking note of its end, which is for who started it."""
        if not self.pid:
            return False
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    async def _keep_running(self) -> None:
        while True:
            if not self.is_running:
                await asyncio.sleep(self.down_seconds)
                self.down_seconds = RESTART_SECONDS
                await self._in_thread(self._block.close)
                with contextlib.suppress(EmbeddedError):  # not yet: tried again
                    await self._start()
            await asyncio.sleep(LOOK_SECONDS)

    async def _start(self) -> None:
        self.pid = 0
        self._block = ExitStack()
        self.pid = await self._in_thread(lambda: self._block.enter_context(self._run()))
        self.starts += 1

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)


class Servers:
    """How to start PostgreSQL and Valkey on a folder, durably, and where they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs, self._valkey = postgres_programs(), valkey_server()
        self._account = account_for(folder, [self._programs, self._valkey])
        self.sockets = private_directory(folder / "run", self._account)
        self.postgres_socket = str(self.sockets / postgres.SOCKET_NAME)
        self.valkey_socket = str(self.sockets / valkey.SOCKET_NAME)

    def postgres(self) -> AbstractContextManager[int]:
        return postgres.postgres(self._programs, self.folder, self.sockets, self._account, durable=True)

    def valkey(self) -> AbstractContextManager[int]:
        return valkey.valkey(self._valkey, self.folder, self.sockets, self._account, durable=True)

    def dsn(self, role: str) -> str:
        """Straight to PostgreSQL, past any line."""
        return f"postgresql://{role}@/dega?host={self.sockets}"


@contextlib.contextmanager
def process(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """One of our own processes: nothing of our environment but what is given.

    Should we die, it does so at once: without its servers it would never come to an end in peace.
    """
    ours = pwd.getpwuid(os.geteuid())
    account = Account(ours.pw_name, ours.pw_uid, ours.pw_gid)
    with running(
        command,
        account,
        log=log,
        ready=lambda _: True,
        farewell=(signal.SIGKILL,),
        environment=dict(environment),
    ) as pid:
        yield pid
