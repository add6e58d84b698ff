"""The keys of the bank: none is guessed, shared or left for others to read."""

from pathlib import Path

import pytest
from conftest import in_hex

from dega.cli.secrets import KeysError, read_keys
from dega.config import SECRETS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good key for each purpose."""
    for place, name in enumerate(SECRETS):
        (tmp_path / name).write_bytes(bytes([place]) * 32)
        (tmp_path / name).chmod(0o400)
    return tmp_path


def problems(folder: Path, **environment: str) -> list[str]:
    with pytest.raises(KeysError) as refused:
        read_keys(folder, environment)
    return refused.value.problems


def test_each_purpose_has_its_file(folder: Path) -> None:
    keys = read_keys(folder, {})
    assert in_hex(keys) == {name: f"{place:02x}" * 32 for place, name in enumerate(SECRETS)}


def test_the_environment_goes_before_the_file(folder: Path) -> None:
    (folder / "pepper").unlink()
    assert read_keys(folder, {"DEGA_KEY_PEPPER": "ab" * 32}).pepper == b"\xab" * 32


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    said = problems(tmp_path)
    assert len(said) == len(SECRETS)
    assert said[0] == f"{tmp_path}/sessions: can't be read (No such file or directory), and DEGA_KEY_SESSIONS isn't set"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(folder: Path, length: int) -> None:
    (folder / "codes").chmod(0o600)
    (folder / "codes").write_bytes(b"x" * length)
    assert "expected 32 bytes" in problems(folder)[0]


@pytest.mark.parametrize("text", ["", "ab" * 31, "xy" * 32])
def test_a_key_that_is_not_written_in_hexadecimal_is_refused(folder: Path, text: str) -> None:
    assert "expected 32 bytes as 64 hexadecimal digits" in problems(folder, DEGA_KEY_FORMS=text)[0]


@pytest.mark.parametrize("mode", [0o404, 0o402, 0o420])
def test_a_key_that_others_may_read_or_change_is_refused(folder: Path, mode: int) -> None:
    (folder / "forms").chmod(mode)
    assert "others may read or change it" in problems(folder)[0]


def test_one_key_for_two_purposes_is_refused(folder: Path) -> None:
    same = (bytes([0]) * 32).hex()
    assert problems(folder, DEGA_KEY_SUBJECTS=same) == [
        "sessions and subjects have the same key: each purpose needs its own"
    ]


def test_no_key_shows_in_what_is_said_about_it(folder: Path) -> None:
    secret = "5ec2e7" * 10
    assert not any(secret in problem for problem in problems(folder, DEGA_KEY_FORMS=secret))
