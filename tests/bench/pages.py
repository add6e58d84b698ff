"""The bank over HTTP against a handler of the same loop that does nothing, in turn, in one run.

What was tried and what it gave, in shares of that handler's requests a second (accounts page / activity of 50 rows /
confirmed transfer). These are single runs on two virtual cores that others used as well: steps smaller than a quarter
show nothing, and where two stand in a line they weren't measured apart.

    as it stood                                                                     0.03   0.010  0.011
    commands of one turn of the loop to Valkey together, packed by hiredis            0.043  0.013  0.009
    reads of one turn ask PostgreSQL together                                         0.048  0.011  0.012
    macros imported without context, rows as flat tuples                              0.063  0.013  0.020
    what is the same for many requests once, cookies split, records without caller;
      texts without special signs not escaped; right codes of one turn in a statement  0.084  0.021  0.052
    macros only for hints and errors, assets folded, globals one dictionary,
      gc.freeze                                                                       0.11   0.025  0.06
    a bench later, of the same state, on a quieter machine                            0.08   0.029  0.052
    all that stands in the tables below, but for the rows of an activity laid out
      from pieces, sixteen of them in a statement, and answers that leave together      0.139  0.044  0.077
    these too, in two whole runs: others at work on the machine make the difference   0.194  0.070  0.084
                                                                                      0.143  0.049  0.064

The confirmed transfer alone, as the processor time that it costs the process / PostgreSQL, in that of one request to
the bare handler: medians of rounds in turn with it. Other load disturbs this less; a tenth up or down still shows
nothing.

    as it stood                                                                      20    / 12
    payment and payer read once and at the same time, structs for frozen dataclasses 17    / 10.5
    letters that were sent in one turn marked by one statement                       16    /  8.7
    a form doesn't ask for the mark in the menu                                      not beyond the noise
    (64 forms at work rather than 32: they share exchanges and batches of postings   13    /  5.7)
    (two writers of postings rather than three, with 64: larger batches              12.6  /  5.0)

What stands in brackets isn't done. Forms go through their steps in lockstep, so that pages beside them wait for all of
them at each step: at the 99th percentile 23 to 40 ms with 16, 36 to 81 with 32, 62 to 113 with 64, 157 with 128.
Nothing came of one lane for each kind of question rather than two. Of the process's time that is left two fifths are
the steps before the page, a fifth the page, an eighth the posting, a tenth exchanges, a tenth the answer's way out,
3 % letters.

An activity of 50 rows, as microseconds of processor time, before and after each step in turn, beside other load that
moves them by a third:

    rows taken as the store gives them, dates    making the rows alone 423-478 -> 380-410; a whole request 2134-2864
      and amounts without strftime                 -> 2481-2500, which is not beyond the noise
    pages without a filter read together         PostgreSQL 777-972 -> 457-529; the process 1914-2621 -> 1833-2100
    what we made is written as it is, no macro's filling the table alone 164-211 -> 113-140; not beyond the noise of a
      text copied again                            whole request
    entries are the store's own, booked in         reading 50 of them 200-217 -> 111-127, their rows alone 229 -> 159;
      seconds since 1970 rather than as instants   a whole request 1890-2240 -> 1410-1420
    templates call macros themselves; what all     filling the page of the accounts alone 42 -> 32, of an activity
      pages show is laid out once                  223 -> 190; with cold caches 61 -> 47, 265 -> 215

    days and minutes of an hour kept, amounts,     fifty rows alone 165 -> 125, the page without rows 89-102 -> 77-84;
      references and names of kinds looked up once;  a whole request in six rounds in turn 1328-1633 -> 1209-1370,
      accounts read once; macros are functions       medians 1480 and 1300
    an entry's values laid between the pieces of   a whole request in ten to sixteen rounds in turn 1448 -> 1318
      a row that the template made once
    entries of sixteen pages in a statement        1218 -> 1083 with the line before; the process is at work 0.85 of the
                                                     time rather than 0.75, and answers 15 % more with both

Answers that leave by eight, sixteen or sixty-four: no difference. Sixteen pages in a statement for all kinds of
questions cost the accounts page 7 %; eight, four and one of them an activity 1.05, 1.2 and 1.5 times the process's time
and 1.3, 1.7 and 3.5 times the server's. Of an activity's 1300 microseconds its rows take 400, without them it is at
780, and of these a page of accounts takes 420. On Debian's own Python 3.11, which is compiled for speed, pages cost a
fifth less and the bare handler a sixth.

The accounts page, as microseconds of the process's processor time, before and after each step in turn with it:

    lines of a turn of the loop written together, that of a request without a record; guards that only look
      are steps of one middleware, cookies and what is plain found once         512-627 -> 441-505
    drafts asked for beside the accounts; structs for money, visitors and browsers     not beyond the noise
    answers of a turn of the loop leave together: each woke its reader, which took     441 -> 363, 23 % more a second;
      a fourteenth of the process's time                                         an activity 4 % less, 5 % more a second

A confirmed transfer in the same way, in rounds in turn; what stands alone was measured in a loop of its own:

    answers told before the connection goes back,  process 702-912 -> 650-770, PostgreSQL 273-362 -> 258-317, a page of
      lanes that begin a turn of the loop sooner     accounts 589-770 -> 501-565; in later rounds not beyond the noise
    sealed fields read and written by binascii     alone 5.6 -> 3.1 and 3.1 -> 2.1: two and one for each transfer
    patience as a timer of the ledger's            alone 12.4 -> 6.4, with what is waited for
    throttle, session's standing, payment and      seven waves -> five; medians of three rounds of 2 or 3 were
      payer asked for at the same time               1 090 -> 1 241, 1 056 -> 965 and, beside other load, 876 -> 1 206
                                                     a second: not beyond the noise

Forms stay together: nearly every exchange is of all 32 who are at work. Such a round took 28 milliseconds (6 the
session, 9 what is asked together, 5 the code, 8 its admission), of which the process worked 23. Single runs of at most
32 of 64, and of 16 of 32, in one exchange showed no gain in the rate: more exchanges cost what the overlap brings.

Pages beside 1 024 who pay gain nothing by answers that are told to eight forms at a time, each in a turn of the loop:
batches get smaller, a quarter to a third fewer transfers are made, and pages wait longer (at the 99th percentile 65 to
103 ms against 59 to 61 with 32 at work, 98 to 110 against 49 to 75 with 64).

Of PostgreSQL's 300 microseconds for a transfer 180 are the one statement that writes a batch: 65 of them its triggers,
24 the payment's row, 20 the letter's, 17 the second writing of its code. 30 keep that the code was right, 20 read and
lock payments, 16 are the page's payment, 7 the payer, 5 to 8 each whatever else. A letter that is sent costs 70 more.

Nothing that could be told from noise: batches of 40 deeds rather than 500, and 12 forms at work rather than 32, for the
patience of pages. What is left is time in the interpreter: of the accounts page a third in the template, a fortieth
in the line of the log, which took a twelfth. A row of the activity takes twice as long in the server as alone in a
loop.
"""

