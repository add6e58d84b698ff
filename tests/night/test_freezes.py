"""The gate closed sixty times in the middle of everything: nothing is ever booked behind it."""

import asyncio
import itertools
import random
import uuid

import pytest
from cast import Admin, Cast
from night.nights import tirana

from dega.audit import Actor
from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.deeds import Deed, Leg, Particulars
from dega.errors import BankClosed
from dega.ledger import gate
from dega.ledger.books import check_books
from dega.money import Currency, Money
from dega.night.status import unfreeze

WRITERS = 12
FREEZES = 60
OPERATOR = Actor("operator:blerta")


@pytest.mark.requirement("R34")
async def test_sixty_freezes_under_twelve_writers_let_no_posting_through(
    bank: Bank, cast: Cast, admin: Admin, machine: TimeMachine
) -> None:
    await machine.travel_to(tirana("2026-11-23 11:00"))
    chance = random.Random(60)
    people = [cast.arta, cast.besnik, cast.genti, cast.elira]
    pairs = list(itertools.permutations([person.lek.id for person in people], 2))
    booked, refused, stop = 0, 0, False

    async def write() -> None:
        nonlocal booked, refused
        while not stop:
            debit, credit = chance.choice(pairs)
            leg = Leg(debit, credit, Money(1, Currency.ALL))
            try:
                await bank.poster.post(Deed(uuid.uuid4(), "own", (leg,), Particulars("", "", "")))
                booked += 1
            except BankClosed:
                refused += 1
                await asyncio.sleep(0.001)

    writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
    for _ in range(FREEZES):
        await asyncio.sleep(chance.uniform(0.005, 0.04))
        closing = await gate.close(bank.database, "operator", "proof")
        late = await admin.fetchval("SELECT count(*) FROM movement WHERE kind = 'own' AND booked_at >= $1", closing.at)
        await asyncio.sleep(0.005)
        assert late == 0
        assert (
            await admin.fetchval("SELECT count(*) FROM movement WHERE kind = 'own' AND booked_at >= $1", closing.at)
            == 0
        )
        await unfreeze(bank.database, "proof", OPERATOR)
    stop = True
    await asyncio.gather(*writers)
    assert booked > FREEZES
    assert refused > 0
    assert await admin.fetchval("SELECT count(*) FROM gate_closing WHERE in_flight > 0") > 0
    assert await check_books(admin) == []
