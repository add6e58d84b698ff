"""Customers' browsers in a process of their own: bytes prepared beforehand, connections kept open, as little of Python
as can be. `busy` says how much of its core it took: a generator at its limit would measure itself.
"""

import asyncio
import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

Ready = Callable[[], Awaitable[None]]

AT_ONCE = 64
"""Connections opened at a time: a server keeps only so many until it takes them."""


@dataclass(slots=True)
class Answers:
    """What came back: how many of each status in how many seconds, and how long each took (seconds, in any order)."""

    seconds: float
    statuses: dict[int, int]
    waits: list[float] = field(repr=False)
    busy: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The wait that this share of the answers kept below."""
        return sorted(self.waits)[min(int(len(self.waits) * share), len(self.waits) - 1)]


class _Caller(asyncio.Protocol):
    """One browser: sends, waits for the whole answer, sends the next."""

    def __init__(self, take: Callable[[], bytes | None], answers: Counter[int], waits: list[float]) -> None:
        self._take, self._answers, self._waits = take, answers, waits
        self._transport: Any = None
        self._rest = b""
        self._missing = 0
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def call(self) -> None:
        """Send the next request, if there is one."""
        request = self._take()
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            data = self._rest + data if self._rest else data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            self._rest = b""
            self._answers[int(data[9:12])] += 1
            length = data.find(b"Content-Length: ", 0, end)
            size = int(data[length + 16 : data.find(b"\r", length)]) if length >= 0 else 0
            self._missing = end + 4 + size - len(data)
        if self._missing == 0:
            self._waits.append(time.perf_counter() - self._sent)
            self.call()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"the server hung up: {exc}"))


async def _connect(port: int, callers: int, make: Callable[[], _Caller]) -> list[_Caller]:
    loop, made = asyncio.get_running_loop(), []
    for first in range(0, callers, AT_ONCE):
        pairs = [loop.create_connection(make, "127.0.0.1", port) for _ in range(min(AT_ONCE, callers - first))]
        made += [caller for _, caller in await asyncio.gather(*pairs)]
    return made


async def _closed(ready: Ready, port: int, requests: list[bytes], callers: int, seconds: float | None) -> Answers:
    """Each caller asks again as soon as it is answered: for so many seconds, or until each request was sent once."""
    answers, waits = Counter[int](), list[float]()
    queue = deque(requests)
    ends = 0.0

    def again() -> bytes | None:
        if time.perf_counter() >= ends:
            return None
        queue.rotate(-1)
        return queue[0]

    def once() -> bytes | None:
        return queue.popleft() if queue else None

    made = await _connect(port, callers, lambda: _Caller(once if seconds is None else again, answers, waits))
    await ready()
    begins, worked = time.perf_counter(), time.process_time()
    ends = begins + (seconds or 0)
    for caller in made:
        caller.call()
    await asyncio.gather(*(caller.done for caller in made))
    took = time.perf_counter() - begins
    for caller in made:
        caller._transport.close()
    return Answers(took, dict(answers), waits, (time.process_time() - worked) / took)


async def _paced(ready: Ready, port: int, requests: list[bytes], rate: float, seconds: float) -> Answers:
    """A request every so often, whether or not the last one is answered; waits count from when it was due."""
    answers, waits = Counter[int](), list[float]()
    sent: deque[bytes | None] = deque()
    made = await _connect(port, 64, lambda: _Caller(lambda: sent.popleft() if sent else None, answers, waits))
    idle = deque(made)
    await ready()
    begins, worked = time.perf_counter(), time.process_time()
    for number in range(int(rate * seconds)):
        due = begins + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        caller = idle[0]
        idle.rotate(-1)
        sent.append(requests[number % len(requests)])
        caller.done = asyncio.get_running_loop().create_future()
        caller.call()
        caller._sent = due
    await asyncio.wait([caller.done for caller in made], timeout=30)
    took = time.perf_counter() - begins
    return Answers(took, dict(answers), waits, (time.process_time() - worked) / took)


def _work(orders: Connection) -> None:
    import uvloop

    async def ready() -> None:
        """All are connected; they begin when they are told to."""
        orders.send("ready")
        orders.recv()

    while True:
        order = orders.recv()
        if order is None:
            return
        how, *words = order
        orders.send(uvloop.run((_closed if how == "closed" else _paced)(ready, *words)))


class Load:
    """A process full of browsers, for the length of a `with` block."""

    def __enter__(self) -> "Load":
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.send(None)
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def begin(self, how: str, *words: object) -> None:
        """Connect for `closed` (port, requests, callers, seconds or None), `paced` (port, requests, rate, seconds)."""
        self._orders.send((how, *words))
        if not self._orders.poll(30):
            raise TimeoutError("no connections to the server")
        self._orders.recv()

    def go(self) -> None:
        """Let them call."""
        self._orders.send("go")

    def answers(self, patience: float = 120) -> Answers:
        """What came of what was begun. Raises TimeoutError."""
        if not self._orders.poll(patience):
            raise TimeoutError("no answers from the load")
        answers: Answers = self._orders.recv()
        return answers

    def closed(self, *words: object) -> Answers:
        """Begin, and wait."""
        self.begin("closed", *words)
        self.go()
        return self.answers()

    def paced(self, *words: object) -> Answers:
        """Begin, and wait."""
        self.begin("paced", *words)
        self.go()
        return self.answers()
