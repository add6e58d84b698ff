"""No secret of a customer shows where it doesn't belong: a whole life with the bank, and then the search for them.

Searched are all lines of the log (from DEBUG on), what was said to Valkey and is kept there, every table of PostgreSQL,
what both servers wrote themselves, and every answer that a browser was given.
"""

import html
import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from hashlib import sha256
from io import StringIO
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from browser_session import Browser
from cast import Admin, Cast, fund, open_account
from gateways.mail_server import MailServer
from gateways.test_email import to as mail_at
from gateways.test_sms import to as kannel_at
from journeys import life
from journeys.canaries import Answers, Canaries, eavesdropper, log_at_its_loudest, logs_of_servers
from journeys.life import CONTACT, EMAIL, LAST, MISPLACED, MOBILE, NEXT, NUMBER, PASSWORD, TYPO, Wire, World

from dega.access import delivery
from dega.app import Gateways, run_bank, web_application
from dega.bank import Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.embedded.supervisor import Servers
from dega.gateways import EmailGateway, SmsGateway
from dega.gateways.credentials import Credentials
from dega.gateways.email import LogEmail, SmtpEmail
from dega.gateways.sms import LogSms, sms_gateway
from dega.money import Currency
from dega.store.accounts import open_customer
from dega.web.keys import Assembly, GateView
from dega.web.listening import listening

CREDENTIALS = Credentials(sms_user="dega", sms_password="provider canary 5/7", email_password="mail canary & 9")

MEANT_TO_BE_THERE = {
    "GET /security/factors/app/code": ("seed",),
    "POST /security/factors/app/code": ("seed", "recovery code"),
    "POST /security/passkeys/make": ("recovery code",),
    "POST /": ("misplaced",),  # what was typed as a number is given back, to be corrected
}
"""Pages that show a secret to its owner, and which."""


@pytest.fixture
def canaries() -> Canaries:
    canaries = Canaries()
    for password in (PASSWORD, TYPO, NEXT, LAST):
        canaries.add("password", password)
    canaries.add("misplaced password", MISPLACED)
    canaries.add("provider's password", CREDENTIALS.sms_password)
    canaries.add("mail server's password", CREDENTIALS.email_password)
    canaries.add("mobile", MOBILE, MOBILE[1:], "0694177317", "69 417 7317", "69 41 77 317")
    canaries.add("e-mail", EMAIL, "k4n4rina")
    canaries.add("contact of a message", CONTACT)
    return canaries


@pytest.fixture
def log() -> Iterator[StringIO]:
    with log_at_its_loudest() as heard:
        yield heard


@pytest.fixture
async def said_to_valkey(servers: Servers) -> AsyncIterator[bytearray]:
    async with eavesdropper(servers) as heard:
        yield heard


@pytest.fixture
def answers(canaries: Canaries) -> Answers:
    return Answers(canaries)


async def parrot(request: web.Request) -> web.Response:
    """A provider that takes nothing and repeats all that it was told."""
    said = f"{request.method} {request.path_qs} {await request.text()}"
    reason = re.sub(r"[^ -~]", " ", request.query.get("text", "no"))
    return web.Response(status=500, reason=reason, text=said, headers={"X-Said": request.query_string})


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", parrot)
    async with TestServer(app) as server:
        yield str(server.make_url("/cgi-bin/sendsms"))


@pytest.fixture
async def world(
    log: StringIO, config: Config, clock: MovableClock, machine: TimeMachine, keys: Keys, cast: Cast, admin: Admin,
    canaries: Canaries, answers: Answers,
) -> AsyncIterator[World]:  # fmt: skip
    """The bank with its night, its gateways only writing into the log, and somebody who may register."""
    config = replace(
        config,
        web=replace(config.web, posts_a_minute=6000),
        codes=replace(config.codes, hourly=1000, daily_sms=1000),
    )
    wire, view = Wire(LogSms(), LogEmail()), GateView()
    gateways = Gateways(wire.sms, wire.email)
    async with run_bank(config, clock=clock, keys=keys, gateways=gateways, gate_view=view) as running:
        bank = running.bank
        app = web_application(bank, Assembly(hosts=frozenset({"127.0.0.1"})), view)
        async with (
            listening(app, "127.0.0.1", 0) as address,
            ClientSession(
                "http://{}:{}".format(*address), cookie_jar=CookieJar(unsafe=True), trace_configs=[answers]
            ) as client,
        ):
            yield World(bank, Browser(client), wire, canaries, admin, machine, cast.besnik.lek, address)


