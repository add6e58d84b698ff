"""The process is killed between the right code and the answer: afterwards the receipt is there, or nothing is."""

import asyncio
import os
import sys

import msgspec
import pytest
from cast import Admin, Cast, balance
from chaos.units import PATHS
from conftest import Phones, in_hex
from paying import ACTOR, authorise, make_payment, prepare, send_code

from dega.bank import Bank
from dega.clock import MovableClock
from dega.config import Config

POINTS = [("before write", False), ("after write", False), ("before commit", False), ("after commit", True)]


@pytest.mark.requirement("R34", "R38")
@pytest.mark.parametrize(("point", "booked"), POINTS)
async def test_after_a_power_cut_the_receipt_is_there_or_nothing_is(
    bank: Bank, config: Config, admin: Admin, cast: Cast, phones: Phones, clock: MovableClock, point: str, booked: bool
) -> None:
    payment_id = await prepare(bank, cast.arta, cast.besnik.lek)
    code = await send_code(bank, phones.sent, cast.arta, payment_id)
    challenge = await authorise(bank, cast.arta, payment_id, code)
    order = {
        "dsn": config.database.dsn, "cache": config.cache.url, "prefix": config.cache.prefix, "point": point,
        "customer": str(cast.arta.id), "payment": str(payment_id), "challenge": str(challenge),
        "ahead": str(clock.offset.total_seconds()),
        "keys": msgspec.json.encode(in_hex(bank.keys)).decode(),
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "journeys.teller", stdin=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": PATHS}
    )
    await child.communicate(msgspec.json.encode(order))
    assert child.returncode == -9
    assert await balance(admin, cast.arta.lek) == (9_875_000 if booked else 10_000_000)
    receipt = await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)
    assert receipt.made is not None
    assert await balance(admin, cast.arta.lek) == 9_875_000
    assert await admin.fetchval("SELECT count(*) FROM movement WHERE deed_key = $1", payment_id) == 1
