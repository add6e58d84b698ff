"""A disk of our own that can be made full: a small file system in memory, in a namespace that ends with this process.

So nothing stays mounted whatever happens to us. It takes root, or a kernel that lets everybody have namespaces; where
neither is given, the servers run in an ordinary folder and no disk is ever full.
"""

import ctypes
import os
import shutil
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_REMOUNT, _MS_REC, _MS_PRIVATE = 32, 16384, 1 << 18
_LIBC = ctypes.CDLL(None, use_errno=True)

SIZE = 2 << 30
"""Bytes, taken from memory as they are written."""

SPARE = 48 << 10
"""Bytes that a full disk still has: a few pages, so that what fails is whatever comes next."""


class NoDisk(Exception):
    """Why there is none: the words of the kernel."""


class Disk:
    """A file system on `folder`. To be made before any thread is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _enter_namespace()
        _mount(None, "/", _MS_REC | _MS_PRIVATE, None)
        _mount("tmpfs", str(folder), 0, f"size={SIZE},mode=0700")

    def fill(self) -> None:
        """No room from now on."""
        self._resize(shutil.disk_usage(self._folder).used + SPARE)

    def empty(self) -> None:
        """Room again."""
        self._resize(SIZE)

    def _resize(self, size: int) -> None:
        _mount("tmpfs", str(self._folder), _MS_REMOUNT, f"size={size}")


def _enter_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    # For root a namespace of users would be one without anybody whom the servers could run as.
    if _LIBC.unshare(_CLONE_NEWNS if user == 0 else _CLONE_NEWUSER | _CLONE_NEWNS) != 0:
        raise NoDisk(f"this kernel gives no namespace ({os.strerror(ctypes.get_errno())})")
    if user == 0:
        return
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError as error:
        raise NoDisk(f"this kernel gives no namespace ({error.strerror})") from error


def _mount(what: str | None, where: str, flags: int, data: str | None) -> None:
    source = kind = what.encode() if what else None
    if _LIBC.mount(source, where.encode(), kind, flags, data.encode() if data else None) != 0:
        raise NoDisk(f"{where} can't be mounted ({os.strerror(ctypes.get_errno())})")
