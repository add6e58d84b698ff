"""Hundreds of payments around 21:00: each gets a receipt or the window's refusal, and none is stamped inside it."""

import asyncio
import random
from datetime import datetime

import pytest
from cast import Admin, Cast
from paying import ACTOR, make_payment, prepare_own

from dega.bank import Bank
from dega.cli.time_travel import TimeMachine
from dega.clock import TIRANA
from dega.errors import BankClosed, UpdateWindow
from dega.ledger import gate
from dega.payments.payment import Payment

NINE = datetime(2026, 11, 23, 21, 0, tzinfo=TIRANA)


@pytest.mark.requirement("R30", "R34")
async def test_five_hundred_payments_around_nine_are_made_or_refused_and_none_in_the_window(
    bank: Bank, admin: Admin, cast: Cast, machine: TimeMachine
) -> None:
    people = (cast.arta, cast.besnik, cast.genti, cast.elira)
    ids = [(person, await prepare_own(bank, person, "1,00")) for person in people for _ in range(125)]
    await admin.execute("UPDATE internet_user SET auth_epoch = 1")
    await admin.execute(
        "INSERT INTO internet_user (customer_id, password_hash, password_changed_at, registered_at)"
        " VALUES ($1, '', bank_clock(), bank_clock()) ON CONFLICT DO NOTHING", cast.elira.id,
    )  # fmt: skip
    await machine.travel_to(NINE.replace(hour=20, minute=59, second=58))
    chance = random.Random(21)

    async def pay(place: int) -> object:
        await asyncio.sleep(chance.uniform(0.5, 3))
        person, payment_id = ids[place]
        return await make_payment(bank, person.id, payment_id, 1, ACTOR)

    async def close() -> datetime:
        await asyncio.sleep((NINE - bank.clock.now()).total_seconds())
        return (await gate.close(bank.database, "night")).at

    *outcomes, closed_at = await asyncio.gather(*(pay(n) for n in range(500)), close(), return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, Payment)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, UpdateWindow | BankClosed)]
    assert len(made) + len(refused) == 500
    assert made
    assert refused
    assert all(payment.made and payment.made.booked_at < NINE for payment in made)
    assert await admin.fetchval("SELECT max(booked_at) FROM movement") < NINE <= closed_at
    assert await admin.fetchval("SELECT count(*) FROM payment WHERE state = 'posted'") == len(made)
    assert await admin.fetchval("SELECT sum(balance_minor) FROM account WHERE currency = 'ALL'") == 0
