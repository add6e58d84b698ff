"""`dega serve`: the bank in production. The demo's switches have no way here, and a database of the demo is refused."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import click
from aiohttp import web

from dega import logs
from dega.access import delivery
from dega.app import Gateways, hosts_of, run_bank, web_application
from dega.bank import Keys
from dega.cli.reseal import find_wants
from dega.cli.secrets import read_rings
from dega.cli.terminal import Trouble, connected, run, with_config
from dega.clock import Clock
from dega.config import Config
from dega.gateways.credentials import Credentials, read_credentials
from dega.gateways.email import email_gateway
from dega.gateways.sms import sms_gateway
from dega.keyring import Keyring
from dega.store import ledger, schema
from dega.store.cache import Cache
from dega.web.keys import Assembly, GateView
from dega.web.listening import listening

log = logging.getLogger(__name__)


@click.command()
@with_config
def serve(config: Config) -> None:
    """Serve customers, until SIGTERM or Ctrl-C.

    Listens where [web] says; a proxy stands in front, with https and a time limit for the headers of a request.
    """
    logs.set_up()
    rings = read_rings(Path(config.secrets.folder), os.environ)
    run(_serve(config, rings, read_credentials(config, os.environ)))


async def _serve(config: Config, rings: Mapping[str, Keyring], credentials: Credentials) -> None:
    obstacles = await find_obstacles(config, rings)
    if obstacles:
        raise Trouble("\n".join(["this bank can't be served:", *(f"  {obstacle}" for obstacle in obstacles)]))
    clock, view, keys = Clock(), GateView(), Keys.of(rings)
    async with sms_gateway(config.sms, credentials, partial(delivery.report_url, config, keys)) as sms:
        gateways = Gateways(sms.send, email_gateway(config.email, credentials, clock).send, sms.listen)
        async with run_bank(config, clock=clock, keys=keys, gateways=gateways, gate_view=view) as running:
            app = web_application(running.bank, Assembly(hosts_of(config)), view)
            await run_web(app, config.web.host, config.web.port)


async def find_obstacles(config: Config, rings: Mapping[str, Keyring]) -> list[str]:
    """Everything that must be mended before customers are served, a sentence for each."""
    obstacles = []
    if not config.web.secure_cookies:
        obstacles.append("web.secure_cookies is false: only the demo goes without https")
    async with connected(config.database.dsn) as connection:
        steps = [step for step in await schema.steps(connection) if step.standing != "applied"]
        obstacles += [f"migration {step.name} is {step.standing} (`dega db status`)" for step in steps]
        if not steps and await ledger.clock_is_moved(connection):
            obstacles.append("somebody moved the clock of this database: it is one of the demo or of tests")
        if not steps:
            obstacles += await find_wants(connection, rings, of_staff=False)
    cache = Cache(config.cache)
    try:
        problem = await cache.problem()
    finally:
        await cache.close()
    if problem:
        obstacles.append(f"{config.cache.url}: {problem}")
    return obstacles


async def run_web(app: web.Application, host: str, port: int, opened: Callable[[], None] | None = None) -> None:
    """Answer on `host` and `port` until SIGTERM or SIGINT; then listen no more, and finish what runs.

    `opened` is called once customers are answered and a signal ends it in peace.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with AsyncExitStack() as stack:
            try:
                address = await stack.enter_async_context(listening(app, host, port))
            except OSError as error:
                raise Trouble(f"can't listen on {host}:{port}: {error.strerror}.") from error
            log.info("open", extra={"address": address})
            if opened is not None:
                opened()
            await stop.wait()
            log.info("closing")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
