"""Commands of one turn of the loop go to Valkey together: what fails fails alone, and a hung server all at once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import hiredis
import pytest

from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.errors import PartAway
from dega.store.cache import LANES, Cache, Script

ECHO = Script("return ARGV[1]")
BROKEN = Script("return redis.call('HGET', KEYS[1], 'field')")


@pytest.fixture
async def cache(config: Config) -> AsyncIterator[Cache]:
    cache = Cache(replace(config.cache, timeout_ms=200))
    yield cache
    await cache.close()


async def test_everybody_gets_the_answer_to_their_own_question(cache: Cache) -> None:
    answers = await asyncio.gather(*(cache.run(ECHO, [], [n]) for n in range(500)))
    assert answers == [str(n).encode() for n in range(500)]


async def test_a_script_that_fails_fails_alone(cache: Cache) -> None:
    await cache.command("SET", cache.prefix + "text", "no hash")
    mixed = [cache.run(BROKEN if n == 5 else ECHO, ["text"], [n]) for n in range(10)]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    assert isinstance(answers.pop(5), PartAway)
    assert answers == [str(n).encode() for n in range(10) if n != 5]


async def test_a_script_that_the_server_forgot_is_given_to_it_again(cache: Cache) -> None:
    await cache.run(ECHO, [], [1])
    await cache.command("SCRIPT", "FLUSH")
    assert await asyncio.gather(*(cache.run(ECHO, [], [n]) for n in range(3))) == [b"0", b"1", b"2"]


async def test_who_gives_up_takes_nobody_elses_answer(cache: Cache) -> None:
    asked = [asyncio.ensure_future(cache.run(ECHO, [], [n])) for n in range(4)]
    await asyncio.sleep(0)
    asked[1].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert (answers[0], answers[2], answers[3]) == (b"0", b"2", b"3")


async def test_a_hung_server_is_given_up_by_all_within_the_time_out(cache: Cache, servers: Servers) -> None:
    """Also by those who come while it hangs, more than there are lanes."""

    async def wait(after: float) -> float:
        await asyncio.sleep(after)
        begins = time.monotonic()
        with pytest.raises(PartAway):
            await cache.run(ECHO, [], [0])
        return time.monotonic() - begins

    await cache.run(ECHO, [], [0])
    os.kill(servers.valkey_pid, signal.SIGSTOP)
    try:
        waits = await asyncio.gather(*(wait(0.02 * n) for n in range(3 * LANES)))
    finally:
        os.kill(servers.valkey_pid, signal.SIGCONT)
    assert max(waits) < 0.3
    assert await cache.run(ECHO, [], ["back"]) == b"back"


async def test_a_server_that_stood_still_as_long_as_the_process_did_is_not_away(cache: Cache, servers: Servers) -> None:
    await cache.run(ECHO, [], [0])
    os.kill(servers.valkey_pid, signal.SIGSTOP)
    answer, loop = cache.run(ECHO, [], ["late"]), asyncio.get_running_loop()
    loop.call_soon(time.sleep, 0.3)
    loop.call_later(0.02, os.kill, servers.valkey_pid, signal.SIGCONT)
    assert await answer == b"late"


async def test_a_connection_that_the_server_ended_is_made_anew(cache: Cache, config: Config) -> None:
    await asyncio.gather(*(cache.run(ECHO, [], [n]) for n in range(3)))
    other = Cache(config.cache)
    await other.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await other.close()
    await asyncio.sleep(0.05)
    assert await cache.run(ECHO, [], ["again"]) == b"again"


async def test_what_waits_for_a_lane_is_answered_before_the_connections_are_closed(config: Config) -> None:
    cache = Cache(config.cache)
    asked = []
    for n in range(2 * LANES + 1):
        asked.append(asyncio.ensure_future(cache.run(ECHO, [], [n])))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await cache.close()
    assert await asyncio.gather(*asked) == [str(n).encode() for n in range(2 * LANES + 1)]
    assert not any(lane.is_connected for lane in cache._lanes)
    with pytest.raises(PartAway):
        await cache.run(ECHO, [], [1])


async def test_a_connection_that_breaks_is_not_taken_for_the_one_after_it(cache: Cache, servers: Servers) -> None:
    """The end of the old one may be told when the new one is already being made, for those who ask again at once."""

    async def insist() -> bytes:
        while True:
            try:
                return bytes(await cache.run(ECHO, [], ["again"]))
            except PartAway:
                os.kill(servers.valkey_pid, signal.SIGCONT)

    await cache.run(ECHO, [], [0])
    os.kill(servers.valkey_pid, signal.SIGSTOP)
    begins = time.monotonic()
    assert await asyncio.gather(*(insist() for _ in range(LANES))) == [b"again"] * LANES
    assert time.monotonic() - begins < 0.4
    assert [lane.is_connected for lane in cache._lanes].count(True) >= 1


async def test_who_is_refused_at_the_door_is_told_so_in_time(config: Config) -> None:
    """A password that isn't taken, a database that isn't there: nothing is asked of another one instead."""
    for url in (config.cache.url.replace("db=0", "db=4096"), config.cache.url.replace("unix://", "unix://who:what@")):
        cache = Cache(replace(config.cache, url=url))
        with pytest.raises(PartAway):
            await cache.command("PING")
        await cache.close()


class Talkative(asyncio.Protocol):
    """A server that says more than it was asked, behind each answer to GET."""

    def __init__(self, more: bytes) -> None:
        self._more = more
        self._reader = hiredis.Reader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (command := self._reader.gets()) is not False:
            self._transport.write(b"$1\r\n1\r\n" + self._more if command[0] == b"GET" else b"+OK\r\n")


@pytest.mark.parametrize("more", [b"-ERR nobody asked\r\n", b"no answer\r\n"])
async def test_a_server_that_says_too_much_takes_no_lane_away(config: Config, more: bytes) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Talkative(more), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cache = Cache(replace(config.cache, url=f"redis://127.0.0.1:{port}/0", timeout_ms=200))
    async with asyncio.timeout(3):
        for _ in range(3 * LANES):
            assert await cache.command("GET", "one") == b"1"
            await asyncio.sleep(0.01)
        await cache.close()
    server.close()
