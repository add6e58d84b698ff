"""The ledger against its model: whatever is done in whatever order, the bank answers and books what the model does.

`DEGA_EXAMPLES=5000 pytest tests/ledger/test_model.py` looks at so many orders of events, others each
time; without it the same few are looked at each time.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cast import Cast
from clerks import Clerks, Differs, World
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import run_state_machine_as_test

from dega.bank import Keys
from dega.embedded.supervisor import Servers
from dega.errors import Refusal
from dega.ledger import decide
from dega.store import ledger

EXAMPLES = int(os.environ.get("DEGA_EXAMPLES", "0"))


@pytest.fixture
def world(servers: Servers, cast: Cast, keys: Keys) -> Iterator[World]:
    world = World(servers, cast, keys)
    world.run(world.build())
    yield world
    world.run(world.close())
    world.runner.close()


def look(world: World, examples: int, *, anew: bool = False) -> None:
    """Have so many orders of events tried; raises Differs."""
    try:
        run_state_machine_as_test(
            lambda: Clerks(world),
            settings=settings(
                max_examples=examples,
                derandomize=not anew,
                phases=[Phase.generate],  # races come and go: they are read as they were found
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except FlakyFailure as once:
        raise once.exceptions[0] from None


def test_whatever_is_done_in_whatever_order_the_books_are_those_of_the_model(world: World) -> None:
    look(world, EXAMPLES or 15, anew=bool(EXAMPLES))


def lower_floors_by_one(patch: pytest.MonkeyPatch) -> None:
    funds = decide._funds

    def one_more(batch: decide.Batch, change: dict[int, int]) -> Refusal | None:
        lower = {
            number: replace(account, floor_minor=None if account.floor_minor is None else account.floor_minor - 1)
            for number, account in batch.accounts.items()
        }
        return funds(replace(batch, accounts=lower), change)

    patch.setattr(decide, "_funds", one_more)


def forget_what_is_booked(patch: pytest.MonkeyPatch) -> None:
    threshold = ledger.threshold

    async def nothing_is_known(*arguments: Any) -> ledger.Threshold:
        return replace(await threshold(*arguments), booked=frozenset())

    patch.setattr(ledger, "threshold", nothing_is_known)


def forget_what_was_spent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_spend", lambda *arguments: None)


@pytest.mark.parametrize(
    "bug",
    [
        lower_floors_by_one,
        forget_what_is_booked,
        forget_what_was_spent,
    ],
)
def test_the_model_notices_when_the_bank_would(
    bug: Callable[[pytest.MonkeyPatch], None], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(Differs):
        look(world, 25)
