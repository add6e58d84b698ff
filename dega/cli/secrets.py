"""The keys that no configuration holds: one of 32 bytes for each purpose, from a folder or the environment."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from dega.bank import Keys
from dega.config import SECRETS
from dega.keyring import KEY_BYTES, Keyring

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""What nobody else may. The group may read: so a credential of systemd looks, whose access is given to one user."""


class KeysError(Exception):
    """Why the keys can't be used: a sentence for each that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_keys(folder: Path, environment: Mapping[str, str]) -> Keys:
    """The keys: files of 32 bytes in the folder, or else 64 hexadecimal digits in `DEGA_KEY_SESSIONS` and so on.

    Raises KeysError for what is missing, has another length, may be read by others, or serves two purposes.
    """
    problems: list[str] = []
    found: dict[str, bytes] = {}
    for name in SECRETS:
        variable = f"DEGA_KEY_{name.upper()}"
        try:
            if variable in environment:
                found[name] = _from_hex(variable, environment[variable])
            else:
                found[name] = _from_file(folder / name, variable)
        except KeysError as error:
            problems += error.problems
    problems += [
        f"{first} and {second} have the same key: each purpose needs its own"
        for place, first in enumerate(found)
        for second in list(found)[place + 1 :]
        if found[first] == found[second]
    ]
    if problems:
        raise KeysError(problems)
    return Keys.of({name: Keyring(name, key) for name, key in found.items()})


def _from_hex(variable: str, text: str) -> bytes:
    if not _HEX.fullmatch(text.strip()):
        raise KeysError([f"{variable} (environment): expected {KEY_BYTES} bytes as {2 * KEY_BYTES} hexadecimal digits"])
    return bytes.fromhex(text.strip())


def _from_file(path: Path, variable: str) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(KEY_BYTES + 1)
    except OSError as error:
        raise KeysError([f"{path}: can't be read ({error.strerror}), and {variable} isn't set"]) from error
    if mode & _OTHERS:
        raise KeysError([f"{path}: others may read or change it: `chmod 400` it, and replace the key"])
    if len(key) != KEY_BYTES:
        raise KeysError([f"{path}: expected {KEY_BYTES} bytes (`head -c {KEY_BYTES} /dev/urandom`)"])
    return key