@pytest.fixture
async def failing(world: World, provider: str) -> AsyncIterator[tuple[SmsGateway, EmailGateway]]:
    """A provider and a mail server that refuse everything, saying what they were told."""
    bank = world.bank
    async with AsyncExitStack() as stack:
        report_url = partial(delivery.report_url, bank.config, bank.keys)
        sms = await stack.enter_async_context(
            sms_gateway(kannel_at(provider, answer="0: Accepted"), CREDENTIALS, report_url)
        )
        server = await stack.enter_async_context(MailServer(refuses=True))
        yield sms, SmtpEmail(mail_at(server.port), CREDENTIALS, bank.clock)


async def move_in(world: World) -> str:
    """The IBAN of the new customer, who has some money."""
    opened = (NUMBER, "J61023077K", "individual", "Zana Kuqja", MOBILE, EMAIL, 2, "sq")
    customer_id = await open_customer(world.admin, world.bank.fields, *opened)
    assert customer_id is not None
    account = await open_account(world.admin, customer_id, 770, Currency.ALL)
    await fund(world.bank, account, 10_000_000)
    return account.iban


async def test_whatever_happens_no_secret_of_a_customer_shows_where_it_does_not_belong(
    world: World, failing: tuple[SmsGateway, EmailGateway], log: StringIO, said_to_valkey: bytearray, answers: Answers
) -> None:
    iban = await move_in(world)
    await life.register(world)
    await life.log_in(world)
    await life.pay(world, iban)
    await life.change_password(world)
    await life.lose_the_gateways(world, iban, *failing)
    await life.add_app(world)
    await life.use_app(world)
    await life.use_passkey(world)
    await life.leave_words(world)
    await life.hear_of_deliveries(world)
    await life.meet_faults(world)
    await life.send_what_is_refused(world)
    for answer in await life.send_what_is_no_http(world):
        world.report("answers to what is no HTTP", answer)
    await search(world, log, said_to_valkey, answers)
    assert world.leaks == []


async def search(world: World, log: StringIO, said_to_valkey: bytearray, answers: Answers) -> None:
    """Search all that was heard."""
    lines = log.getvalue().splitlines()
    assert {json.loads(line)["from"] for line in lines} >= {"dega.requests", "dega.gateways.sms", "dega.web.errors"}
    for line in lines:
        world.report(f"log: {line[:200]}", line.encode())
    assert b'"EVALSHA"' in said_to_valkey
    world.report("what was said to Valkey", bytes(said_to_valkey))
    world.report("logs of the servers", await logs_of_servers(world.admin))
    assert {answer.status for answer in answers.kept} >= {200, 204, 303, 403, 405, 413, 415, 421, 422, 500}
    for answer in answers.kept:
        meant = ("form token", *MEANT_TO_BE_THERE.get(answer.asked, ()))
        world.report(f"page: {answer.asked} {answer.status}", answer.body, *meant)
        world.report(f"headers: {answer.asked} {answer.status}", answer.headers)


WAYS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "with combining marks": lambda text: unicodedata.normalize("NFD", text).encode(),
    "in an address": lambda text: quote(text).encode(),
    "in a form": lambda text: quote_plus(text).encode(),
    "in a page": lambda text: html.escape(text).encode(),
    "in JSON": lambda text: json.dumps([text]).encode(),
    "quoted by Python": lambda text: repr(text.encode()).encode(),
    "quoted by Python in JSON": lambda text: json.dumps(repr(text.encode())).encode(),
    "in hexadecimal": lambda text: text.encode().hex().encode(),
    "in base64": lambda text: b64encode(text.encode()),
    "in base64 of more": lambda text: b64encode(f"x{text} and more".encode()),
    "in base64 of still more": lambda text: b64encode(f"xy{text}|".encode()),
    "hashed without a key": lambda text: sha256(text.encode()).hexdigest().encode(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [PASSWORD, "k\u00ebshtjell\u00eb\"'&7\\", EMAIL, "481516234201"])
def test_the_search_finds_a_secret_however_it_is_written(way: str, secret: str) -> None:
    canaries = Canaries()
    canaries.add("secret", secret)
    heap = b"before " + WAYS[way](secret) + b" after"
    assert canaries.found(heap) == {"secret"}
    assert canaries.found(heap, "sec") == set()
    assert canaries.found(heap.replace(WAYS[way](secret), b"nothing")) == set()


def test_the_search_tells_a_code_from_other_numbers() -> None:
    canaries = Canaries()
    canaries.add("code", "481516")
    for said in (b"kodi 481516, vlen", b'"code":481516}', b"code=481516&", b"'481516'"):
        assert canaries.found(said), said
    for other in (b"10:00:01.481516+00", b"a481516b", b"4815162", b"0x481516ff"):
        assert not canaries.found(other), other
