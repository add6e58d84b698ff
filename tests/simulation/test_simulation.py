"""Two hundred short lives of the bank, each out of a seed: whatever goes wrong in them, the books are right.

`DEGA_SEEDS=5000 pytest tests/simulation` lives so many, `DEGA_SEEDS=1234-1234` the one that a failure named.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from simulation import planted, statements
from simulation.life import Wrong, simulate

HOUSE = Path(__file__).resolve().parents[2]
A_LIFE = """
import pytest
from simulation import statements
from simulation.life import simulate
statements.install(pytest.MonkeyPatch())
print(simulate(5))
"""

FIRST, _, LAST = os.environ.get("DEGA_SEEDS", "200").rpartition("-")
SEEDS = range(int(FIRST), int(LAST) + 1) if FIRST else range(int(LAST))
BLOCKS = [SEEDS[start:end] for start, end in pairwise([*range(0, len(SEEDS), 50), len(SEEDS)])]


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    statements.install(monkeypatch)


def live(seeds: range) -> None:
    for seed in seeds:
        simulate(seed)


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_whatever_goes_wrong_every_deed_is_booked_once_or_refused_and_everyone_is_told_which(seeds: range) -> None:
    live(seeds)


def test_a_seed_is_the_same_life_each_time_and_another_seed_another_one() -> None:
    environment = {"PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests'}", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", A_LIFE]
    elsewhere = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert simulate(5) == simulate(5) == elsewhere
    assert simulate(5) != simulate(6)


@pytest.mark.parametrize("bug", planted.PLANTED)
def test_the_simulation_finds_what_a_bank_could_get_wrong(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(Wrong, match=r"seed [0-9]+: "):
        live(range(60))


def test_the_stand_ins_are_those_of_every_statement_that_is_simulated() -> None:
    for module, stand_ins in statements.IN_PLACE.items():
        for name in statements.names(stand_ins):
            assert statements.parameters(getattr(stand_ins, name)) == statements.parameters(getattr(module, name)), name
    for source in ("post", "gate"):
        text = (HOUSE / f"dega/ledger/{source}.py").read_text(encoding="utf-8")
        asked = set(re.findall(r"await ledger\.([a-z_]+)\(", text)) - {"set_window"}
        assert asked <= set(statements.names(statements.InLedger))
