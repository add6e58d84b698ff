"""A bank that has long been open moves on: what it kept under its first schema means the same in the newest."""

import hmac
from collections.abc import AsyncIterator
from datetime import date
from hashlib import sha256

import asyncpg
import pytest
from access.doors import HOME, enter
from argon2 import PasswordHasher
from cast import PASSWORD, Admin
from conftest import Phones, config_of

from dega.access import lockout, login, staff
from dega.access.staff import UserState
from dega.access.steps import Level
from dega.app import open_bank
from dega.bank import Bank, Keys
from dega.cli.reseal import reseal
from dega.clock import MovableClock
from dega.embedded.supervisor import Servers
from dega.errors import SignInFailed, UserBlocked
from dega.store.migrate import migrate, status

OPENED = ("0001_the_bank_opens.sql", "0002_the_night_forgets_strangers.sql")
DATABASE = "long_open"
ACTIVE, FAILED, BARRED, MAYBE = "100000001", "100000002", "100000003", "100000004"


@pytest.fixture
async def long_open(servers: Servers) -> AsyncIterator[Admin]:
    """A database of the first schema."""
    postgres = await asyncpg.connect(servers.postgres_dsn("dega_admin", "postgres"))
    await postgres.execute(f"CREATE DATABASE {DATABASE}")
    dsn = servers.postgres_dsn("dega_admin", DATABASE)
    admin = await asyncpg.connect(dsn)
    for migration in await status(dsn):
        if migration.name in OPENED:
            async with admin.transaction():
                await admin.execute(migration.path.read_text())
                await admin.execute(
                    "INSERT INTO migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
                )
    yield admin
    await admin.close()
    await postgres.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await postgres.close()


async def live(admin: Admin, keys: Keys) -> None:
    """Years of customers, blocks, codes, payments and notices."""
    keyed = hmac.new(keys.pepper.current, PASSWORD.encode(), sha256).hexdigest()
    kept = PasswordHasher(1, 64, 1).hash(keyed)
    for place, number in enumerate((ACTIVE, FAILED, BARRED, MAYBE), 1):
        await admin.execute(
            "INSERT INTO customer (number, kind, name, mobile, email, kshbi_version, opened_at)"
            f" VALUES ($1, 'individual', 'Arta Kola', '+35569200300{place}', 'c{place}@example.org', 2, now())",
            number,
        )
    await admin.execute(
        "INSERT INTO internet_user (customer_id, password_hash, password_changed_at, registered_at)"
        " SELECT id, $1, now(), now() FROM customer",
        kept,
    )
    await admin.execute("INSERT INTO past_password SELECT id, now(), $1 FROM customer", kept)
    standing = {ACTIVE: (1, None), FAILED: (3, "failures"), BARRED: (0, "customer"), MAYBE: (4, "operator:elona")}
    for number, (failures, by) in standing.items():
        await admin.execute(
            "INSERT INTO lockout (subject, customer_id, failures, failed_at, blocked_at, blocked_by)"
            " SELECT $1, id, $2, now(), CASE WHEN $3::text IS NOT NULL THEN now() END, $3"
            "   FROM customer WHERE number = $4",
            hmac.new(keys.subjects, number.encode(), sha256).digest(), failures, by, number,
        )  # fmt: skip
    await admin.execute(
        "INSERT INTO lockout (subject, failures, failed_at, blocked_at, blocked_by)"
        " VALUES ('stranger', 3, now(), now(), 'failures');"
        "INSERT INTO challenge (id, purpose, customer_id, digest, issued_at, expires_at, authorised_at)"
        " SELECT gen_random_uuid(), purpose, 1, 'digest', now(), now(), now()"
        "   FROM unnest(ARRAY['login', 'register', 'payment', 'password']) AS purpose;"
        "INSERT INTO outbox (channel, recipient, template, language, data, written_at, due_at)"
        " VALUES ('sms', '+355692003001', 'password_changed', 'sq', '{}', now(), now());"
        "INSERT INTO account (iban, customer_id, product, currency, opened_on)"
        " SELECT 'AL' || id, id, 'current', 'ALL', now() FROM customer;"
        "INSERT INTO payment (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban,"
        " currency, amount_minor, fee_minor, description, prepared_at, challenge_id)"
        " SELECT gen_random_uuid(), 1, 'in-bank', 1, 2, 'B', 'AL2', 'ALL', 1, 0, '', now(), id FROM challenge LIMIT 1;"
        "INSERT INTO message (reference, kind, customer_id, name, contact, text, language, received_at, state)"
        " SELECT 'M-' || state, 'complaint', 1, 'Arta', 'arta@example.org', 'Pse?', 'sq', '2026-11-21 10:00Z', state"
        "   FROM unnest(ARRAY['received', 'answered', 'closed']) AS state;"
    )