import asyncio
import contextlib
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import asyncpg
import click

from dega.accounts.activity import MOST_READ
from dega.app import open_bank
from dega.bank import Bank, Keys, Sms, Told
from dega.cli.terminal import run
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock, day_start, local_day
from dega.config import HOUSE, SECRETS, Config, read
from dega.embedded import Servers, start
from dega.keyring import Keyring
from dega.ledger.books import check_books
from dega.ledger.chart import CASH, bank_account, open_chart
from dega.money import Currency
from dega.store.books import guilty_rows
from dega.store.migrate import migrate
from tests.bench.branch import Branch
from tests.bench.customers import Person, draft, open_customers
from tests.bench.history import fill
from tests.bench.load import Answers, Load

FOLDER = HOUSE / "var" / "bench-pages"
DATABASE = "pages"

CALLERS = 64
CUSTOMERS = 2_000
ROUNDS = 3
SECONDS = 2.0
TRANSFERS = 2_500
TRANSFER_CALLERS = 256
ROWS = 50
IN_FLIGHT = 1_024
SATURATING = 8_000
LOW_RATE, PATIENCE_SECONDS = 100, 5.0
SHORT, BOUND, LONG = 1_000, MOST_READ, 1_000_000
TURNS = 7


class Nobody:
    """Codes that are sent nowhere: they are known already."""

    def send(self, sms: Sms, told: Told) -> None:
        """Nowhere."""

    def refuse(self, told: Told) -> None:
        """Nowhere."""


@dataclass(frozen=True, slots=True)
class World:
    """A bank with customers who are logged in, and a branch that serves them."""

    bank: Bank
    admin: asyncpg.Connection
    people: list[Person]
    branch: Branch
    load: Load


def measure(servers: Servers) -> dict[str, float]:
    """The figures, by name. Works in a database of its own on these servers, and leaves nothing there."""
    return run(_measure(servers))


async def _measure(servers: Servers) -> dict[str, float]:
    default = await asyncpg.connect(servers.postgres_dsn("dega_admin"))
    await default.execute(f"CREATE DATABASE {DATABASE}")
    try:
        async with _world(servers) as world:
            figures = await _rates(world)
            figures |= await _in_flight(world)
            figures |= await _patience(world)
            await _hold_true(world)
            figures |= await _long_accounts(world)
        return figures
    finally:
        await default.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        await default.close()


