"""The branch in a process of its own, put together as `dega serve` does it; and on its loop, at another port, a handler
that does nothing: what the loop, aiohttp and this machine can do at most.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

from dega import logs
from dega.app import Gateways, run_bank, web_application
from dega.bank import Keys, Sms
from dega.clock import MovableClock
from dega.config import Config
from dega.web import guards
from dega.web.keys import Assembly, GateView
from dega.web.listening import HOW, listening

PROVIDER_SECONDS = 0.2
"""How long the providers of SMS and e-mail take for a message, as one over the network does."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the branch listens, where the handler that does nothing, and the process."""

    port: int
    hello: int
    pid: int


async def _sms(_: Sms) -> str:
    await asyncio.sleep(PROVIDER_SECONDS)
    return "sent"


async def _email(*_: str) -> None:
    await asyncio.sleep(PROVIDER_SECONDS)


async def _serve(told: Connection, config: Config, keys: Keys, moved: timedelta) -> None:
    clock, view, stop = MovableClock(), GateView(), asyncio.Event()
    clock.travel_to(clock.now() + moved)
    asyncio.get_running_loop().add_reader(told.fileno(), stop.set)
    async with run_bank(config, clock=clock, keys=keys, gateways=Gateways(_sms, _email), gate_view=view) as running:
        app = web_application(running.bank, Assembly(hosts=frozenset({"127.0.0.1"})), view)

        async def hello(_: web.Request) -> web.Response:
            return web.Response(text="hello")

        async def inside(_: web.Request) -> web.Response:
            return web.json_response({"in_flight": len(app[guards.IN_FLIGHT][True])})

        bare = web.Application()
        bare.router.add_get("/", hello)
        bare.router.add_get("/inside", inside)
        runner = web.AppRunner(bare, **HOW)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with listening(app, "127.0.0.1", 0) as (_, port):
            told.send(Doors(port, runner.addresses[0][1], os.getpid()))
            await stop.wait()
        await runner.cleanup()


def run(told: Connection, log: Path, config: Config, keys: Keys, moved: timedelta) -> None:
    """What the process does; its log goes to a file, as a service's does."""
    import uvloop

    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
    logs.set_up()
    uvloop.run(_serve(told, config, keys, moved))


class Branch:
    """The process, for the length of a `with` block."""

    def __init__(self, log: Path, config: Config, keys: Keys, moved: timedelta) -> None:
        self._arguments = (log, config, keys, moved)

    def __enter__(self) -> "Branch":
        context = multiprocessing.get_context("spawn")
        self._told, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, *self._arguments), daemon=True)
        self._process.start()
        theirs.close()
        if not self._told.poll(30):
            raise TimeoutError("the branch didn't open")
        self.doors: Doors = self._told.recv()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._told.send("close")
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()

    def most_memory(self) -> float:
        """Megabytes that the process has had resident at most."""
        status = Path(f"/proc/{self.doors.pid}/status").read_text(encoding="ascii")
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(kilobytes) / 1024

    def in_flight(self) -> int:
        """How many forms it is at now."""
        from urllib.request import urlopen

        with urlopen(f"http://127.0.0.1:{self.doors.hello}/inside", timeout=10) as answer:
            found: int = json.load(answer)["in_flight"]
        return found
