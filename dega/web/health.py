"""For proxies and operators: is the process alive, and can it serve customers?"""

from aiohttp import hdrs, web

from dega import metrics
from dega.errors import PartAway
from dega.ledger.post import CLOCKS_APART
from dega.store import ledger
from dega.store.database import AWAY
from dega.web.keys import BANK

LOCAL = ("127.0.0.1", "::1", None)
"""Where questions come from that no proxy passed on; None is a socket of the machine's own."""


async def live(request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"live": True})


async def ready(request: web.Request) -> web.Response:
    """Database and cache answer, and the cache may be used: 200, else 503 with what is away."""
    bank = request.app[BANK]
    problems = []
    try:
        async with bank.database.connection() as connection:
            apart = abs(await ledger.bank_clock(connection) - bank.clock.now())
        if apart > CLOCKS_APART:  # nothing is booked until they agree again
            problems.append("clock")
    except (PartAway, *AWAY):
        problems.append("database")
    if not bank.poster.is_alive:
        problems.append("postings")
    try:
        if await bank.cache.problem():
            problems.append("cache policy")
    except PartAway:
        problems.append("cache")
    return web.json_response({"ready": not problems, "away": problems}, status=503 if problems else 200)


async def counted(request: web.Request) -> web.Response:
    """What the bank counts about itself, for whoever asks on the machine itself; through a proxy it isn't there."""
    if hdrs.X_FORWARDED_FOR in request.headers or request.remote not in LOCAL:
        return web.Response(status=404)
    return web.Response(body=metrics.exposition(), content_type="text/plain", charset="utf-8")
