"""The short attack of `make test`; `make chaos` is the long one."""

import os
import subprocess
import sys

import pytest
from chaos.units import PATHS


@pytest.mark.requirement("R34", "R38")
def test_whatever_fails_around_a_posting_or_in_it_nobody_is_told_a_lie() -> None:
    """Everything that is started dies with the run, should it be killed for taking too long."""
    done = subprocess.run(
        [sys.executable, "-m", "chaos.run", "--short"],
        env=os.environ | {"PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