@contextlib.asynccontextmanager
async def _world(servers: Servers) -> AsyncIterator[World]:
    config, clock = _config(servers), MovableClock()
    keys = Keys.of({name: Keyring(name, secrets.token_bytes(32)) for name in SECRETS})
    await migrate(config.database.admin_dsn)
    admin = await asyncpg.connect(config.database.admin_dsn)
    await TimeMachine(clock, admin).travel_to(day_start(local_day(clock.now())))  # far from the window
    await open_chart(admin)
    folder = Path(tempfile.mkdtemp(prefix="dega-bench-"))
    try:
        async with open_bank(config, dsn=config.database.dsn, clock=clock, codes=Nobody(), keys=keys) as bank:
            people = await open_customers(bank, admin, CUSTOMERS)
            await fill(admin, await _cash(bank), [person.account_id for person in people[:500]], ROWS + 10)
            with Load() as load, Branch(folder / "log", config, keys, clock.offset) as branch:
                yield World(bank, admin, people, branch, load)
    finally:
        await admin.close()
        shutil.rmtree(folder)


def _config(servers: Servers) -> Config:
    """The house's configuration on these servers, over http."""
    config = read(environment={})
    return replace(
        config,
        database=replace(
            config.database,
            dsn=servers.postgres_dsn("dega_app", DATABASE),
            admin_dsn=servers.postgres_dsn("dega_admin", DATABASE),
        ),
        cache=replace(config.cache, url=servers.valkey_url, prefix=f"{DATABASE}:"),
        web=replace(config.web, public_url="http://127.0.0.1", secure_cookies=False),
    )


async def _cash(bank: Bank) -> int:
    async with bank.database.connection() as connection:
        return await bank_account(connection, CASH, Currency.ALL)


