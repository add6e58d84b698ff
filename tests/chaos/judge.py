"""Whether everybody was told the truth: what they were told, against what PostgreSQL has, past the bank."""

import time
from collections import Counter

import asyncpg
from chaos.counter import KIND, deed_of
from chaos.house import House

from dega.ledger.books import check_books

Admin = asyncpg.Connection
Legs = list[tuple[int, int, int]]
"""Debit account, credit account, minor units."""

BOOKS_SECONDS = 10
"""The books are checked whole so often while the attack goes on, and at its end."""

_BALANCES = "SELECT id, balance_minor FROM account ORDER BY id"
_THERE = "SELECT deed_key::text, id FROM movement WHERE deed_key = ANY($1::uuid[])"
_BOOKED = """
SELECT m.deed_key::text AS key, t.debit_account_id, t.credit_account_id, t.amount_minor
  FROM movement m JOIN transfer t ON t.movement_id = m.id
 WHERE m.kind <> 'cash' ORDER BY t.id
"""


class Judge:
    """Holds what was told against the books. `violations` are sentences; none is what all hope for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: set[str] = set()
        self._opening: dict[int, int] = {}
        self._checked_at = time.monotonic()
        self.violations: list[str] = []

    async def open(self) -> None:
        """Note with what everybody begins."""
        admin = await self._house.admin()
        self._opening = await balances(admin)
        await admin.close()

    def acknowledged(self) -> dict[str, int]:
        """The keys of all that was acknowledged, with the movement where it was named (0: pages name another thing)."""
        told = {each.id: 0 for each in self._house.notes.tellings if each.standing == "acknowledged"}
        for number, deed in self._house.lines.read().items():
            if deed.movement:
                told[str(deed_of(self._house.order, number).key)] = deed.movement
        return told

    async def look(self, after: str) -> None:
        """What was acknowledged since the last look is there; and now and then, the books are good."""
        new = {key: movement for key, movement in self.acknowledged().items() if key not in self._seen}
        admin = await self._house.admin()
        try:
            rows = await admin.fetch(
                "SELECT deed_key::text, id FROM movement WHERE deed_key = ANY($1::uuid[])", list(new)
            )
            found = {row["deed_key"]: row["id"] for row in rows}
            for key, movement in new.items():
                if key not in found or movement not in (0, found[key]):
                    self.violations.append(f"after {after}: {key} was acknowledged ({movement}), is {found.get(key)}")
            self._seen |= new.keys()
            if time.monotonic() - self._checked_at > BOOKS_SECONDS:
                await self._check_books(admin, after)
                self._checked_at = time.monotonic()
        finally:
            await admin.close()

    async def end(self) -> None:
        """Everything, once nobody asks for anything any more."""
        admin = await self._house.admin()
        try:
            self.violations += await compare(admin, self._opening, self._expected())
            await self._check_books(admin, "the end")
        finally:
            await admin.close()
        for words in (("books", "seal"), ("books", "check")):
            status, said = await self._house.dega(*words)
            if status != 0:
                self.violations.append(f"dega {' '.join(words)}: {said.strip()}")
        self.violations += [f"{who} waited for ever" for who in self._house.notes.waited_for_ever]

    async def _check_books(self, admin: Admin, after: str) -> None:
        self.violations += [f"after {after}: {guilty.check}: {guilty.what}" for guilty in await check_books(admin)]

    def _expected(self) -> dict[str, Legs]:
        """What must be booked, by all that was told; what was never told is a violation itself."""
        expected: dict[str, Legs] = {}
        for telling in self._house.notes.tellings:
            if telling.standing == "acknowledged":
                expected[telling.id] = [(telling.debit.id, telling.credit.id, telling.minor)]
            elif telling.standing == "asked":
                self.violations.append(f"payment {telling.id}: nobody ever told what became of it")
        for number, standing in self._house.lines.read().items():
            deed = deed_of(self._house.order, number)
            if standing.is_contradicted:
                self.violations.append(f"{KIND} {number}: booked twice")
            if standing.movement:
                expected[str(deed.key)] = [
                    (leg.debit_account_id, leg.credit_account_id, leg.amount.minor) for leg in deed.legs
                ]
            elif standing.is_open:
                self.violations.append(f"{KIND} {number}: nobody ever told what became of it")
        return expected


async def balances(admin: Admin) -> dict[int, int]:
    """What is in every account, in minor units."""
    return {row["id"]: row["balance_minor"] for row in await admin.fetch(_BALANCES)}


async def compare(admin: Admin, opening: dict[int, int], told: dict[str, Legs]) -> list[str]:
    """What isn't as it was told: each deed once and as it was asked, no other, and the balances that follow from it."""
    booked: dict[str, Legs] = {}
    for row in await admin.fetch(_BOOKED):
        leg = (row["debit_account_id"], row["credit_account_id"], row["amount_minor"])
        booked.setdefault(row["key"], []).append(leg)
    found = [
        f"{key}: told {told.get(key)}, is {booked.get(key)}"
        for key in sorted(told.keys() | booked.keys())
        if told.get(key) != booked.get(key)
    ]
    expected = Counter(opening)
    for legs in told.values():
        for debit, credit, minor in legs:
            expected[debit] -= minor
            expected[credit] += minor
    found += [
        f"account {account}: told {expected[account]}, is {minor}"
        for account, minor in (await balances(admin)).items()
        if minor != expected[account]
    ]
    return found
