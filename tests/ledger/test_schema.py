"""The schema keeps the books, whoever writes: what the bank's own roles may not do, and what nobody may."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from cast import Admin, Cast

from dega.bank import Bank
from dega.embedded.supervisor import Servers

FOREVER = "is append-only"
"""What the schema answers to a change of what is kept for ever, even to the one who owns it."""

NOT_ALLOWED = "permission denied"

# Each would be a way past the one way a balance changes. $1 and $2 are Arta's accounts in lek, $3 is her euro account.
FORBIDDEN = [
    ("UPDATE entry SET amount_minor = amount_minor * 2", NOT_ALLOWED),
    ("DELETE FROM entry", NOT_ALLOWED),
    ("TRUNCATE entry", NOT_ALLOWED),
    ("UPDATE transfer SET amount_minor = 1", NOT_ALLOWED),
    ("DELETE FROM transfer", NOT_ALLOWED),
    ("UPDATE movement SET description = ''", NOT_ALLOWED),
    ("DELETE FROM movement", NOT_ALLOWED),
    ("UPDATE audit SET outcome = 'done'", NOT_ALLOWED),
    ("DELETE FROM audit", NOT_ALLOWED),
    ("UPDATE seal SET marks = ''", NOT_ALLOWED),
    ("DELETE FROM seal", NOT_ALLOWED),
    ("DELETE FROM payment", NOT_ALLOWED),
    ("DELETE FROM account", NOT_ALLOWED),
    ("UPDATE payment SET amount_minor = 1", NOT_ALLOWED),
    ("UPDATE payment SET payee_iban = ''", NOT_ALLOWED),
    ("UPDATE account SET floor_minor = -1000000", NOT_ALLOWED),
    ("UPDATE account SET customer_id = 1", NOT_ALLOWED),
    ("INSERT INTO time_travel (moved_by) VALUES (interval '1 hour')", NOT_ALLOWED),
    ("DELETE FROM lockout", NOT_ALLOWED),
    ("DELETE FROM gate_closing", NOT_ALLOWED),
    ("INSERT INTO gate_window VALUES (bank_clock(), '03:00', '04:00'); DELETE FROM gate_window", NOT_ALLOWED),
    ("UPDATE gate_window SET starts = '03:00'", NOT_ALLOWED),
    ("SELECT setval('movement_id', 1)", NOT_ALLOWED),
    ("SELECT setval('transfer_id', 9000000000)", NOT_ALLOWED),
    ("CREATE TRIGGER late AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change()", NOT_ALLOWED),
    ("CREATE RULE quiet AS ON INSERT TO entry DO INSTEAD NOTHING", "must be owner"),
    ("CREATE FUNCTION public.bank_clock(text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'", NOT_ALLOWED),
    ("CREATE SCHEMA mine", NOT_ALLOWED),
    ("DROP INDEX entry_by_transfer", "must be owner"),
    ("COPY entry TO PROGRAM 'true'", NOT_ALLOWED),
    ("SET SESSION AUTHORIZATION dega_owner", NOT_ALLOWED),
    ("INSERT INTO time_travel VALUES (true, '1 day')", NOT_ALLOWED),
    ("UPDATE challenge SET digest = 'another'", NOT_ALLOWED),
    ("UPDATE challenge SET customer_id = 1", NOT_ALLOWED),
    ("DELETE FROM challenge", NOT_ALLOWED),
    ("UPDATE spending_day SET day = day - 1", NOT_ALLOWED),
    ("DELETE FROM spending_day", NOT_ALLOWED),
    ("UPDATE gate_closing SET closed_at = now()", NOT_ALLOWED),
    ("DELETE FROM outbox", NOT_ALLOWED),
    ("UPDATE outbox SET data = '{{}}'", NOT_ALLOWED),
    ("ALTER TABLE entry DISABLE TRIGGER ALL", "must be owner"),
    ("DROP TRIGGER entry_is_append_only ON entry", "must be owner"),
    ("CREATE TABLE public.shadow (id bigint)", NOT_ALLOWED),
    ("SET ROLE dega_owner", NOT_ALLOWED),
    ("SET session_replication_role = replica", NOT_ALLOWED),
    ("UPDATE account SET balance_minor = balance_minor + 100 WHERE id = {lek}", "is not what its entries say"),
    ("UPDATE account SET last_seq = last_seq - 1 WHERE id = {lek}", "is not what its entries say"),
    ("UPDATE account SET balance_minor = -1 WHERE id = {lek}", "balance_is_never_below_the_floor"),
    (
        "INSERT INTO account (code, product, currency, opened_on, balance_minor)"
        " VALUES ('own pocket', 'bank', 'ALL', now(), 100)",
        NOT_ALLOWED,
    ),
    (
        "INSERT INTO account (iban, customer_id, product, currency, opened_on, status)"
        " VALUES ('X', 1, 'current', 'ALL', now(), 'active')",
        NOT_ALLOWED,
    ),
    (
        "INSERT INTO payment (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban,"
        " currency, amount_minor, fee_minor, description, prepared_at, state, movement_id, decided_at)"
        " SELECT gen_random_uuid(), 1, 'own', {lek}, {second}, '', '', 'ALL', 1, 0, '', now(), 'posted', 1, now()",
        NOT_ALLOWED,
    ),
    ("INSERT INTO transfer VALUES (-1, -1, 'payment', {lek}, {second}, 'ALL', -100)", "transfer_amount_is_positive"),
    ("INSERT INTO transfer VALUES (-1, -1, 'payment', {lek}, {lek}, 'ALL', 100)", "transfer_has_two_accounts"),
    (
        "INSERT INTO entry SELECT id, last_seq + 1, -1, 100, balance_minor + 100, now() FROM account WHERE id = {lek}",
        "are not its two sides",
    ),
    (
        "INSERT INTO entry SELECT id, last_seq + 1, (SELECT max(id) FROM transfer), 100, balance_minor + 100, now()"
        " FROM account WHERE id IN ({lek}, {second})",
        "are not its two sides",
    ),
]

# The branch may do these.
FORBIDDEN_ON_THE_WEB = [
    ("UPDATE account SET status = 'active'", NOT_ALLOWED),
    ("UPDATE customer SET mobile = '+355690000000'", NOT_ALLOWED),
    (
        "INSERT INTO account (iban, customer_id, product, currency, opened_on, floor_minor)"
        " VALUES ('X', 1, 'current', 'ALL', now(), -1000000)",
        NOT_ALLOWED,
    ),
    ("INSERT INTO customer (number, kind, name, opened_at) VALUES ('1', 'individual', 'X', now())", NOT_ALLOWED),
    ("SELECT * FROM approval", NOT_ALLOWED),
    ("UPDATE message SET closed_by = 'me', closed_at = now()", NOT_ALLOWED),
]


@pytest.fixture
async def app(servers: Servers, database_name: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection as the web process has it."""
    connection = await asyncpg.connect(servers.postgres_dsn("dega_app", database_name))
    yield connection
    await connection.close()


