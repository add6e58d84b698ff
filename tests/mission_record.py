"""Keeps how each test ended, for `dega mission`: `var/last-test-run.json`, test → passed, failed or skipped."""

import json
import os
from pathlib import Path

import pytest

WORST_FIRST = ("failed", "skipped", "passed")


class Recorder:
    """Gathers the outcomes of one run; a test with several rows has that of the worst."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        test = report.nodeid.partition("[")[0]
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "failed"
        self.outcomes[test] = min(outcome, self.outcomes.get(test, outcome), key=WORST_FIRST.index)

    def pytest_sessionfinish(self) -> None:
        """What ran now replaces what was known of it; what didn't run stays known."""
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            known = {}
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = self.path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({**known, **self.outcomes}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        unfinished.rename(self.path)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # of several processes only the one that the others report to writes
        return
    config.pluginmanager.register(Recorder(config.rootpath / "var" / "last-test-run.json"), "recorder of the mission")
