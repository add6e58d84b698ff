"""Files of keys are made, replaced and taken away. A power cut at any point leaves a whole key under each name."""

import os
import secrets
from pathlib import Path

from dega.config import RINGS
from dega.keyring import KEY_BYTES, Keyring, kid_of


def make_key(folder: Path, purpose: str) -> str | None:
    """The kid of a new key for a purpose that has none; None where it has one. Raises OSError."""
    if (folder / purpose).exists():
        return None
    return _write_current(folder, purpose)


def replace_key(folder: Path, ring: Keyring) -> str:
    """The kid of the new current key; where a ring is kept, the one before stays beside it. Raises OSError."""
    purpose = ring.purpose
    if purpose in RINGS:
        older = folder / f"{purpose}.{ring.kid}"
        if not older.exists():  # it does where an earlier try ended here
            os.link(folder / purpose, older)
        _keep(folder)
    return _write_current(folder, purpose)


def drop_key(folder: Path, purpose: str, kid: str) -> None:
    """Take an older key away for ever. Raises OSError."""
    (folder / f"{purpose}.{kid}").unlink()
    _keep(folder)


def _write_current(folder: Path, purpose: str) -> str:
    key = secrets.token_bytes(KEY_BYTES)
    unfinished = folder / f".{purpose}.unfinished"
    unfinished.unlink(missing_ok=True)
    owner = (folder / purpose if (folder / purpose).exists() else folder).stat()
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        if owner.st_uid != os.geteuid():  # root makes it for the service, which must be able to read it
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / purpose)
    _keep(folder)
    return kid_of(purpose, key)


def _keep(folder: Path) -> None:
    """Names last only once their folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
