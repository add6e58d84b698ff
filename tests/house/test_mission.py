"""The mission is the law: what is built is proved by tests that carry its number."""

import re
from pathlib import Path

import pytest
from mission_record import Recorder

from dega.cli.mission import last_results, proofs_by_requirement
from dega.cli.requirements import REQUIREMENTS


def test_every_requirement_that_is_built_has_a_test_and_no_other_has() -> None:
    tests = proofs_by_requirement()
    assert [row.number for row in REQUIREMENTS if row.is_built != bool(tests.get(row.number))] == []


def test_tests_carry_no_number_that_the_mission_does_not_have() -> None:
    assert set(proofs_by_requirement()) <= {row.number for row in REQUIREMENTS}


def test_requirements_are_numbered_from_one_without_a_gap() -> None:
    assert [row.number for row in REQUIREMENTS] == [f"R{place}" for place in range(1, len(REQUIREMENTS) + 1)]
    assert [row.text for row in REQUIREMENTS if re.search(r"\.$|^[a-z]", row.text)] == []


def ended(test: str, outcome: str, when: str = "call") -> pytest.TestReport:
    return pytest.TestReport(test, ("", None, ""), {}, outcome, None, when)  # type: ignore[arg-type]


def test_of_a_run_the_worst_row_of_each_test_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "last.json"
    recorder = Recorder(path)
    for report in (
        ended("tests/a.py::test_rows[1]", "passed"),
        ended("tests/a.py::test_rows[2]", "failed"),
        ended("tests/a.py::test_rows[3]", "skipped"),
        ended("tests/a.py::test_good", "passed", "setup"),
        ended("tests/a.py::test_good", "passed"),
        ended("tests/a.py::test_broken", "failed", "setup"),
    ):
        recorder.pytest_runtest_logreport(report)
    recorder.pytest_sessionfinish()
    results = {"test_rows": "failed", "test_good": "passed", "test_broken": "failed"}
    assert last_results(path) == {f"tests/a.py::{name}": result for name, result in results.items()}


def test_what_did_not_run_now_stays_known_from_before(tmp_path: Path) -> None:
    path = tmp_path / "var" / "last.json"
    for test in ("tests/a.py::test_a", "tests/a.py::test_b"):
        recorder = Recorder(path)
        recorder.pytest_runtest_logreport(ended(test, "passed"))
        recorder.pytest_sessionfinish()
    assert last_results(path) == {"tests/a.py::test_a": "passed", "tests/a.py::test_b": "passed"}
