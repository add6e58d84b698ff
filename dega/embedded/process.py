"""How the servers start and how they end for certain.

No server outlives us unnoticed: the kernel ends it when this process dies (Linux), and what is left nevertheless is
found by its command line at the next start.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from dega.embedded.account import Account, EmbeddedError, no_follow

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.01


def run(account: Account, *command: str | Path) -> tuple[int, str]:
    """Runs a program as the account to its end; returns its exit status and what it said, on either channel."""
    done = subprocess.run(
        [*account.through, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **_manner(account, signal.SIGTERM),
    )
    return done.returncode, done.stdout.strip()


@contextmanager
def running(
    command: Sequence[str | Path],
    account: Account,
    *,
    log: Path,
    ready: Callable[[int], bool],
    farewell: Sequence[signal.Signals],
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Runs a server for the length of the block; gives its process id, or raises EmbeddedError if never `ready(id)`.

    The signals of `farewell` end it, 10 seconds each; the first one is also what the kernel sends should we die. The
    kernel takes the end of the calling *thread* for our death, so the block belongs into the main thread.
    """
    with open(log, "ab", opener=no_follow) as output:
        said_before = output.tell()
        process = subprocess.Popen(
            [*account.through, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C in the terminal is for us: we end the servers after the last request
            **_manner(account, farewell[0], environment),
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                name, said = Path(command[0]).name, _last_lines(log, said_before)
                raise EmbeddedError(f"{name} did not start. The end of {log}:\n{said}")
            time.sleep(_POLL_SECONDS)
        yield process.pid
    finally:
        _end(process.pid, farewell, lambda: process.poll() is not None)


def end_orphan(command: Sequence[str | Path], farewell: Sequence[signal.Signals]) -> None:
    """Ends what a killed dega left: every process whose program and first two arguments are those of `command`.

    Only for the holder of the folder's lock: nobody else can have a use for a server on its data.
    """

    def is_orphan(found: Sequence[str]) -> bool:
        return [Path(found[0]).name, *found[1:3]] == [Path(command[0]).name, *map(str, command[1:3])]

    for pid in [pid for pid, found in _commands() if is_orphan(found)]:
        _end(pid, farewell, partial(_is_gone, pid, is_orphan))


def _is_gone(pid: int, is_orphan: Callable[[Sequence[str]], bool]) -> bool:
    return not any(other == pid and is_orphan(found) for other, found in _commands())


def _end(pid: int, farewell: Sequence[signal.Signals], gone: Callable[[], bool]) -> None:
    for number in (*farewell, signal.SIGKILL):
        if gone():
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while not gone() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def _manner(
    account: Account, at_our_death: signal.Signals, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """How every child starts: under its own name, in no directory of ours, knowing nothing of our environment."""
    manner: dict[str, Any] = {
        "cwd": "/",
        "umask": 0o077,
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **(environment or {})},
        "preexec_fn": _end_with_us(at_our_death),
    }
    if not account.is_ours and not account.through:
        manner |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return manner


def _end_with_us(number: signal.Signals) -> Callable[[], None]:
    ours = os.getpid()

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != ours:  # we died before the kernel knew what to do then
            os._exit(1)

    return before_exec


def _commands() -> Iterator[tuple[int, Sequence[str]]]:
    """The process id and the command line of whatever runs here, as far as we may see it."""
    proc = Path("/proc")
    if not (proc / "self" / "cmdline").exists():
        listing = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            pid, *words = line.split()
            if words:
                yield int(pid), words
        return
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:  # it ended while we looked
                continue
            if command:  # a kernel thread, or a process that is dead but for its entry, has none
                yield int(entry.name), os.fsdecode(command).rstrip("\0").split("\0")


def _last_lines(log: Path, start: int, lines: int = 8) -> str:
    with open(log, "rb") as said:
        said.seek(start)
        return "\n".join("  " + line for line in said.read().decode(errors="replace").splitlines()[-lines:])
