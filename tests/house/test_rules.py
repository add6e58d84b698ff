"""The rules of the house that a program can see: who may import whom, lint, types, sizes and names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = sorted([*HOUSE.glob("dega/**/*.py"), *HOUSE.glob("tests/**/*.py")])
WRITTEN = [
    path
    for folder in ("dega", "tests", "sql", "templates", "static")
    for path in HOUSE.glob(f"{folder}/**/*")
    if path.suffix in (".py", ".sql", ".html", ".txt", ".css", ".js")
]

VISIBLE = {
    *("dega", "templates", "static", "sql", "tests"),
    *("config.toml", "pyproject.toml", "uv.lock", "Makefile", "README.md", "LICENSE"),
}
NOT_TRACKED = {"var", "dist", "build"}

LONGEST_FILE = 400
LONGER = {
    "static/dega.css": 475,  # two layers of the same page, for old browsers and for new ones
    "sql/schema.sql": 2000,  # nobody writes it
}
LONGEST_FUNCTION = 60
NO_NAME_AT_ALL = re.compile(r"utils?|commons?|helpers?|managers?|services?|misc|stuff")


def tool(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [Path(sys.executable).with_name(words[0]), *words[1:]]
    return subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


@pytest.mark.parametrize(
    "words",
    [("lint-imports", "--no-cache"), ("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)],
    ids=["imports go one way", "lint", "format", "types"],
)
def test_the_house_is_in_order(words: tuple[str, ...]) -> None:
    done = tool(*words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_of_the_house_is_on_a_floor() -> None:
    pyproject = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    layers = pyproject["tool"]["importlinter"]["contracts"][0]["layers"]
    on_floors = {room for layer in layers for room in re.findall(r"dega\.(\w+)", layer)}
    rooms = {
        path.stem for path in (HOUSE / "dega").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} == on_floors


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in WRITTEN}
    assert {name: length for name, length in lengths.items() if length > LONGER.get(name, LONGEST_FILE)} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{named(path)}: {function.name}"
        for path in SOURCES
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is_about_and_every_public_function_what_it_promises() -> None:
    silent = []
    for path in HOUSE.glob("dega/**/*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if ast.get_docstring(module) is None:
            silent.append(named(path))
        scopes = [module, *(node for node in module.body if isinstance(node, ast.ClassDef) and node.name[0] != "_")]
        for scope in scopes:
            protocol = isinstance(scope, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in scope.bases)
            for node in scope.body:
                public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
                if public and not protocol and ast.get_docstring(node) is None:
                    silent.append(f"{named(path)}: {node.name}")
    assert silent == []


def test_nothing_has_a_name_that_says_nothing() -> None:
    names = {path: path.stem.strip("_") for path in [*SOURCES, *HOUSE.glob("dega/**/")]}
    assert [named(path) for path, name in names.items() if NO_NAME_AT_ALL.fullmatch(name)] == []


def test_text_is_taken_for_html_only_where_it_is_known_to_be() -> None:
    """Each place was looked at: what it takes is a template's own, or escaped there. A new one wants a look too."""
    sources = [*HOUSE.glob("dega/**/*.py"), *HOUSE.glob("templates/**/*.*")]
    taken = {path: re.findall(r"\bMarkup\(|\|\s*safe\b", path.read_text(encoding="utf-8")) for path in sources}
    assert {path.relative_to(HOUSE).as_posix(): len(found) for path, found in taken.items() if found} == {
        "dega/web/bare.py": 1,
        "dega/web/entries.py": 1,
        "dega/web/environment.py": 2,
        "dega/web/render.py": 1,
        "templates/help/manual.html": 4,
    }


def test_the_top_of_the_house_shows_what_it_should_and_nothing_else() -> None:
    seen = {path.name for path in HOUSE.iterdir() if not path.name.startswith(".")}
    assert seen - NOT_TRACKED == VISIBLE


def test_tests_are_sentences() -> None:
    tests = [
        f"{named(path)}: {function.name}"
        for path in HOUSE.glob("tests/**/test_*.py")
        for function in functions(path)
        if function.name.startswith("test_") and function.name.count("_") < 3
    ]
    assert tests == []
