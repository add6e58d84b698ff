"""A line to PostgreSQL that is dead without a word: who waits at its end is told, also for the answer to a COMMIT."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cast import Admin, Cast, balance
from chaos.proxy import Line, lost_before
from conftest import Phones
from test_post import send

from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.errors import PartAway


@pytest.fixture
async def line(servers: Servers) -> AsyncIterator[Line]:
    line = Line(lambda: asyncio.open_unix_connection(str(servers.sockets / ".s.PGSQL.5432")))
    yield line
    await line.close()


@pytest.fixture
async def afar(
    config: Config, database_name: str, line: Line, clock: MovableClock, machine: TimeMachine, phones: Phones,
    keys: Keys, monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Bank]:  # fmt: skip
    """The bank at the other end of a line that can be lost; it takes three seconds of silence for the end."""
    monkeypatch.setattr("dega.store.database.SILENT_SECONDS", 3)
    port = await line.listen_on_port()
    dsn = f"postgresql://dega_app@127.0.0.1:{port}/{database_name}?sslmode=disable"
    async with open_bank(config, dsn=dsn, clock=clock, codes=phones, keys=keys) as bank:
        yield bank


async def test_a_commit_on_a_line_that_is_dead_without_a_word_is_read_back(
    afar: Bank, line: Line, admin: Admin, cast: Cast
) -> None:
    line.at_commit = lost_before
    with pytest.raises(PartAway):
        await asyncio.wait_for(afar.poster.post(send(cast.arta, cast.besnik, 100)), 25)
    assert await balance(admin, cast.arta.lek) == 10_000_000
    await afar.poster.post(send(cast.arta, cast.besnik, 100))
    assert await balance(admin, cast.arta.lek) == 9_999_900


async def test_connections_that_all_died_without_a_word_are_replaced(afar: Bank, line: Line, cast: Cast) -> None:
    await asyncio.gather(*(afar.poster.post(send(cast.arta, cast.besnik, 1)) for _ in range(9)))
    line.lose()
    async with asyncio.timeout(25):
        while True:
            try:
                await afar.poster.post(send(cast.arta, cast.besnik, 1))
            except PartAway:
                continue
            break
