"""Puts the bank together: config, database, cache, clock, poster, gateways; then web and night. It alone knows everyone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from dega.access.hasher import Hasher
from dega.bank import Bank, CodeSender, Keys
from dega.clock import Clock
from dega.config import HOUSE, Config
from dega.ledger.post import GroupPoster
from dega.store.cache import Cache
from dega.store.database import Database

if TYPE_CHECKING:
    from dega.web.keys import Assembly, GateView
    from dega.web.routes import Route


@asynccontextmanager
async def open_bank(config: Config, *, dsn: str, clock: Clock, codes: CodeSender, keys: Keys) -> AsyncIterator[Bank]:
    """The bank on the database of `dsn`, for as long as the block runs; deeds that wait at its end are booked first."""
    database = await Database.open(dsn, config.database)
    cache = Cache(config.cache)
    hasher = Hasher(config.access, keys.pepper)
    poster = GroupPoster(
        database,
        clock,
        config.window.window,
        writers=config.database.posting_connections,
        most_waiting=config.database.queue,
        most_in_batch=config.database.batch,
    )
    try:
        yield Bank(config, clock, database, cache, poster, codes, keys, hasher)
    finally:
        await poster.close()
        hasher.close()
        await cache.close()
        await database.close()


def web_application(
    bank: Bank, assembly: "Assembly", gate: "GateView", more: "tuple[Route, ...]" = ()
) -> web.Application:
    """The pages on top of the bank. `more` are addresses that only some runs have: the demo's phone and clock."""
    from dega.web import environment, guards
    from dega.web.keys import ASSEMBLY, BANK, GATE
    from dega.web.routes import ROUTES, add

    app = web.Application(middlewares=guards.CHAIN, client_max_size=16384)
    app[BANK] = bank
    app[ASSEMBLY] = assembly
    app[GATE] = gate
    app[guards.IN_FLIGHT] = set()
    app[guards.ROUTE_OF] = {route.path: route for route in (*ROUTES, *more)}
    environment.set_up(app)
    add(app, ROUTES + more)
    app.router.add_static("/static", HOUSE / "static")
    app.on_response_prepare.append(guards.headers)
    return app


def hosts_of(config: Config) -> frozenset[str]:
    """The host names that are answered: the public one and the one listened on."""
    public = urlsplit(config.web.public_url).hostname or ""
    return frozenset({public, config.web.host})
