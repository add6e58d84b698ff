"""What is installed is what was chosen: exact versions with their digests, from the public index and nowhere else."""

import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from dega.config import HOUSE

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = tomllib.loads((HOUSE / "uv.lock").read_text(encoding="utf-8"))["package"]

INDEX = {"registry": "https://pypi.org/simple"}
FILES = "https://files.pythonhosted.org/packages/"


def asked_for() -> Iterator[tuple[str, str, SpecifierSet]]:
    """Extra (or nothing), name and range of everything that pyproject.toml asks for."""
    groups = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    for extra, lines in groups.items():
        for requirement in map(Requirement, lines):
            yield extra, requirement.name, requirement.specifier


def test_everything_comes_from_the_public_index_with_its_digest() -> None:
    others = [package for package in LOCKED if package["name"] != "dega"]
    assert [package["name"] for package in others if package["source"] != INDEX] == []
    files = [file for package in others for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]]
    assert [file for file in files if not file["url"].startswith(FILES) or not file["hash"].startswith("sha256:")] == []


def test_the_lock_is_of_what_the_project_asks_for_now() -> None:
    (ours,) = (package for package in LOCKED if package["name"] == "dega")
    locked = set()
    for line in ours["metadata"]["requires-dist"]:
        extra = line.get("marker", "").partition("extra == '")[2].rstrip("'")
        locked.add((extra, line["name"], SpecifierSet(line["specifier"])))
    assert locked == set(asked_for())


def test_every_locked_version_is_one_that_was_asked_for() -> None:
    versions = {package["name"]: package["version"] for package in LOCKED}
    assert [name for _, name, wanted in asked_for() if not wanted.contains(versions[name])] == []
