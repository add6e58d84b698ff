"""A line of the log is one line of JSON, whatever a stranger sent; lines go out together, in their order, and all."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from select import PIPE_BUF

import pytest

from dega.logs import JsonLines, TurnByTurn, of_request

log = logging.getLogger("dega.test")

ENDS = """
import asyncio, logging, sys
from dega import logs

async def say():
    logging.info("the last one")
    logs.of_request(status=200)
    {end}

logs.set_up()
logging.info("the first one")
asyncio.run(say())
"""


class Paper:
    """What a stream was given, write by write."""

    def __init__(self) -> None:
        self.writes: list[str] = []

    def write(self, text: str) -> None:
        self.writes.append(text)

    def flush(self) -> None:
        pass

    @property
    def said(self) -> list[list[str]]:
        """What happened, in the order it is written, of each write."""
        return [[json.loads(line)["what"] for line in text.splitlines()] for text in self.writes]


@pytest.fixture
def paper() -> Iterator[Paper]:
    paper = Paper()
    handler = TurnByTurn(paper)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield paper
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("sent", ["plain", "two\nlines", "\udcff half a character", "\x00", "\u202e turned"])
def test_whatever_is_logged_is_one_line_of_json(sent: str) -> None:
    record = logging.makeLogRecord({"msg": "said %s", "args": (sent,), "levelname": "INFO", "route": sent})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["level"] == "info"
    assert "said" in json.loads(line)["what"]


async def test_lines_of_one_turn_are_one_write_in_their_order(paper: Paper) -> None:
    log.info("one")
    of_request(status=200)
    log.info("three")
    assert paper.said == []
    await asyncio.sleep(0)
    assert paper.said == [["one", "request", "three"]]
    log.info("four")
    await asyncio.sleep(0)
    assert paper.said[1:] == [["four"]]


async def test_no_line_is_torn_where_several_processes_write_to_one_pipe(paper: Paper) -> None:
    for _ in range(100):
        log.info("ë" * 100)
    log.info("longer than a pipe takes at once: %s", "x" * PIPE_BUF)
    await asyncio.sleep(0)
    assert sum(map(len, paper.said)) == 101
    assert all(len(text.encode()) <= PIPE_BUF or text.count("\n") == 1 for text in paper.writes)
    assert len(paper.writes) < 20


async def test_a_warning_is_written_at_once_after_what_was_said_before_it(paper: Paper) -> None:
    log.info("before")
    log.warning("now")
    assert paper.said == [["before", "now"]]
    log.info("after")
    await asyncio.sleep(0)
    assert paper.said[1:] == [["after"]]


async def test_what_a_thread_says_is_written_at_once_and_in_order(paper: Paper) -> None:
    log.info("the loop")
    thread = threading.Thread(target=log.info, args=("a thread",))
    thread.start()
    thread.join()
    assert paper.said == [["the loop", "a thread"]]


def test_a_loop_that_ended_before_it_wrote_holds_no_later_line_back(paper: Paper) -> None:
    ended = asyncio.new_event_loop()

    def say_and_stop() -> None:
        log.info("one")
        ended.stop()

    async def say() -> None:
        log.info("two")
        await asyncio.sleep(0)

    ended.call_soon(say_and_stop)
    ended.run_forever()
    ended.close()
    assert paper.said == []
    asyncio.run(say())
    assert paper.said == [["one", "two"]]


def test_a_line_of_a_request_is_as_loud_as_one_of_level_info(paper: Paper) -> None:
    of_request(status=200, route="/accounts")
    logging.getLogger("dega.requests").info("request", extra={"status": 200, "route": "/accounts"})
    one, other = (json.loads(text) | {"at": ""} for text in paper.writes)
    assert one == other
    logging.getLogger().setLevel(logging.WARNING)
    of_request(status=200)
    assert len(paper.writes) == 2


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "raise ValueError"])
def test_nothing_is_lost_where_the_process_ends_by_itself(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", ENDS.format(end=end)], capture_output=True, text=True, check=False)
    said = [json.loads(line)["what"] for line in done.stderr.splitlines() if line.startswith("{")]
    assert said == ["the first one", "the last one", "request"]
