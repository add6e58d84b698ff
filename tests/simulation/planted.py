"""Bugs that a bank could have, each put where a real one would be: the simulation must find them."""

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dega.store import ledger
from dega.store.database import AWAY


def look_at_the_gate_before_its_lock(patch: pytest.MonkeyPatch) -> None:
    """Whoever closes the gate in between closes it behind a posting that goes on."""
    begin, threshold, seen = ledger.begin, ledger.threshold, {}

    async def too_early(connection: Any) -> None:
        seen[connection] = (await ledger.gate(connection)).state == "open"
        await begin(connection)

    async def as_it_was(connection: Any, *arguments: Any) -> ledger.Threshold:
        return replace(await threshold(connection, *arguments), is_open=seen.pop(connection))

    patch.setattr(ledger, "begin", too_early)
    patch.setattr(ledger, "threshold", as_it_was)


def take_an_unanswered_commit_for_kept(patch: pytest.MonkeyPatch) -> None:
    """The customer is told that it is booked, and perhaps it isn't."""
    commit = ledger.commit

    async def surely_kept(connection: Any) -> None:
        with suppress(*AWAY):
            await commit(connection)

    patch.setattr(ledger, "commit", surely_kept)


def read_back_without_waiting(patch: pytest.MonkeyPatch) -> None:
    """A commit that is still on its way isn't there yet: the customer is told that nothing was booked."""
    begin, lock_accounts, posting = ledger.begin, ledger.lock_accounts, []

    async def noted(connection: Any) -> None:
        posting.append(connection)
        await begin(connection)

    async def at_once(connection: Any, ids: list[int]) -> dict[int, ledger.AccountRow]:
        return await lock_accounts(connection, ids) if connection in posting else {}

    patch.setattr(ledger, "begin", noted)
    patch.setattr(ledger, "lock_accounts", at_once)


def forget_what_is_booked(patch: pytest.MonkeyPatch) -> None:
    """Only the schema refuses the second time, and whoever asked isn't told what they asked."""
    threshold, lock_payments = ledger.threshold, ledger.lock_payments

    async def nothing_is_known(*arguments: Any) -> ledger.Threshold:
        return replace(await threshold(*arguments), booked=frozenset())

    async def nothing_is_made(*arguments: Any) -> dict[UUID, ledger.PaymentRow]:
        found = await lock_payments(*arguments)
        return {number: msgspec.structs.replace(row, state="draft") for number, row in found.items()}

    patch.setattr(ledger, "threshold", nothing_is_known)
    patch.setattr(ledger, "lock_payments", nothing_is_made)


PLANTED = (
    look_at_the_gate_before_its_lock,
    take_an_unanswered_commit_for_kept,
    read_back_without_waiting,
    forget_what_is_booked,
)
