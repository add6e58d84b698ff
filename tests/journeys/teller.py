"""Run as a process of its own: makes one payment, and is killed at the point it is told, as a power cut would."""

import asyncio
import sys
from dataclasses import replace
from uuid import UUID

import msgspec
from chaos.failpoints import die, install

from dega.app import open_bank
from dega.audit import Actor
from dega.bank import Keys
from dega.clock import MovableClock
from dega.config import read
from dega.keyring import Keyring
from dega.payments.make import make_payment
from dega.payments.payment import find_with_payer
from dega.store.database import Connection


class NoPhones:
    def send(self, *_: object) -> None:
        raise AssertionError("no code is sent here")


async def main(order: dict[str, str]) -> None:
    config = read(environment={})
    config = replace(
        config,
        database=replace(config.database, dsn=order["dsn"]),
        cache=replace(config.cache, url=order["cache"], prefix=order["prefix"]),
    )
    clock = MovableClock()
    clock.wait(float(order["ahead"]))

    async def act(point: str, _: Connection) -> None:
        if point == order["point"]:
            die()

    install(act)
    texts = msgspec.json.decode(order["keys"])
    keys = Keys.of({name: Keyring(name, bytes.fromhex(text)) for name, text in texts.items()})
    async with open_bank(config, dsn=order["dsn"], clock=clock, codes=NoPhones(), keys=keys) as bank:
        payment, payer = await find_with_payer(bank, int(order["customer"]), UUID(order["payment"]))
        challenge_id = UUID(order["challenge"])
        await make_payment(bank, payment, payer, 1, Actor("customer:test"), challenge_id=challenge_id)


asyncio.run(main(msgspec.json.decode(sys.stdin.read())))
