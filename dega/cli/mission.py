"""`dega mission`: each requirement, the tests that prove it, and how they ended when they last ran."""

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from dega.cli.requirements import REQUIREMENTS, Requirement
from dega.cli.terminal import Trouble, finish, json_option, show, write_json
from dega.config import HOUSE

TESTS = HOUSE / "tests"
LAST_RUN = HOUSE / "var" / "last-test-run.json"
"""Test → outcome; written by tests/mission_record.py."""

Result = Literal["passed", "failed", "skipped", "never run", "not built"]

# The first of these that any test of a requirement has is the requirement's.
_WORST_FIRST: tuple[Result, ...] = ("failed", "never run", "skipped", "passed")


@dataclass(frozen=True, slots=True)
class Proof:
    """A requirement, its tests (`tests/x.py::test_y`) with the result of each, and what follows from them."""

    requirement: Requirement
    tests: dict[str, Result]

    @property
    def result(self) -> Result:
        """The worst result of its tests."""
        results = set(self.tests.values())
        return next((result for result in _WORST_FIRST if result in results), "not built")


@click.command()
@click.option("--tests", "with_tests", is_flag=True, help="Name every test.")
@json_option
def mission(with_tests: bool, as_json: bool) -> None:
    """What the bank must do, and how it is known that it does; exit status 1 where a test failed."""
    if not TESTS.is_dir():
        raise Trouble("the tests belong to the checkout: this dega is installed without them.")
    proofs = [Proof(row, tests) for row, tests in _matched(proofs_by_requirement(), last_results())]
    if as_json:
        write_json([{**_row(proof), "tests": proof.tests} for proof in proofs])
    elif with_tests:
        _write_whole(proofs)
    else:
        show([{**_row(proof), "tests": len(proof.tests)} for proof in proofs], False)
    finish(any(proof.result == "failed" for proof in proofs))


def proofs_by_requirement(folder: Path = TESTS) -> dict[str, list[str]]:
    """Requirement → the tests that carry its number, as `tests/x.py::test_y`, read from the sources."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        of_all = [number for node in module.body if _is_module_mark(node) for number in _numbers(node)]
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                own = [number for decorator in node.decorator_list for number in _numbers(decorator)]
                for number in dict.fromkeys(of_all + own):
                    found[number].append(f"{path.relative_to(folder.parent).as_posix()}::{node.name}")
    return dict(found)


def last_results(path: Path = LAST_RUN) -> dict[str, Result]:
    """Test → how it ended when it last ran here; empty where nothing ever ran."""
    try:
        results: dict[str, Result] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return results


def _matched(
    tests: dict[str, list[str]], results: dict[str, Result]
) -> Iterator[tuple[Requirement, dict[str, Result]]]:
    for requirement in REQUIREMENTS:
        yield requirement, {test: results.get(test, "never run") for test in tests.get(requirement.number, [])}


def _is_module_mark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _numbers(tree: ast.AST) -> Iterator[str]:
    """The numbers in every `requirement(…)` below this node: also those of a single row of a table."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def _row(proof: Proof) -> dict[str, object]:
    return {"number": proof.requirement.number, "requirement": proof.requirement.text, "result": proof.result}


def _write_whole(proofs: list[Proof]) -> None:
    group = ""
    for proof in proofs:
        if proof.requirement.group != group:
            group = proof.requirement.group
            click.echo(f"\n{group}")
        click.echo(f"{proof.requirement.number:>5}  {proof.requirement.text}: {proof.result}")
        for test, result in proof.tests.items():
            click.echo(f"         {result:<9}  {test}")
