"""Run as a process of its own: deeds straight through a GroupPoster, without pages, several under way at a time.

What it asks and what it is told is a line each in a file, written before the deed is asked and after the answer; a
process that comes after a killed one reads them and asks again for whatever it doesn't know. The deeds follow from a
seed and their number, so that everybody knows what was asked.
"""

import asyncio
import os
import random
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec
from chaos.failpoints import Armed, install

from dega.clock import Clock
from dega.config import read
from dega.deeds import Deed, Leg, Particulars
from dega.errors import OutcomePending, Refusal
from dega.keyring import Keyring
from dega.ledger.post import GroupPoster
from dega.money import Currency, Money
from dega.sealing import SealedFields
from dega.store.database import Database

CALLERS = 8
REST_SECONDS = 0.05
"""Between two deeds of one caller: others need the processor too."""

AGAIN_SECONDS = 0.25
KIND = "counter"


class Order(msgspec.Struct):
    """What the counter is told at its start."""

    dsn: str
    seed: int
    accounts: list[int]
    fees: int
    lines: str
    points: str
    window_starts: str
    window_ends: str
    key: str


@dataclass
class Standing:
    """What is known of one deed: the movement that it was acknowledged with, or what was said last."""

    said: str = ""
    movement: int = 0
    was_unknown: bool = False
    is_contradicted: bool = False

    @property
    def is_open(self) -> bool:
        """Whether whoever asked for it still wants to know."""
        return not self.movement and self.said != "dropped"


def deed_of(order: Order, number: int) -> Deed:
    """The deed with this number: one transfer, or every third time a fee with it."""
    chance = random.Random(f"{order.seed}-{number}")
    debit, credit = chance.sample(order.accounts, 2)
    legs = [Leg(debit, credit, Money(chance.randint(1, 900), Currency.ALL))]
    if number % 3 == 0:
        legs.append(Leg(debit, order.fees, Money(chance.randint(1, 9), Currency.ALL), "fee"))
    key = uuid.UUID(int=chance.getrandbits(128), version=4)
    return Deed(key, KIND, tuple(legs), Particulars("Arka 1", "Arka 2", f"Veprimi {number}"))


class Lines:
    """What was asked and told, by number, read on from where it was read last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self.deeds: dict[int, Standing] = {}

    def read(self) -> dict[int, Standing]:
        """All deeds until now. A last line that was cut off is no line yet."""
        if not self._path.exists():
            return self.deeds
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode().splitlines():
            self._take(*line.split())
        return self.deeds

    def _take(self, said: str, number: str, *more: str) -> None:
        deed = self.deeds.setdefault(int(number), Standing())
        deed.was_unknown |= said == "unknown" or (said == "asked" and deed.said == "asked")
        if said == "booked":
            deed.is_contradicted |= deed.movement not in (0, int(more[0]))
            deed.movement = int(more[0])
        deed.said = said


class Counter:
    """The callers, and what they write down."""

    def __init__(self, order: Order, poster: GroupPoster) -> None:
        self._order = order
        self._poster = poster
        known = Lines(Path(order.lines)).read()
        self._open = [number for number, deed in known.items() if deed.is_open]
        self._next = max(known, default=0) + 1
        self._lines = os.open(order.lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def call(self, stopping: asyncio.Event) -> None:
        """One deed after the other until it is time to stop; and no deed is left unknown."""
        while self._open or not stopping.is_set():
            number = self._open.pop() if self._open else self._new()
            await self._settle(number)
            await asyncio.sleep(REST_SECONDS)

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    async def _settle(self, number: int) -> None:
        """Ask until it is known, as whoever needs it done would; now and then give up where it surely wasn't done."""
        while True:
            said = await self._ask(number)
            if said == "booked":
                if number % 10 == 0:
                    await self._ask(number)
                return
            if said == "refused" and number % 2 == 0:
                self._write(f"dropped {number}")
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _ask(self, number: int) -> str:
        self._write(f"asked {number}")
        try:
            booking = await self._poster.post(deed_of(self._order, number))
        except OutcomePending:
            self._write(f"unknown {number}")
            return "unknown"
        except Refusal as refusal:
            self._write(f"refused {number} {refusal.code}")
            return "refused"
        except Exception as error:  # noqa: BLE001  # whatever it is, it says nothing of the outcome
            self._write(f"unknown {number} {type(error).__name__}")
            return "unknown"
        self._write(f"booked {number} {booking.movement_id}")
        return "booked"

    def _write(self, line: str) -> None:
        os.write(self._lines, f"{line}\n".encode())


async def main(order: Order) -> None:
    """Work until SIGTERM, then settle what is open."""
    install(Armed(Path(order.points)).act)
    config = read(environment={"DEGA__WINDOW__STARTS": order.window_starts, "DEGA__WINDOW__ENDS": order.window_ends})
    database = await Database.open(order.dsn, config.database)
    poster = GroupPoster(
        database,
        SealedFields(Keyring("fields", bytes.fromhex(order.key))),
        Clock(),
        config.window.window,
        writers=config.database.posting_connections,
        most_waiting=config.database.queue,
        most_in_batch=config.database.batch,
    )
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(15, stopping.set)
    counter = Counter(order, poster)
    await asyncio.gather(*(counter.call(stopping) for _ in range(CALLERS)))
    await poster.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Order)))
