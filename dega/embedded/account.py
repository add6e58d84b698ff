"""Whose name the servers run under: never root's, and without opening anybody's directories to do so."""

import os
import pwd
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = 0


class EmbeddedError(Exception):
    """The embedded servers cannot run; the text is sentences for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """The operating system user of the servers, and the command that leads there where setuid alone is not enough."""

    name: str
    uid: int
    gid: int
    through: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether this process runs as that user already."""
        return self.uid == os.geteuid()


def account_for(folder: Path, programs: Sequence[Path]) -> Account:
    """The user of the servers on `folder`: ourselves, but never root.

    For root it is the owner of the data, else of the folder, else `postgres`, else `nobody`. Where that user may not
    enter the folder or the directories of the programs (a clone below /root), the servers get the capability to pass
    through, rather than the world the right to. Raises EmbeddedError when there is no such user or no such way.
    """
    if os.geteuid() != _ROOT:
        try:
            return _account(pwd.getpwuid(os.geteuid()))
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL refuses a user without a name, and user id {os.geteuid()} has none: add it to /etc/passwd."
            ) from None
    account = next(_accounts_for_root(folder), None)
    if account is None:
        raise EmbeddedError("PostgreSQL refuses root and there is no user postgres or nobody: run as an ordinary user.")
    if all(_may_enter(account, path) for path in (folder, *(program.parent for program in programs))):
        return account
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedError(
            f"The servers do not run as root, user {account.name} may not enter {folder} or the directory of the "
            "programs, and setpriv (of util-linux) is not installed: install it, or run dega as an ordinary user."
        )
    identity = (f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--pdeathsig=keep")
    # Not the narrower dac_read_search, which containers deny their root. PostgreSQL asks access(2) whether its own
    # programs may run, and without the secure bit that call forgets the capability.
    capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return Account(account.name, account.uid, account.gid, through=(setpriv, *identity, *capability))


def _accounts_for_root(folder: Path) -> Iterator[Account]:
    for path in (folder / "postgres", folder):
        try:
            owner = path.stat().st_uid
            if owner != _ROOT:
                yield _account(pwd.getpwuid(owner))
        except (FileNotFoundError, KeyError):
            continue
    for name in ("postgres", "nobody"):
        try:
            yield _account(pwd.getpwnam(name))
        except KeyError:
            continue


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _may_enter(account: Account, directory: Path) -> bool:
    """Whether mode bits alone let the user into the directory; where an ACL would too, the longer way works as well."""
    for path in (directory, *directory.parents):
        found = path.stat()
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def private_directory(path: Path, account: Account) -> Path:
    """Makes or takes the directory, 0700 and the account's; a link or another's raises EmbeddedError or OSError."""
    path.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        owner = os.fstat(descriptor).st_uid
        if owner not in (account.uid, os.geteuid()):
            raise EmbeddedError(f"{path} belongs to user id {owner}, not to {account.name}: remove it first.")
        if not account.is_ours:
            os.fchown(descriptor, account.uid, account.gid)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return path


def no_follow(path: str, flags: int) -> int:
    """For `open(opener=…)` when root writes into another's folder: refuses links, and gives its owner the file."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == _ROOT:
        folder = Path(path).parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor
