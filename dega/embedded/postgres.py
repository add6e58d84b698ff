"""The embedded PostgreSQL: one cluster, reachable only through a unix socket and only by its owner, in any role."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwuid

from dega.embedded.account import Account, EmbeddedError, no_follow, private_directory
from dega.embedded.process import end_orphan, run, running

SOCKET_NAME = ".s.PGSQL.5432"
_OLDEST_VERSION = 15
_ADMIN = "dega_admin"
_ROLES_BEFORE_16 = (_ADMIN, "dega_owner", "dega_app", "dega_staff")  # from 16 on the map may say `all`
_FAREWELL = (signal.SIGINT, signal.SIGQUIT)  # fast: ends sessions and writes out; immediate: recovers at the next start

BUFFERS = "128MB"
"""Shared buffers: enough for a demo."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
_SETTINGS_OF_A_TEST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_CREATE_DATABASE = r"""
SELECT 'CREATE DATABASE dega' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'dega') \gexec
"""


@contextmanager
def postgres(
    programs: Path, folder: Path, sockets: Path, account: Account, *, durable: bool, buffers: str = BUFFERS
) -> Iterator[int]:
    """Runs PostgreSQL on `folder`/postgres, with a database `dega`; gives its process id, or raises EmbeddedError."""
    data = folder / "postgres"
    server: list[str | Path] = [programs / "postgres", "-D", data]
    end_orphan(server, _FAREWELL)
    version = _version(programs, account)
    if not data.exists():
        _make_cluster(programs, data, version, account, durable)

    settings = (
        _SETTINGS
        | ({} if durable else _SETTINGS_OF_A_TEST)
        | {"unix_socket_directories": str(sockets), "shared_buffers": buffers}
    )
    settings |= {f"{name}_file": str(path) for name, path in _write_access(folder, version, account).items()}
    for name, value in settings.items():
        server += ["-c", f"{name}={value}"]

    def ready(pid: int) -> bool:
        lines = _pid_file(data)
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    # What a crash leaves may name a process that is another program's by now, and PostgreSQL would not start. No server
    # of ours is left (any orphan ended above), so we say what pg_ctl says of itself: that process is only the caller.
    stale = {"PG_GRANDPARENT_PID": lines[0]} if (lines := _pid_file(data)) else {}
    log = folder / "postgres.log"
    with running(server, account, log=log, ready=ready, farewell=_FAREWELL, environment=stale) as pid:
        _create_database(programs, sockets)
        yield pid


def _version(programs: Path, account: Account) -> int:
    """The major version; the question also shows whether the programs run here and under this account at all."""
    status, said = run(account, programs / "postgres", "--version")
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    if status != 0 or version is None:
        advice = "Run dega as an ordinary user." if account.through else "Install PostgreSQL itself."
        raise EmbeddedError(f"{programs / 'postgres'} does not run as user {account.name}: {said}. {advice}")
    major = int(version[1])
    if major < _OLDEST_VERSION:
        raise EmbeddedError(f"dega needs PostgreSQL {_OLDEST_VERSION} or newer, and {programs} has {major}.")
    return major


def _make_cluster(programs: Path, data: Path, version: int, account: Account, durable: bool) -> None:
    """Makes the cluster beside its place and moves it there when it is whole, so that no start finds half of one."""
    unfinished = data.with_name("postgres.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    private_directory(unfinished, account)
    if version >= 17:  # before, only libc gives code point order; it differs from one machine to the next
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale-provider=libc", "--locale=C.UTF-8"]
    options = ["--encoding=UTF8", *locale, f"--username={_ADMIN}", "--auth=peer", "--data-checksums"]
    if not durable:
        options.append("--no-sync")
    status, said = run(account, programs / "initdb", "-D", unfinished, *options)
    if status != 0:
        raise EmbeddedError(f"PostgreSQL could not make its cluster in {data}:\n{said}")
    unfinished.rename(data)


def _write_access(folder: Path, version: int, account: Account) -> dict[str, Path]:
    """Writes who may connect: the user of this process and the user of the server, in any role, and nobody else."""
    roles = ("all",) if version >= 16 else _ROLES_BEFORE_16
    users = dict.fromkeys((getpwuid(os.geteuid()).pw_name, account.name))
    ident = [f'dega "{user}" {role}' for user in users for role in roles]
    rules = {"hba": ["local all all peer map=dega"], "ident": ident}
    paths = {}
    for name, lines in rules.items():
        paths[name] = folder / f"postgres.{name}.conf"
        with open(paths[name], "w", opener=no_follow) as file:
            file.write("\n".join(lines) + "\n")
    return paths


def _create_database(programs: Path, sockets: Path) -> None:
    address = [f"--host={sockets}", f"--username={_ADMIN}", "--dbname=postgres"]
    psql = subprocess.run(
        [programs / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *address],
        input=_CREATE_DATABASE,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    if psql.returncode != 0:
        raise EmbeddedError(f"PostgreSQL runs but did not make the database dega: {psql.stderr.strip()}")


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
