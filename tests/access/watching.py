"""What tests of guessing share: counting what is really compared, losing Valkey, other rules of the configuration."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from dega.bank import Bank, Place


@dataclass
class Counting:
    """argon2, counting how often a password was really compared."""

    bank: Bank
    asked: int = 0
    evaluated: int = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator["CountedPlace"]:
        async with self.bank.hasher.place() as place:
            yield CountedPlace(self, place)

    async def hash(self, password: str) -> str:
        return await self.bank.hasher.hash(password)

    async def verify(self, kept: str | None, password: str) -> bool:
        async with self.place() as place:
            return await place.verify(kept, password)

    def brought_up(self, kept: str) -> str:
        return self.bank.hasher.brought_up(kept)

    def renew_later(self, kept: str | None, password: str, keep: Callable[[str], Awaitable[None]]) -> None:
        self.bank.hasher.renew_later(kept, password, keep)


@dataclass
class CountedPlace:
    """A place at argon2, counting what is verified there."""

    counting: Counting
    place: Place

    async def verify(self, kept: str | None, password: str) -> bool:
        self.counting.asked += 1
        self.counting.evaluated += kept is not None
        return await self.place.verify(kept, password)


async def lose_valkey(bank: Bank) -> None:
    """FLUSHALL, as far as this bank's keys go: other tests share the server."""
    for key in await bank.cache.command("KEYS", f"{bank.cache.prefix}*"):
        await bank.cache.command("DEL", key)


def generous(bank: Bank) -> Bank:
    """Without caps of codes and networks, so that only the counting of failures stands in the way."""
    codes = replace(bank.config.codes, hourly=1000, daily_sms=1000)
    access = replace(bank.config.access, network_failures=10_000, all_failures=10_000)
    return replace(bank, config=replace(bank.config, codes=codes, access=access))


def strict(bank: Bank) -> Bank:
    """With one counter for known browsers and all others."""
    return replace(bank, config=replace(bank.config, access=replace(bank.config.access, one_counter=True)))
