"""The keys that no configuration holds: for each purpose one of 32 bytes, and for some the older ones still needed.

They come from a folder (`pepper`, and beside it `pepper.1f6a0c2e` for each older one, named by its kid) or from the
environment (`DEGA_KEY_PEPPER`, the current one first).
"""

import os
import re
import stat
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from dega.bank import Keys
from dega.config import RINGS, SECRETS
from dega.keyring import KEY_BYTES, Keyring, kid_of

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""What nobody else may. The group may read: so a credential of systemd looks, whose access is given to one user."""


class KeysError(Exception):
    """Why the keys can't be used: a sentence for each that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_keys(folder: Path, environment: Mapping[str, str]) -> Keys:
    """The keys as the bank needs them. Raises KeysError."""
    return Keys.of(read_rings(folder, environment))


def read_rings(folder: Path, environment: Mapping[str, str]) -> dict[str, Keyring]:
    """All keys by purpose: out of `DEGA_KEY_SESSIONS` and so on in hexadecimal, or else out of the folder's files.

    Raises KeysError for what is missing, has another length, may be read by others, or serves two purposes.
    """
    problems: list[str] = []
    found: dict[str, Keyring] = {}
    for purpose in SECRETS:
        try:
            found[purpose] = read_ring(purpose, folder, environment)
        except KeysError as error:
            problems += error.problems
    problems += [
        f"{first} and {second} have the same key: each purpose needs its own"
        for first, second in combinations(found, 2)
        if not set(found[first].by_kid.values()).isdisjoint(found[second].by_kid.values())
    ]
    if problems:
        raise KeysError(problems)
    return found


def read_ring(purpose: str, folder: Path, environment: Mapping[str, str]) -> Keyring:
    """The keys of one purpose, where no others are needed. Raises KeysError."""
    variable = f"DEGA_KEY_{purpose.upper()}"
    if variable in environment:
        return _from_hex(purpose, variable, environment[variable])
    return _from_files(purpose, folder, variable)


def _from_hex(purpose: str, variable: str, text: str) -> Keyring:
    texts = text.split()
    if not texts or not all(map(_HEX.fullmatch, texts)):
        raise KeysError([f"{variable} (environment): expected {KEY_BYTES} bytes as {2 * KEY_BYTES} hexadecimal digits"])
    if len(texts) > 1 and purpose not in RINGS:
        raise KeysError([f"{variable} (environment): of {purpose} there is one key only"])
    current, *older = map(bytes.fromhex, texts)
    return Keyring(purpose, current, tuple(older))


def _from_files(purpose: str, folder: Path, variable: str) -> Keyring:
    try:
        current = _read(folder / purpose)
    except OSError as error:
        raise KeysError([f"{folder / purpose}: can't be read ({error.strerror}), and {variable} isn't set"]) from error
    older = []
    for path in sorted(folder.glob(f"{purpose}.*")) if purpose in RINGS else []:
        try:
            key = _read(path)
        except OSError as error:
            raise KeysError([f"{path}: can't be read ({error.strerror})"]) from error
        if path.suffix != f".{kid_of(purpose, key)}":
            raise KeysError([f"{path}: the key in it is {purpose}.{kid_of(purpose, key)}: name it so, or take it away"])
        older += [key] if key != current else []
    return Keyring(purpose, current, tuple(older))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        key = file.read(KEY_BYTES + 1)
    if mode & _OTHERS:
        raise KeysError([f"{path}: others may read or change it: `chmod 400` it, and replace the key"])
    if len(key) != KEY_BYTES:
        raise KeysError([f"{path}: expected {KEY_BYTES} bytes (`head -c {KEY_BYTES} /dev/urandom`)"])
    return key
