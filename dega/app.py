"""Puts the bank together: config, database, cache, poster, gateways; then web and night. It alone knows everyone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web

from dega.access import delivery, lockout
from dega.access.hasher import Hasher
from dega.accounts import incoming
from dega.accounts.rates import keep_tariff
from dega.bank import Bank, CodeSender, Fate, Keys, Sms
from dega.clock import Clock
from dega.config import Config
from dega.ledger import gate
from dega.ledger.post import GroupPoster
from dega.night.blocks import BlockWatch
from dega.night.dispatch import CodeDispatch, Dispatcher, Senders
from dega.night.letters import Letters
from dega.night.scheduler import Scheduler
from dega.night.seals import SealRound
from dega.night.timetable import Round, timetable
from dega.payments import promises
from dega.sealing import SealedFields
from dega.store.cache import Cache
from dega.store.database import Database, name_with
from dega.store.together import Together
from dega.web import guards, render, static, turns
from dega.web.headers import on_every_answer
from dega.web.keys import ASSEMBLY, BANK, GATE, ROUTE_OF, Assembly, GateView
from dega.web.routes import ROUTES, Route, add
from dega.web.unread import UNREAD, Unread


@asynccontextmanager
async def open_bank(config: Config, *, dsn: str, clock: Clock, codes: CodeSender, keys: Keys) -> AsyncIterator[Bank]:
    """The bank on the database of `dsn`, for as long as the block runs; deeds that wait at its end are booked first."""
    database = await Database.open(dsn, config.database, name_with([keys.pepper, keys.fields, keys.seals]))
    cache = Cache(config.cache)
    hasher = Hasher(config.access, keys.pepper)
    fields = SealedFields(keys.fields)
    poster = GroupPoster(
        database,
        fields,
        clock,
        config.window.window,
        writers=config.database.posting_connections,
        most_waiting=config.database.queue,
        most_in_batch=config.database.batch,
    )
    try:
        yield Bank(config, clock, database, cache, poster, codes, keys, hasher, fields, Together(database))
    finally:
        await poster.close()
        hasher.close()
        await cache.close()
        await database.close()


@dataclass(frozen=True, slots=True)
class Gateways:
    """The ways to the outside: each sends one message, or raises `outbox.NotDelivered`.

    `listen` is given who wants to know what the SMS gateway hears of its messages later.
    """

    sms: Callable[[Sms], Awaitable[str]]
    email: Callable[[str, str, str, str], Awaitable[None]]
    listen: Callable[[Callable[[str, Fate], Awaitable[None]]], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Running:
    """A bank with its night at work. `look_at_gate` makes the night look now rather than in a second."""

    bank: Bank
    look_at_gate: Callable[[], Awaitable[object]]


@asynccontextmanager
async def run_bank(
    config: Config, *, clock: Clock, keys: Keys, gateways: Gateways, gate_view: GateView
) -> AsyncIterator[Running]:
    """The bank with its night: the gate follows the window, notices are sent, codes reach phones."""
    async with AsyncExitStack() as stack:
        codes = CodeDispatch(gateways.sms, timeout_seconds=config.sms.timeout_seconds)
        bank = await stack.enter_async_context(
            open_bank(config, dsn=config.database.dsn, clock=clock, codes=codes, keys=keys)
        )
        stack.push_async_callback(codes.close)
        gateways.listen(partial(delivery.settle, bank))
        await gate.keep_window(bank.database, config.window.window)
        await keep_tariff(bank.database, config.tariff)
        dispatcher = Dispatcher(
            bank.database, Senders(gateways.sms, gateways.email, bank.fields), Letters(config.contacts)
        )
        stack.push_async_callback(dispatcher.close)
        scheduler = Scheduler(
            bank,
            gate_view.tell,
            jobs=timetable(bank),
            rounds=(
                Round("seal the books", 60, SealRound(bank.database, keys.seals, config.books.heads)),
                Round("book credits that came too late", 10, partial(incoming.book_late, bank)),
                Round("keep promises", 5, partial(promises.keep_promises, bank)),
            ),
        )
        scheduler.start()
        stack.push_async_callback(scheduler.close)
        watch = BlockWatch(partial(lockout.tell_owners, bank))
        stack.push_async_callback(watch.close)
        yield Running(bank, scheduler.turn)


def web_application(bank: Bank, assembly: Assembly, gate: GateView, more: tuple[Route, ...] = ()) -> web.Application:
    """The pages on top of the bank. `more` are addresses that only some runs have: the demo's phone and clock."""
    app = web.Application(middlewares=guards.CHAIN, client_max_size=16384)
    app[BANK] = bank
    app[ASSEMBLY] = assembly
    app[GATE] = gate
    app[UNREAD] = Unread(bank)
    turns.set_up(app)
    app[guards.IN_FLIGHT] = guards.nobody_yet()
    app[ROUTE_OF] = {route.path: route for route in (*ROUTES, *more)}
    render.set_up(app)
    add(app, ROUTES + more)
    app.router.add_get(static.PATH, static.send)
    app.on_response_prepare.append(on_every_answer(app))
    return app


def hosts_of(config: Config) -> frozenset[str]:
    """The host names that are answered: the public one and the one listened on."""
    public = urlsplit(config.web.public_url).hostname or ""
    return frozenset({public, config.web.host})
