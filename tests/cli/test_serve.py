"""`dega serve`: it answers, it ends in peace, and it doesn't begin where something is wrong."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE

import aiohttp
import pytest
from cast import Admin
from cli.commands import Dega

from dega.cli.time_travel import TimeMachine
from dega.embedded.binaries import valkey_server

SLOW = """
import asyncio
from aiohttp import web
from dega import logs
from dega.cli.serve import run_web

async def slow(request):
    await asyncio.sleep(0.5)
    return web.Response(text="whole")

logs.set_up()
app = web.Application()
app.router.add_get("/", slow)
asyncio.run(run_web(app, "127.0.0.1", 0))
"""


@asynccontextmanager
async def serving(*words: str, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """A process that serves, and its address, as its log tells it; it is killed where the test fails."""
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stderr=PIPE, env=os.environ | environment)
    assert process.stderr is not None
    try:
        while line := await process.stderr.readline():
            if (said := json.loads(line))["what"] == "open":
                host, port = said["address"]
                break
        else:
            pytest.fail("it ended before it was open")
        yield process, f"http://{host}:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_serves_until_sigterm_and_then_ends_in_peace(environment: dict[str, str]) -> None:
    async with serving("-m", "dega", "serve", **environment, DEGA__WEB__PORT="0") as (process, address):
        async with aiohttp.ClientSession() as session, session.get(f"{address}/health/ready") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "away": []})
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_runs_is_finished_and_nothing_new_begins(number: signal.Signals) -> None:
    async with serving("-c", SLOW) as (process, address), aiohttp.ClientSession() as session:
        running = asyncio.create_task(session.get(address))
        await asyncio.sleep(0.2)
        process.send_signal(number)
        await asyncio.sleep(0.1)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)
        assert await (await running).text() == "whole"
        assert await process.wait() == 0


async def test_a_database_whose_clock_was_moved_is_not_served(dega: Dega, machine: TimeMachine) -> None:
    said = await dega("serve")
    assert said.exit_code == 2
    assert "somebody moved the clock of this database" in said.stderr


async def test_a_database_without_its_migrations_is_not_served(dega: Dega, admin: Admin) -> None:
    await admin.execute("DELETE FROM migration WHERE name LIKE '0001%'")
    said = await dega("serve")
    assert said.exit_code == 2
    assert "migration 0001_the_bank_opens.sql is missing" in said.stderr


@pytest.mark.requirement("R29")
async def test_cookies_that_any_wire_can_carry_are_not_served(dega: Dega) -> None:
    said = await dega("serve", DEGA__WEB__SECURE_COOKIES="false")
    assert said.exit_code == 2
    assert "web.secure_cookies is false" in said.stderr


async def test_a_cache_that_may_forget_a_counter_is_not_used(dega: Dega, tmp_path: Path) -> None:
    path = tmp_path / "valkey.sock"
    options = ["--port", "0", "--save", "", "--unixsocket", str(path), "--maxmemory-policy", "allkeys-lru"]
    valkey = await asyncio.create_subprocess_exec(valkey_server(), *options, stdout=PIPE, cwd=tmp_path)
    try:
        while not path.exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.02)
        said = await dega("serve", DEGA__CACHE__URL=f"unix://{path}?db=0")
    finally:
        valkey.terminate()
        await valkey.communicate()
    assert said.exit_code == 2
    assert "maxmemory-policy is allkeys-lru: expected noeviction" in said.stderr


async def test_without_its_keys_it_does_not_begin(dega: Dega, tmp_path: Path) -> None:
    said = await dega("serve", DEGA_KEY_CODES="short", DEGA_KEY_FORMS="", DEGA__SECRETS__FOLDER=str(tmp_path))
    assert said.exit_code == 2
    assert said.stderr.startswith("dega: the keys can't be used:\n  DEGA_KEY_FORMS")
    assert len(said.stderr.splitlines()) == 3


async def test_an_address_that_is_taken_is_a_sentence(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dega",
            "serve",
            stderr=PIPE,
            env={**os.environ, **environment, "DEGA__WEB__PORT": port},
        )
        _, said = await process.communicate()
    assert process.returncode == 2
    assert f"dega: can't listen on 127.0.0.1:{port}" in said.decode()
    assert b"Traceback" not in said
