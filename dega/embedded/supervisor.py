"""The pair: one PostgreSQL and one Valkey on one folder, for as long as one process holds the folder's lock."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from dega.embedded import postgres, valkey
from dega.embedded.account import Account, EmbeddedError, account_for, no_follow, private_directory
from dega.embedded.binaries import postgres_programs, valkey_server

_LONGEST_SOCKET_PATH = 90  # bytes; kernels stop at 104 to 108


@dataclass(frozen=True)
class Servers:
    """The running pair: where they listen, and their process ids."""

    sockets: Path
    postgres_pid: int
    valkey_pid: int

    def postgres_dsn(self, role: str, database: str = "dega") -> str:
        """The address of a database for a role, as asyncpg reads it; no password, the socket's peer is checked."""
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(self.sockets), safe='')}"

    @property
    def valkey_url(self) -> str:
        """The address of Valkey's first database, as redis-py reads it."""
        return f"unix://{quote(str(self.sockets / valkey.SOCKET_NAME))}?db=0"


@contextmanager
def start(folder: Path, *, durable: bool = True, buffers: str = postgres.BUFFERS) -> Iterator[Servers]:
    """Runs both servers on `folder` for the length of the block; their data stays there for the next start.

    Without `durable` a crash may lose data (for tests); `buffers` are PostgreSQL's shared ones. The folder becomes 0700
    and nothing outside it changes. Raises EmbeddedError, whose text says what is in the way. Belongs into the main
    thread, before any event loop.
    """
    folder = folder.resolve()
    with ExitStack() as stack:
        try:
            stack.enter_context(_held(folder))
            programs, server = postgres_programs(), valkey_server()
            account = account_for(folder, [programs, server])
            sockets = stack.enter_context(_sockets(folder, account))
            postgres_pid = stack.enter_context(
                postgres.postgres(programs, folder, sockets, account, durable=durable, buffers=buffers)
            )
            valkey_pid = stack.enter_context(valkey.valkey(server, folder, sockets, account, durable=durable))
        except OSError as error:
            raise EmbeddedError(f"The embedded servers cannot use {folder}: {error}.") from error
        yield Servers(sockets, postgres_pid, valkey_pid)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Makes the folder 0700 and holds its lock, which ends with this process however it ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = folder / "lock"
    if folder.stat().st_mode & 0o077:
        if not lock.exists() and any(folder.iterdir()):
            raise EmbeddedError(f"{folder} holds other things that others may read: give dega a folder of its own.")
        folder.chmod(0o700)
    with open(lock, "a+", opener=no_follow) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EmbeddedError(
                f"Another dega is already running on {folder} (process {file.read().strip()}): "
                "stop it first, or choose another folder."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def _sockets(folder: Path, account: Account) -> Iterator[Path]:
    """The directory of the sockets: in the folder, or if that path is too long for one, private and temporary."""
    inside = folder / "run"
    if len(os.fsencode(inside / postgres.SOCKET_NAME)) < _LONGEST_SOCKET_PATH:
        yield private_directory(inside, account)
        return
    # Named after the folder, so that the start after a crash takes and removes what the crash has left.
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    outside = private_directory(Path(tempfile.gettempdir()) / f"dega-{account.uid}-{name}", account)
    try:
        yield outside
    finally:
        shutil.rmtree(outside, ignore_errors=True)
