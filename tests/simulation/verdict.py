"""What must hold of every life, whatever went wrong in it."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from simulation.postgres import Key, Row, Server

from dega.bank import Bank
from dega.config import read
from dega.errors import BankClosed, Busy, OutcomePending, PartAway, UpdateWindow

WINDOW = read(environment={}).window.window

UNKNOWN = (OutcomePending, asyncio.CancelledError, TimeoutError)
"""What leaves open whether the deed is booked."""

NOT_NOW = (Busy, PartAway, BankClosed, UpdateWindow)
"""What says: not booked, try again."""


@dataclass
class Try:
    """One time that somebody asked for a deed: when, and what they heard in the end (None: nothing)."""

    began: float
    heard: object = None
    ended: float = math.inf

    def may_have_booked(self, moment: float) -> bool:
        """Whether it was under way then, or was left without an answer before."""
        return self.began <= moment and (self.ended >= moment or isinstance(self.heard, UNKNOWN))


@dataclass
class Order:
    """What somebody wants booked, and everything that they heard of it."""

    key: UUID
    amount: int
    ask: Callable[[Bank], Coroutine[Any, Any, object]]
    tries: list[Try] = field(default_factory=list)
    is_settled: bool = False


def guilty(server: Server, orders: list[Order]) -> list[str]:
    """What doesn't hold at the end, a sentence each."""
    rows, wrong = server.rows, list[str]()
    movements = {key[1]: row for key, row in rows.items() if key[0] == "movement"}
    for order in orders:
        booked_at = server.committed_at.get(("movement", order.key))
        if booked_at is not None and not any(attempt.may_have_booked(booked_at) for attempt in order.tries):
            wrong.append(f"{order.key} is booked by a try that was told that it isn't")
        if not order.tries or order.tries[-1].heard is None:
            wrong.append(f"{order.key} never got an answer")
    closings = [(row["closed_at"], row["opened_at"]) for key, row in rows.items() if key[0] == "closing"]
    for key, row in movements.items():
        if WINDOW.contains(row["booked_at"]):
            wrong.append(f"{key} is booked in the window")
        if any(closed <= row["booked_at"] < opened for closed, opened in closings):
            wrong.append(f"{key} is booked behind the gate")
    for key, row in [item for item in rows.items() if item[0][0] == "payment"]:
        booked = movements.get(key[1])
        if (row["movement_id"], row["state"] == "posted") != (booked and booked["id"], booked is not None):
            wrong.append(f"{key[1]} is {row['state']} and its movement {booked}")
        if booked is not None and rows["challenge", key[1]]["consumed_at"] != booked["booked_at"]:
            wrong.append(f"{key[1]} is booked and its code isn't used up")
    return wrong + wrong_sums(rows) + wrong_days(rows)


def wrong_sums(rows: dict[Key, Row]) -> list[str]:
    """Balances are the sums of their entries and above their floors, and all of them together are nothing."""
    wrong, sums, entries = list[str](), Counter[int](), Counter[int]()
    for key, row in rows.items():
        if key[0] == "entry":
            sums[key[1]] += row["amount"]
            entries[key[1]] += 1
    for number, account in [(key[1], row) for key, row in rows.items() if key[0] == "account"]:
        if (sums[number], entries[number]) != (account["balance_minor"], account["last_seq"]):
            wrong.append(f"account {number} isn't the sum of its entries")
        if account["floor_minor"] is not None and account["balance_minor"] < account["floor_minor"]:
            wrong.append(f"account {number} is under its floor")
    if sums.total():
        wrong.append(f"there is {sums.total()} too much")
    return wrong


def wrong_days(rows: dict[Key, Row]) -> list[str]:
    """What counts as spent by a customer is what they paid. No life is longer than a day."""
    paid, counted = Counter[int](), Counter[int]()
    for key, row in rows.items():
        if key[0] == "payment" and row["state"] == "posted":
            paid[row["customer_id"]] += row["amount_minor"]
        if key[0] == "spending":
            counted[row["customer_id"]] += row["spent_minor"]
    return [] if paid == counted else [f"paid {dict(paid)}, counted {dict(counted)}"]
