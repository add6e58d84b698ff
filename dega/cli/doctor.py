"""`dega doctor`: what this machine lacks for the bank, the demo or the tests, and what to do about it."""

import errno
import os
import platform
import re
import shutil
import socket
import stat
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

from dega.cli.secrets import KeysError, read_rings
from dega.cli.terminal import finish, json_option, show
from dega.config import ConfigError, read
from dega.embedded.account import EmbeddedError, account_for
from dega.embedded.binaries import postgres_programs, valkey_server

VAR = Path("var")
"""Where the demo keeps its servers' data."""

NEEDED_BYTES = 1 << 30
"""What the demo and the tests may need on the disk."""

SERVING = "dega serve"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what needs it, whether it is all right, and what it is or what to do."""

    what: str
    needed_for: str
    ok: bool
    said: str


@click.command()
@click.option("--port", type=int, help="The port to try, if it isn't the one of the configuration.")
@click.option("--config", "path", envvar="DEGA_CONFIG", type=click.Path(path_type=Path), help="The configuration.")
@json_option
def doctor(port: int | None, path: Path | None, as_json: bool) -> None:
    """Name what is missing here; exit status 1 where something is missing that the demo needs too."""
    findings = list(examine(port, path))
    rows = [asdict(finding) for finding in findings]
    show(rows if as_json else [{**row, "ok": "ok" if row["ok"] else "MISSING"} for row in rows], as_json)
    finish(any(not finding.ok and finding.needed_for not in ("the tests", SERVING) for finding in findings))


def examine(port: int | None = None, path: Path | None = None) -> Iterator[Finding]:
    """Look at everything, the most basic first; `path` is the configuration's, if it isn't the house's own."""
    yield _python()
    yield from _packages()
    yield _time_zones()
    yield _configuration(path)
    yield _keys(path)
    yield _heads(path)
    yield _servers("PostgreSQL", lambda: postgres_programs() / "postgres")
    yield _servers("Valkey", valkey_server)
    yield _user_of_the_servers()
    yield _folder()
    yield _disk()
    yield _port(port, path)
    yield _program("a browser", BROWSERS, "apt-get install chromium fonts-dejavu-core")
    yield _program("a browser without scripts", ("lynx",), "apt-get install lynx")


def _python() -> Finding:
    version = f"{sys.implementation.name} {platform.python_version()}, {platform.system()} {platform.machine()}"
    libc = " ".join(platform.libc_ver()) or "musl or none: there are no embedded servers for it, install them yourself"
    return Finding("python", "everything", sys.version_info >= (3, 11), f"{version}, {libc}")


def _packages() -> Iterator[Finding]:
    """The dependencies, by the group that needs them."""
    missing: dict[str, list[str]] = {"": [], "embedded": [], "dev": []}
    try:
        requirements = metadata.requires("dega") or []
    except metadata.PackageNotFoundError:
        yield Finding("packages", "everything", False, "dega itself isn't installed: pip install -e '.[embedded,dev]'")
        return
    for requirement in requirements:
        name = re.split(r"[ \[<>=!~;]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"](\w+)['\"]", requirement)
        if "sys_platform != 'win32'" in requirement and sys.platform == "win32":
            continue
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing[extra[1] if extra else ""].append(name)
    for extra_name, needed_for in (("", "everything"), ("embedded", "the demo"), ("dev", "the tests")):
        absent = missing[extra_name]
        advice = f"pip install {' '.join(absent)}" if absent else "all installed"
        yield Finding(f"packages{f' [{extra_name}]' if extra_name else ''}", needed_for, not absent, advice)


def _time_zones() -> Finding:
    try:
        zoneinfo.ZoneInfo("Europe/Tirane")
    except zoneinfo.ZoneInfoNotFoundError:
        return Finding("time zones", "everything", False, "Europe/Tirane is unknown: pip install tzdata")
    return Finding("time zones", "everything", True, "Europe/Tirane")


def _configuration(path: Path | None) -> Finding:
    try:
        config = read(path)
    except ConfigError as error:
        return Finding("configuration", "everything", False, "; ".join(error.problems))
    return Finding("configuration", "everything", True, f"{config.bank.name}, {config.web.public_url}")


def _keys(path: Path | None) -> Finding:
    try:
        rings = read_rings(Path(read(path).secrets.folder), os.environ)
    except ConfigError:
        return Finding("keys", SERVING, False, "without a configuration nobody knows where they are")
    except KeysError as error:
        return Finding("keys", SERVING, False, f"{'; '.join(error.problems)}: `dega keys make`")
    older = sum(len(ring.older) for ring in rings.values())
    return Finding("keys", SERVING, True, f"one for each of {len(rings)} purposes, and {older} older ones")


def _heads(path: Path | None) -> Finding:
    what = "head of the books"
    try:
        folder = read(path).books.heads
    except ConfigError:
        return Finding(what, SERVING, False, "without a configuration nobody knows where it is kept")
    if not folder:
        return Finding(what, SERVING, True, "only in the log ([books] heads)")
    writable = Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return Finding(what, SERVING, writable, folder if writable else f"{folder} isn't a folder that can be written to")


def _servers(name: str, find: Callable[[], Path]) -> Finding:
    try:
        program = find()
        command = [str(program), "--version"]
        version = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except EmbeddedError as error:
        return Finding(name, "the demo", False, str(error))
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(name, "the demo", False, f"{program} doesn't run here: {error}")
    return Finding(name, "the demo", True, version.stdout.strip().splitlines()[0])


def _user_of_the_servers() -> Finding:
    what = "user of the servers"
    try:
        account = account_for(VAR.resolve() if VAR.exists() else Path.cwd(), [postgres_programs(), valkey_server()])
    except (EmbeddedError, OSError) as error:
        return Finding(what, "the demo", False, str(error))
    through = ", with setpriv, since that user may not enter this folder" if account.through else ""
    return Finding(what, "the demo", True, f"{account.name}{through}")


def _folder() -> Finding:
    if not VAR.exists():
        writable = os.access(Path.cwd(), os.W_OK)
        said = f"{VAR}/ is made at the first start" if writable else f"{Path.cwd()} can't be written to"
        return Finding("folder", "the demo", writable, said)
    mode = stat.S_IMODE(VAR.stat().st_mode)
    private = mode & 0o077 == 0 and os.access(VAR, os.W_OK)
    said = f"{VAR}/ ({mode:04o})" if private else f"{VAR}/ must be ours and 0700, and is {mode:04o}"
    return Finding("folder", "the demo", private, said)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    return Finding(
        "disk", "the demo", free >= NEEDED_BYTES, f"{free >> 20} MiB free, {NEEDED_BYTES >> 20} may be needed"
    )


def _port(port: int | None, path: Path | None) -> Finding:
    try:
        web = read(path).web
        host, port = web.host, web.port if port is None else port
    except ConfigError:
        host, port = "127.0.0.1", 8080 if port is None else port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = "is taken (--port chooses another)" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
            return Finding("port", "the demo", False, f"{host}:{port} {why}")
    return Finding("port", "the demo", True, f"{host}:{port} is free")


def _program(what: str, names: tuple[str, ...], advice: str) -> Finding:
    found = next(filter(None, map(shutil.which, names)), None)
    return Finding(what, "the tests", found is not None, found or advice)
