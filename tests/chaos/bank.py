"""Run as a process of its own: `dega serve`, with the points of the tests in its postings."""

import os
from pathlib import Path

from chaos.failpoints import Armed, install

from dega.cli.main import dega

install(Armed(Path(os.environ["CHAOS_POINTS"])).act)
dega(["serve"])
