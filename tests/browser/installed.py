"""Which browsers this machine has: tests that need another one are skipped and say so, or fail where all must run."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


def marks(**programs: str | None) -> list[pytest.MarkDecorator]:
    """The marks of tests that need these programs (path or None). With DEGA_REQUIRE_BROWSER they aren't skipped."""
    missing = ", ".join(name for name, path in programs.items() if path is None)
    skip = bool(missing) and not os.environ.get("DEGA_REQUIRE_BROWSER")
    return [pytest.mark.browser, pytest.mark.skipif(skip, reason=f"not on this machine: {missing}")]


def needs(**programs: str | None) -> Callable[[Test], Test]:
    """Marks one test that needs these programs."""

    def marked(test: Test) -> Test:
        for mark in marks(**programs):
            test = mark(test)
        return test

    return marked
