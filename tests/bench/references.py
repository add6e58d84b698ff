"""What the bank is held against: PostgreSQL's own benchmark, on the same server.

TPC-B, as pgbench has it, is what a bank of one statement after the other costs: three updates, a look and a row.
"""

import re
import subprocess
from pathlib import Path

from dega.embedded import Servers
from dega.embedded.binaries import postgres_programs

SCALE = 50
"""Of TPC-B: five million accounts, fifty branches."""


def prepare_tpcb(servers: Servers) -> None:
    """A database of pgbench's own."""
    _run(postgres_programs() / "psql", servers, "--no-psqlrc", "--command", "CREATE DATABASE tpcb", "dega")
    _pgbench(servers, "--initialize", f"--scale={SCALE}", "--quiet")


def tpcb(servers: Servers, clients: int, seconds: int) -> float:
    """Transactions a second of pgbench's own kind, statements prepared."""
    said = _pgbench(servers, f"--client={clients}", f"--time={seconds}", "--protocol=prepared", "--no-vacuum")
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


def _pgbench(servers: Servers, *options: str) -> str:
    return _run(postgres_programs() / "pgbench", servers, *options, "tpcb")


def _run(program: Path, servers: Servers, *words: str) -> str:
    address = [f"--host={servers.sockets}", "--username=dega_admin"]
    return subprocess.run([program, *address, *words], capture_output=True, text=True, check=True).stdout
