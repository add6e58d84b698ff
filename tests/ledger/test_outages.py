"""What goes wrong around a posting: nobody waits for ever, nobody is told what isn't kept, neighbours are unharmed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from cast import Admin, Cast, balance, fund
from conftest import Phones
from msgspec.structs import replace
from night.eventually import eventually
from paying import ACTOR, authorise, make_payment, prepare, prepare_own, send_code
from test_post import deed, lek, send

from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.time_travel import TimeMachine
from dega.clock import MovableClock
from dega.config import Config
from dega.deeds import Leg
from dega.errors import Busy, LimitDay, OutcomePending, PartAway
from dega.payments.make import is_kept
from dega.payments.payment import find_payment
from dega.store import ledger
from dega.store.database import Connection

commit, lock_payments = ledger.commit, ledger.lock_payments
OURS = "FROM pg_stat_activity WHERE usename = 'dega_app' AND datname = current_database()"


@asynccontextmanager
async def read_only(config: Config, name: str) -> AsyncIterator[None]:
    """As after a failover that led to a node that still is a standby."""
    connection = await asyncpg.connect(config.database.admin_dsn)
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await connection.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
    try:
        yield
    finally:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await connection.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
        await connection.close()


async def test_a_read_only_moment_after_a_lost_answer_ends_no_writer(
    bank: Bank, admin: Admin, cast: Cast, config: Config, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def unanswered(connection: Connection) -> None:
        await commit(connection)
        begun.set()
        raise ConnectionResetError

    monkeypatch.setattr(ledger, "commit", unanswered)
    waiting = asyncio.create_task(bank.poster.post(send(cast.arta, cast.besnik, 100)))
    await asyncio.wait_for(begun.wait(), 5)
    async with read_only(config, database_name):
        await asyncio.sleep(0.5)
        assert not waiting.done()
    monkeypatch.setattr(ledger, "commit", commit)
    assert (await asyncio.wait_for(waiting, 20)).movement_id
    assert bank.poster.is_alive
    assert (await bank.poster.post(send(cast.genti, cast.besnik, 5))).movement_id


@pytest.mark.refusal("limit_day")
async def test_a_race_for_the_day_limit_is_decided_anew_and_said_as_such(
    bank: Bank, admin: Admin, cast: Cast, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in (cast.arta.lek, cast.arta.second):
        await fund(bank, account, 50_000_000)
    await admin.execute(
        "INSERT INTO spending_day (customer_id, day, currency, spent_minor, limit_minor) VALUES ($1, '2026-11-23',"
        " 'ALL', 30000000, 100000000)",
        cast.arta.id,
    )
    both_have_read, ids = asyncio.Barrier(2), []
    for source, payee in ((cast.arta.lek, cast.besnik), (cast.arta.second, cast.genti)):
        payment_id = await prepare(bank, cast.arta, payee.lek, "400000,00", from_account=source.iban)
        code = await send_code(bank, phones.sent, cast.arta, payment_id)
        ids.append((payment_id, await authorise(bank, cast.arta, payment_id, code)))
    reads = 0

    async def together(*arguments: object) -> object:
        nonlocal reads
        found = await lock_payments(*arguments)  # type: ignore[arg-type]
        reads += 1
        if reads <= 2:
            await both_have_read.wait()
        return found

    async def pay(place: int) -> object:
        await asyncio.sleep(place * 0.05)
        payment_id, challenge = ids[place]
        return await make_payment(bank, cast.arta.id, payment_id, 1, ACTOR, challenge_id=challenge)

    monkeypatch.setattr(ledger, "lock_payments", together)
    outcomes = await asyncio.gather(pay(0), pay(1), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LimitDay", "Payment"]
    assert any(isinstance(outcome, LimitDay) for outcome in outcomes)


async def test_an_account_held_elsewhere_keeps_only_its_own_deeds_waiting(bank: Bank, admin: Admin, cast: Cast) -> None:
    await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.genti.second.id} FOR UPDATE")
    held = deed(Leg(cast.genti.lek.id, cast.genti.second.id, lek(1)))
    deeds = [send(cast.arta, cast.besnik, 1), send(cast.arta, cast.besnik, 1), held, send(cast.besnik, cast.arta, 1)]
    outcomes = await asyncio.gather(*(bank.poster.post(each) for each in deeds), return_exceptions=True)
    await admin.execute("COMMIT")
    assert [isinstance(outcome, Busy) for outcome in outcomes] == [False, False, True, False]
    assert await balance(admin, cast.arta.lek) == 9_999_999


async def test_whose_server_process_is_ended_is_told_that_this_part_is_away(
    bank: Bank, admin: Admin, cast: Cast, config: Config
) -> None:
    """As when PostgreSQL is shut down: it says so, and then it is gone."""
    killer = await asyncpg.connect(config.database.admin_dsn)
    await admin.execute(f"BEGIN; SELECT FROM account WHERE id = {cast.arta.lek.id} FOR UPDATE")
    waiting = asyncio.create_task(bank.poster.post(send(cast.arta, cast.besnik, 1)))
    await asyncio.sleep(0.5)
    await killer.execute(f"SELECT pg_terminate_backend(pid) {OURS} AND wait_event_type = 'Lock'")
    with pytest.raises(PartAway):
        await waiting
    await admin.execute("COMMIT")
    await killer.close()
    assert (await bank.poster.post(send(cast.arta, cast.besnik, 1))).movement_id


async def test_a_connection_that_is_lost_while_a_batch_is_rolled_back_harms_only_who_broke_it(
    bank: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(connection: Connection) -> None:
        connection.terminate()
        raise ConnectionResetError

    monkeypatch.setattr(ledger, "roll_back", lost)
    poisoned = replace(send(cast.arta, cast.besnik, 1), kind="\x00")
    deeds = [send(cast.arta, cast.besnik, 1), poisoned, send(cast.arta, cast.besnik, 1)]
    answers = await asyncio.gather(*(bank.poster.post(each) for each in deeds), return_exceptions=True)
    assert [type(answer).__name__ for answer in answers] == ["Booking", "CharacterNotInRepertoireError", "Booking"]
    assert await balance(admin, cast.arta.lek) == 9_999_998


@asynccontextmanager
async def ghost_standby(admin: Admin) -> AsyncIterator[None]:
    """The synchronous standby is away: whoever wants to be sure waits for it in COMMIT."""
    await admin.execute("SET synchronous_commit = local")
    await admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'ghost'")
    await admin.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(0.3)
    try:
        yield
    finally:
        await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await admin.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.3)


async def let_go(admin: Admin) -> None:
    """Cut the connections that wait for the standby: what they wrote can be seen from then on, here alone."""
    await eventually(lambda: admin.fetchval(f"SELECT count(*) > 0 {OURS} AND wait_event = 'SyncRep'"))
    await admin.execute(f"SELECT pg_terminate_backend(pid) {OURS} AND wait_event = 'SyncRep'")
    await asyncio.sleep(0.3)


@pytest.fixture
async def careful(
    config: Config, clock: MovableClock, machine: TimeMachine, keys: Keys, phones: Phones
) -> AsyncIterator[Bank]:
    """The bank as in production: its commits wait for the standby."""
    dsn = config.database.dsn + "&synchronous_commit=on"
    async with open_bank(config, dsn=dsn, clock=clock, codes=phones, keys=keys) as bank:
        yield bank


async def test_what_a_standby_may_lack_is_not_told_as_made(
    careful: Bank, admin: Admin, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit waits for the standby, is cut, and can be seen here alone."""
    monkeypatch.setattr("dega.payments.make.PATIENCE_SECONDS", 1)
    payment_id = await prepare_own(careful, cast.arta)
    async with ghost_standby(admin):
        with pytest.raises(OutcomePending):
            await make_payment(careful, cast.arta.id, payment_id, 1, ACTOR)
        await let_go(admin)
        payment = await find_payment(careful, cast.arta.id, payment_id)
        assert payment.made is not None
        assert not await is_kept(careful, payment)
    assert await is_kept(careful, payment)


async def test_nobody_who_waits_for_a_posting_is_told_what_a_standby_may_lack(
    careful: Bank, admin: Admin, cast: Cast
) -> None:
    """The poster's own read-back: it sees the booking, and says nothing before a row of its own is kept."""
    async with ghost_standby(admin):
        waiting = asyncio.create_task(careful.poster.post(send(cast.arta, cast.besnik, 100)))
        await let_go(admin)
        assert await balance(admin, cast.arta.lek) < 10_000_000
        await asyncio.sleep(1.5)
        assert not waiting.done()
    assert (await asyncio.wait_for(waiting, 20)).movement_id
