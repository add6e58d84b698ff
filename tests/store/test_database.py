"""Connections to PostgreSQL are lent again as they come back, but for those that broke or have something under way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from cast import Admin, Cast

from dega.bank import Bank
from dega.config import Config
from dega.errors import PartAway
from dega.store.database import Connection, Database


@pytest.fixture
async def single(config: Config, bank: Bank) -> AsyncIterator[Database]:
    """A database with one connection for reading."""
    database = await Database.open(config.database.dsn, replace(config.database, reading_connections=1))
    yield database
    await database.close()


async def ask(database: Database) -> int:
    async with database.connection() as connection:
        return await backend(connection)


async def backend(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def test_a_connection_that_comes_back_is_lent_again(single: Database) -> None:
    assert len({await ask(single) for _ in range(5)}) == 1


async def test_all_who_wait_are_lent_the_one_there_is(single: Database) -> None:
    assert len(set(await asyncio.gather(*(ask(single) for _ in range(50))))) == 1


async def test_one_that_broke_while_nobody_had_it_is_not_lent_again(single: Database, admin: Admin) -> None:
    broken = await ask(single)
    await admin.execute("SELECT pg_terminate_backend($1)", broken)
    await asyncio.sleep(0.1)
    assert await ask(single) != broken


@pytest.mark.refusal("part_away")
async def test_one_that_breaks_in_use_is_a_refusal_and_is_not_lent_again(single: Database, admin: Admin) -> None:
    broken = await ask(single)

    async def wait() -> None:
        async with single.connection() as connection:
            await connection.execute("SELECT pg_sleep(2)")

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.1)
    await admin.execute("SELECT pg_terminate_backend($1)", broken)
    with pytest.raises(PartAway):
        await waiting
    assert await ask(single) != broken


async def test_who_gives_up_leaves_nothing_under_way(single: Database) -> None:
    async def wait() -> None:
        async with single.connection() as connection:
            await connection.execute("SELECT pg_sleep(2)")

    task = asyncio.create_task(wait())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await ask(single)


async def test_nobody_is_lent_what_somebody_else_began(
    single: Database, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """No code of ours leaves a transaction open; if one did, it would be ended and said."""
    with caplog.at_level(logging.ERROR):
        async with single.connection() as connection:
            await connection.execute("BEGIN")
    assert "active transaction" in caplog.text
    async with single.connection() as connection:
        assert not connection.is_in_transaction()


async def test_a_statement_that_fails_takes_its_connection_with_it_no_further(single: Database) -> None:
    for _ in range(5):
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with single.transaction() as connection:
                await connection.fetchval("SELECT 1 / 0")
    assert await ask(single) > 0


async def test_closing_waits_for_those_in_use_and_not_longer(config: Config, bank: Bank) -> None:
    database = await Database.open(config.database.dsn, config.database)
    begun = asyncio.Event()

    async def use() -> int:
        async with database.connection() as connection:
            begun.set()
            await connection.execute("SELECT pg_sleep(0.3)")
            return await backend(connection)

    in_use = asyncio.create_task(use())
    await begun.wait()
    async with asyncio.timeout(3):  # past five seconds it would be broken off
        await database.close()
    assert await in_use
    with pytest.raises(PartAway):
        await ask(database)
