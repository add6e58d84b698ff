"""Which browsers this machine has: tests that need another one are skipped and say so, or fail where all must run."""

import os

import pytest


def needs(**programs: str | None) -> list[pytest.MarkDecorator]:
    """The marks of a test that needs these programs (path or None). With DEGA_REQUIRE_BROWSER it isn't skipped."""
    missing = ", ".join(name for name, path in programs.items() if path is None)
    skip = bool(missing) and not os.environ.get("DEGA_REQUIRE_BROWSER")
    return [pytest.mark.browser, pytest.mark.skipif(skip, reason=f"not on this machine: {missing}")]
