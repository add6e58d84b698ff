"""Answers of one turn leave together, in order, and whoever leaves early or breaks off harms nobody."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from aiohttp import web

from dega.app import web_application
from dega.bank import Bank
from dega.web.departures import HANDFUL, Departing, Departures
from dega.web.keys import Assembly, GateView
from dega.web.listening import Connection, listening


class Line(asyncio.Transport):
    """A transport that writes down on a common sheet what it was told."""

    def __init__(self, name: str, sheet: list[tuple[str, bytes]]) -> None:
        super().__init__({"peername": name})
        self.name, self.sheet, self.closed = name, sheet, False

    def writelines(self, list_of_data: Iterable[bytes]) -> None:  # type: ignore[override]
        assert not self.closed
        self.sheet.append((self.name, b"".join(list_of_data)))

    def close(self) -> None:
        self.closed = True
        self.sheet.append((self.name, b"closed"))

    def abort(self) -> None:
        self.closed = True
        self.sheet.append((self.name, b"aborted"))

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
async def lines() -> tuple[list[tuple[str, bytes]], Departing, Departing]:
    sheet: list[tuple[str, bytes]] = []
    departures = Departures(asyncio.get_running_loop())
    return sheet, Departing(Line("one", sheet), departures), Departing(Line("two", sheet), departures)


Lines = tuple[list[tuple[str, bytes]], Departing, Departing]


async def test_what_is_written_in_a_turn_leaves_at_its_end_in_that_order(lines: Lines) -> None:
    sheet, one, two = lines
    one.writelines((b"head ", b"page"))
    two.write(b"other")
    one.write(b"more")
    assert sheet == []
    await asyncio.sleep(0)
    assert sheet == [("one", b"head page"), ("two", b"other"), ("one", b"more")]
    two.write(b"next turn")
    await asyncio.sleep(0)
    assert sheet[3:] == [("two", b"next turn")]


async def test_a_handful_leaves_before_the_turn_ends(lines: Lines) -> None:
    sheet, one, two = lines
    for n in range(HANDFUL):
        assert sheet == []
        (one, two)[n % 2].write(b"%d" % n)
    two.write(b"the next handful")
    assert [said for _, said in sheet] == [b"%d" % n for n in range(HANDFUL)]
    await asyncio.sleep(0)
    assert sheet[HANDFUL:] == [("two", b"the next handful")]


async def test_what_cannot_be_written_ends_its_own_connection_alone(
    lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    sheet, one, two = lines
    one.writelines(["no bytes"])
    two.write(b"whole")
    await asyncio.sleep(0)
    assert sheet == [("one", b"aborted"), ("two", b"whole")]
    assert "an answer could not be sent" in caplog.messages


async def test_a_connection_is_closed_behind_what_was_written_on_it(lines: Lines) -> None:
    sheet, one, _ = lines
    one.write(b"bye")
    one.close()
    assert sheet == [("one", b"bye"), ("one", b"closed")]
    assert one.is_closing()


async def test_what_waits_on_a_broken_connection_is_dropped_and_nothing_else(lines: Lines) -> None:
    sheet, one, two = lines
    one.write(b"half")
    two.write(b"whole")
    one.abort()
    await asyncio.sleep(0)
    assert sheet == [("one", b"aborted"), ("two", b"whole")]


async def test_who_says_no_more_gets_what_is_ready() -> None:
    sheet: list[tuple[str, bytes]] = []
    loop, line = asyncio.get_running_loop(), Line("one", sheet)
    departures, runner = Departures(loop), web.AppRunner(web.Application())
    await runner.setup()
    assert runner.server is not None
    connection = Connection(
        runner.server, bare=lambda status: web.Response(status=status), departures=departures, loop=loop
    )
    connection.connection_made(line)
    departures.take(line, (b"answer",))
    connection.eof_received()
    assert sheet == [("one", b"answer")]
    connection.connection_lost(None)
    await runner.cleanup()


async def test_who_is_there_is_known_through_it(lines: Lines) -> None:
    _, one, _ = lines
    assert (one.get_extra_info("peername"), one.get_extra_info("cipher", "none")) == ("one", "none")


@pytest.fixture
async def address(bank: Bank) -> AsyncIterator[tuple[str, int]]:
    app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), GateView())
    async with listening(app, "127.0.0.1", 0) as address:
        yield address


def get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n".encode()


async def test_requests_sent_at_once_on_one_connection_are_answered_in_their_order(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(get("/help/index") + get("/contact") + get("/nowhere") + get("/", "Connection: close\r\n"))
    answers = (await asyncio.wait_for(reader.read(), 10)).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"404", b"200"]
    assert all(answer.rstrip().endswith(b"</html>") for answer in answers)
    writer.close()


async def test_many_who_ask_at_once_get_each_their_own_whole(address: tuple[str, int]) -> None:
    async def ask(path: str) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(get(path, "Connection: close\r\n"))
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return answer

    paths = ["/contact", "/help/index", "/nowhere"] * 10
    answers = await asyncio.gather(*map(ask, paths))
    for path, answer in zip(paths, answers, strict=True):
        assert f'content="{path}"'.encode() in answer or f'value="{path}"'.encode() in answer
        assert answer.rstrip().endswith(b"</html>")


async def test_who_hangs_up_at_once_takes_nobody_along(address: tuple[str, int]) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_connection(*address)
        writer.write(get("/contact") * 3)
        writer.transport.abort()
    reader, writer = await asyncio.open_connection(*address)
    writer.write(get("/contact", "Connection: close\r\n"))
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()