@pytest.fixture
async def moved(servers: Servers, long_open: Admin, keys: Keys, phones: Phones) -> AsyncIterator[Bank]:
    """The bank of today on it, after `dega db migrate` and `dega keys reseal`."""
    await live(long_open, keys)
    moved_on = await migrate(servers.postgres_dsn("dega_admin", DATABASE))
    assert moved_on[0].startswith("0003_")
    assert (await reseal(long_open, {"pepper": keys.pepper, "fields": keys.fields})).unreadable == []
    config = config_of(servers, DATABASE)
    async with open_bank(config, dsn=config.database.staff_dsn, clock=MovableClock(), codes=phones, keys=keys) as bank:
        yield bank


@pytest.mark.requirement("R20", "R46")
async def test_after_all_migrations_everybody_stands_as_before(moved: Bank, phones: Phones) -> None:
    states = {number: (await staff.show(moved, number)).state for number in (ACTIVE, FAILED, BARRED, MAYBE)}
    assert states == {ACTIVE: UserState.ACTIVE} | dict.fromkeys((FAILED, BARRED, MAYBE), UserState.BLOCKED)
    assert (await enter(moved, phones, ACTIVE)).level is Level.FULL
    for number in (FAILED, BARRED, MAYBE):
        standing = await staff.show(moved, number)
        assert standing.lockout.is_lasting
        assert standing.customer.mobile == f"+35569200300{number[-1]}"
    assert (await staff.show(moved, MAYBE)).lockout.by == "operator:elona"
    assert await lockout.tell_owners(moved) == 0, "they were told when it happened"


@pytest.mark.requirement("R20")
async def test_whoever_was_blocked_before_all_migrations_does_not_get_in(moved: Bank, phones: Phones) -> None:
    for number in (FAILED, BARRED, MAYBE):
        session = await login.give_number(moved, number, HOME)
        session = await login.give_password(moved, session, PASSWORD, HOME)
        with pytest.raises((UserBlocked, SignInFailed)):
            await login.give_code(moved, session, "123456", HOME)
    assert phones.sent == []


@pytest.mark.requirement("R20")
async def test_staff_let_in_again_whoever_was_blocked_before_all_migrations(moved: Bank, phones: Phones) -> None:
    for number in (FAILED, BARRED, MAYBE):
        await staff.unblock(moved, number, operator="elona", reason="proven who they are")
        assert (await enter(moved, phones, number)).level is Level.FULL


async def test_what_was_written_before_all_migrations_waits_is_answered_or_closed_as_before(
    moved: Bank, long_open: Admin
) -> None:
    rows = await long_open.fetch("SELECT id, reference, contact, state, due_on, is_unread FROM letter ORDER BY id")
    assert [row["reference"] for row in rows] == [f"M-{row['state']}" for row in rows]
    for row in rows:
        assert moved.fields.reveal(row["contact"], f"message|contact|{row['id']}") == "arta@example.org"
        assert (row["due_on"], row["is_unread"]) == (date(2026, 12, 11), False)


async def test_what_was_prepared_before_all_migrations_is_still_there(moved: Bank, long_open: Admin) -> None:
    row = await long_open.fetchrow(
        "SELECT p.state, c.authorised_by, c.nonce FROM payment p JOIN challenge c ON c.id = p.challenge_id"
    )
    assert tuple(row) == ("draft", None, None)