@pytest.mark.parametrize("role", ["dega_app", "dega_staff"])
async def test_no_role_of_the_bank_has_a_way_past_the_ledger(
    servers: Servers, database_name: str, cast: Cast, role: str
) -> None:
    ids = {"lek": cast.arta.lek.id, "second": cast.arta.second.id, "euro": cast.arta.euro.id}
    connection = await asyncpg.connect(servers.postgres_dsn(role, database_name))
    let_through = []
    for statement, answer in [*FORBIDDEN, *(FORBIDDEN_ON_THE_WEB if role == "dega_app" else [])]:
        try:
            await connection.execute(statement.format(**ids))
        except asyncpg.PostgresError as error:
            if answer in str(error):
                continue
        let_through.append(statement)
    await connection.close()
    assert let_through == []


@pytest.mark.parametrize(
    "column", ["movement.kind", "transfer.purpose", "entry.transfer_id", "audit.outcome", "seal.kid"]
)
async def test_what_is_kept_for_ever_not_even_its_owner_can_change(admin: Admin, column: str) -> None:
    table, name = column.split(".")
    for statement in (f"UPDATE {table} SET {name} = {name}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(asyncpg.RestrictViolationError, match=FOREVER):
            await admin.execute(statement)


async def test_a_prepared_payment_never_changes_what_it_is(admin: Admin) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match=FOREVER):
        await admin.execute("UPDATE payment SET amount_minor = 1")


async def test_the_limit_of_a_day_holds_against_a_race(app: Admin, bank: Bank) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="spending_stays_within_the_day_limit"):
        await app.execute("INSERT INTO spending_day VALUES (1, '2026-11-23', 'ALL', 101, 100)")


async def test_an_account_opens_empty_whoever_opens_it(admin: Admin) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="an account opens empty"):
        await admin.execute(
            "INSERT INTO account (code, product, currency, opened_on, balance_minor)"
            " VALUES ('own pocket', 'bank', 'ALL', now(), 100)"
        )