async def _rates(world: World) -> dict[str, float]:
    """Requests a second of each kind, in turn with the handler that does nothing; the ratios are those of a round."""
    doors = world.branch.doors
    hello = [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"]
    pages = {
        "accounts_page": [person.get("/accounts") for person in world.people],
        "activity_page": [person.get("/activity") for person in world.people[:500]],
    }
    rates: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    busy = 0.0
    for number in range(ROUNDS + 1):  # the first one only warms up
        confirmations = await draft(world.bank, world.admin, world.people, TRANSFERS)
        await asyncio.sleep(0.5)
        bare = await _closed(world, 200, doors.hello, hello, CALLERS, SECONDS)
        found = {"hello": bare}
        for name, requests in pages.items():
            found[name] = await _closed(world, 200, doors.port, requests, CALLERS, SECONDS)
        found["http_transfer"] = await _closed(world, 303, doors.port, confirmations, TRANSFER_CALLERS, None)
        if number == 0:
            continue
        busy = max(busy, *(answers.busy for answers in found.values()))
        for name, answers in found.items():
            rates.setdefault(name, []).append(answers.rate)
            ratios.setdefault(name, []).append(answers.rate / bare.rate)
    ratios.pop("hello")
    return {
        **{f"{name}_vs_hello": round(median(each), 3) for name, each in ratios.items()},
        **{f"{name}_per_second": round(median(each)) for name, each in rates.items()},
        "load_busy": round(busy, 2),
    }


async def _closed(
    world: World, status: int, port: int, requests: list[bytes], callers: int, seconds: float | None
) -> Answers:
    answers = await asyncio.to_thread(world.load.closed, port, requests, callers, seconds)
    if set(answers.statuses) != {status}:
        raise AssertionError(f"not only {status}: {answers.statuses}; {requests[0].splitlines()[0]!r}")
    return answers


async def _in_flight(world: World) -> dict[str, float]:
    """Memory while 1 024 transfers are truly under way, kept there by somebody's locks; and the one too many."""
    doors, confirmations = world.branch.doors, await draft(world.bank, world.admin, world.people, IN_FLIGHT + 1)
    with Load() as other:
        world.load.begin("closed", doors.port, confirmations[:-1], IN_FLIGHT, None)
        async with world.admin.transaction():
            await world.admin.execute("SELECT FROM account WHERE customer_id IS NOT NULL ORDER BY id FOR UPDATE")
            world.load.go()
            under_way = 0
            for _ in range(40):
                await asyncio.sleep(0.05)
                under_way = await asyncio.to_thread(world.branch.in_flight)
                if under_way == IN_FLIGHT:
                    break
            refused = await asyncio.to_thread(other.closed, doors.port, confirmations[-1:], 1, None)
        answers = await asyncio.to_thread(world.load.answers)
    if under_way != IN_FLIGHT or set(refused.statuses) != {503} or set(answers.statuses) != {303}:
        raise AssertionError(f"{under_way} under way, one more {refused.statuses}, then {answers.statuses}")
    return {
        "rss_mb_1024_in_flight": round(world.branch.most_memory()),
        "refused_milliseconds": round(refused.percentile(0.5) * 1000, 1),
    }


async def _patience(world: World) -> dict[str, float]:
    """How long the page of the accounts takes, asked for at a low rate, while nothing happens and while 1 024 pay."""
    doors, pages = world.branch.doors, [person.get("/accounts") for person in world.people]
    confirmations = await draft(world.bank, world.admin, world.people, SATURATING)
    with Load() as reader:
        await world.admin.execute("UPDATE outbox SET sent_at = bank_clock() WHERE sent_at IS NULL")
        await asyncio.sleep(1)
        idle = await asyncio.to_thread(reader.paced, doors.port, pages, LOW_RATE, 5.0)
        world.load.begin("closed", doors.port, confirmations, IN_FLIGHT, None)
        world.load.go()
        await asyncio.sleep(1)
        saturated = await asyncio.to_thread(reader.paced, doors.port, pages, LOW_RATE, PATIENCE_SECONDS)
        answers = await asyncio.to_thread(world.load.answers)
    if set(idle.statuses) | set(saturated.statuses) != {200} or set(answers.statuses) != {303}:
        raise AssertionError(f"{idle.statuses}, {saturated.statuses}, {answers.statuses}")
    if answers.seconds < saturated.seconds:
        raise AssertionError(f"all was paid after {answers.seconds} of {saturated.seconds} seconds")
    return {
        "page_p99_saturated_vs_idle": round(saturated.percentile(0.99) / idle.percentile(0.99), 2),
        "page_p99_idle_milliseconds": round(idle.percentile(0.99) * 1000, 2),
        "page_p99_saturated_milliseconds": round(saturated.percentile(0.99) * 1000, 2),
        "saturating_per_second": round(answers.rate),
    }


async def _hold_true(world: World) -> None:
    """Every confirmation was booked, once, and the books are as they must be."""
    drafts = await world.admin.fetchval("SELECT count(*) FROM payment WHERE kind = 'in-bank' AND state <> 'posted'")
    guilty = await check_books(world.admin)
    if drafts != 1 or guilty:  # the one that was too many
        raise AssertionError(f"{drafts} not booked; {guilty[:3]}")


async def _long_accounts(world: World) -> dict[str, float]:
    """The activity of an account with a million entries against that of one with a thousand: newest, deep, long ago.

    A text that is nowhere makes one look read as much as it may, which is the same for any longer account.
    """
    owners = dict(zip((SHORT, BOUND, LONG), world.people[-3:], strict=True))
    for entries, owner in owners.items():
        await fill(world.admin, await _cash(world.bank), [owner.account_id], entries)
    async with world.admin.transaction():
        for check in ("balances_follow_entries", "entries_follow_one_another"):
            if guilty := await guilty_rows(world.admin, check):
                raise AssertionError(guilty[:3])
    day = local_day(world.bank.clock.now())
    days = f"from={day - timedelta(days=500)}&to={day - timedelta(days=400)}"
    filters = {"newest": lambda _: "", "deep": lambda entries: f"page=older-{entries // 2}", "days": lambda _: days}
    ratios = {}
    for name, query in filters.items():
        ratios[name], _ = await _against(world, owners[SHORT], owners[LONG], query(SHORT), query(LONG))
    text, milliseconds = await _against(world, owners[BOUND], owners[LONG], "text=askund", "text=askund")
    return {
        "activity_1m_vs_1k_entries": max(ratios.values()),
        **{f"activity_1m_vs_1k_{name}": ratio for name, ratio in ratios.items()},
        "activity_text_1m_vs_10k_entries": text,
        "activity_text_1m_milliseconds": milliseconds,
    }


async def _against(world: World, one: Person, other: Person, query: str, others: str) -> tuple[float, float]:
    """What a page of the other costs of one's, in turn; and how many milliseconds it takes."""
    port, ratios, waits = world.branch.doors.port, [], []
    for _ in range(TURNS):
        first = await _closed(world, 200, port, [one.get(f"/activity?{query}")], 2, 0.3)
        second = await _closed(world, 200, port, [other.get(f"/activity?{others}")], 2, 0.3)
        ratios.append(first.rate / second.rate)
        waits.append(1000 * second.percentile(0.5))
    return round(median(ratios), 2), round(median(waits), 1)


def main() -> None:
    """Run it alone, and print the figures."""
    FOLDER.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with start(FOLDER) as servers:
            run(migrate(servers.postgres_dsn("dega_admin")))
            figures = measure(servers)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    for name, value in figures.items():
        click.echo(f"{name:<32} {value:>10}")


if __name__ == "__main__":
    main()
