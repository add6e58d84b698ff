"""What happens: everything once and then mixes of it, or, for `make test`, something of every kind in half a minute."""

import random

from chaos.disk import Disk
from chaos.failpoints import POINTS
from chaos.faults import (
    Fault,
    at_commit,
    commit_outlives_the_bank,
    crumbs,
    cut,
    everything,
    failpoints,
    full_disk,
    kill,
    kill_all_of_postgres,
    lost,
    pause,
    silent,
    slow,
    the_bank,
    the_counter,
    to_postgres,
    to_valkey,
    valkey,
)
from chaos.faults import postgres as postgres_server
from chaos.proxy import cut_after, cut_before, hold


def whole_plan(disk: Disk | None, chance: random.Random) -> list[list[Fault]]:
    """Everything, one after the other."""
    faults = everything(disk)
    chance.shuffle(faults)
    return [[fault] for fault in faults]


def short_plan(disk: Disk | None, chance: random.Random) -> list[list[Fault]]:
    """Faults of every kind, in groups that happen at the same moment; every point of a posting in one of four ways."""
    dealt = _dealt(chance)
    plan = [
        [Fault("killed", "all are killed", kill(the_bank, the_counter, postgres_server, valkey))],
        [Fault("killed", "PostgreSQL is killed with all it started", kill_all_of_postgres)],
        [
            Fault("paused", "the bank stands still", pause(the_bank, 0.5, 1)),
            Fault("line", "Valkey comes in crumbs", crumbs(to_valkey, 1)),
        ],
        [
            Fault("line", "PostgreSQL is slow", slow(to_postgres, 0.1, 1)),
            Fault("line", "Valkey is lost without a word", lost(to_valkey, 0.5)),
        ],
        [
            Fault("line", "PostgreSQL is silent", silent(to_postgres, 1)),
            Fault("line", "Valkey is silent", silent(to_valkey, 1)),
        ],
        [
            Fault("line", "PostgreSQL comes in crumbs", crumbs(to_postgres, 1)),
            Fault("line", "Valkey is cut", cut(to_valkey, 2)),
        ],
        [Fault("line", "PostgreSQL is cut", cut(to_postgres, 2))],
        [Fault("commit", "cut before COMMIT", at_commit(cut_before, 1))],
        [Fault("commit", "cut before the answer to COMMIT", at_commit(cut_after, 3))],
        [Fault("commit", "COMMIT is late", at_commit(hold(6), 1)), failpoints(dealt["hang"], "hang")],
        [Fault("commit", "COMMIT outlives the bank", commit_outlives_the_bank(3))],
        *([failpoints(dealt[how], how)] for how in ("kill", "reset", "raise")),
        *([[full_disk(disk, 2)]] if disk is not None else []),
    ]
    chance.shuffle(plan)
    return plan


def _dealt(chance: random.Random) -> dict[str, list[str]]:
    """Every point once; few of those that cost a start or a wait."""
    points = chance.sample(POINTS, len(POINTS))
    costly, rest = points[:4], points[4:]
    return {"kill": costly[:2], "hang": costly[2:], "reset": rest[::2], "raise": rest[1::2]}
