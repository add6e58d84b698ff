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

# What the two roles of the bank may write besides reading everything: nothing is ever deleted, and of most tables a row
# is written once. Where only some columns may change, they are named.
MAY_WRITE: dict[str, dict[str, str]] = {
    "dega_app": {
        "account": "UPDATE balance_minor last_seq",
        "alert_choice": "INSERT, UPDATE by_email by_sms chosen_at",
        "alert_threshold": "INSERT, UPDATE chosen_at least_minor",
        "audit": "INSERT",
        "bar": "INSERT",
        "challenge": "INSERT, UPDATE authorised_at authorised_by consumed_at expires_at",
        "customer": "INSERT, UPDATE language",
        "entry": "INSERT",
        "factor": "UPDATE last_step last_used_at leaves_at name removed_at sealed_seed sign_count",
        "fault_case": "INSERT",
        "gate": "UPDATE changed_at closed_by reason state window_ends window_starts",
        "gate_closing": "INSERT, UPDATE opened_at",
        "internet_user": "INSERT, UPDATE auth_epoch password_changed_at password_hash state",
        "device": "INSERT, UPDATE address_prefix browser last_seen_at removed_at",
        "lockout": "INSERT, UPDATE blocked_at blocked_until blocks customer_id failed_at failures told_at",
        "message": "INSERT",
        "movement": "INSERT",
        "paid_payee": "INSERT",
        "outbox": "INSERT, UPDATE attempts due_at given_up_at last_error sent_at",
        "passkey_evidence": "INSERT",
        "past_password": "INSERT",
        "payment": "UPDATE challenge_id decided_at movement_id state",
        "recovery_code": "UPDATE replaced_at used_at",
        "seal": "INSERT",
        "sign_in": "INSERT",
        "spending_day": "INSERT, UPDATE limit_minor spent_minor",
        "transfer": "INSERT",
    },
    "dega_staff": {
        "account": "UPDATE status",
        "bar": "UPDATE lifted_at",
        "approval": "UPDATE arguments decided_at decided_by decision",
        "customer": "UPDATE email kshbi_version mobile mobile_changed_at mobile_index",
        "message": "UPDATE state",
        "outbox": "UPDATE recipient",
        "past_password": "UPDATE password_hash",
    },
}

_GRANTS = """
SELECT table_name, privilege_type, string_agg(column_name, ' ' ORDER BY column_name) AS columns
  FROM (SELECT table_name, privilege_type, '' AS column_name FROM information_schema.table_privileges
         WHERE grantee = $1 AND table_schema = 'public' AND privilege_type <> 'SELECT'
         UNION
        SELECT c.table_name, c.privilege_type, c.column_name FROM information_schema.column_privileges c
         WHERE grantee = $1 AND table_schema = 'public' AND privilege_type = 'UPDATE') granted
 GROUP BY table_name, privilege_type ORDER BY table_name, privilege_type
"""

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
    ("UPDATE account SET status = 'active'", NOT_ALLOWED),
    ("UPDATE account SET floor_minor = -1000000", NOT_ALLOWED),
    ("UPDATE account SET customer_id = 1", NOT_ALLOWED),
    ("UPDATE customer SET mobile = '+355690000000'", NOT_ALLOWED),
    ("INSERT INTO time_travel (moved_by) VALUES (interval '1 hour')", NOT_ALLOWED),
    ("DELETE FROM lockout", NOT_ALLOWED),
    ("DELETE FROM gate_closing", NOT_ALLOWED),
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
    (
        "INSERT INTO transfer VALUES (-1, -1, 'payment', {lek}, {euro}, 'ALL', 100);"
        "INSERT INTO entry VALUES ({lek}, 2, -1, -100, 9999900, now()), ({euro}, 2, -1, 100, 100100, now())",
        "in its currency",
    ),
    (
        "INSERT INTO transfer VALUES (-1, -1, 'payment', {lek}, {second}, 'EUR', 100);"
        "INSERT INTO entry VALUES ({lek}, 2, -1, -100, 9999900, now()), ({second}, 2, -1, 100, 500100, now())",
        "in its currency",
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

# A transfer that is right, and two entries for it that don't continue their accounts' chains.
CHAINS_BROKEN = {
    "with a gap": ("last_seq + 2", "balance_minor"),
    "with another balance before": ("last_seq + 1", "balance_minor + 7"),
}


@pytest.fixture
async def app(servers: Servers, database_name: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection as the web process has it."""
    connection = await asyncpg.connect(servers.postgres_dsn("dega_app", database_name))
    yield connection
    await connection.close()


@pytest.mark.parametrize("role", MAY_WRITE)
async def test_each_role_may_write_what_its_work_needs_and_nothing_else(admin: Admin, role: str) -> None:
    granted: dict[str, str] = {}
    for row in await admin.fetch(_GRANTS, role):
        words = f"{row['privilege_type']} {row['columns'].strip()}".strip()
        granted[row["table_name"]] = ", ".join(filter(None, (granted.get(row["table_name"]), words)))
    assert granted == MAY_WRITE[role]


async def test_the_web_process_has_no_way_past_the_ledger(app: Admin, cast: Cast) -> None:
    ids = {"lek": cast.arta.lek.id, "second": cast.arta.second.id, "euro": cast.arta.euro.id}
    let_through = []
    for statement, answer in FORBIDDEN:
        try:
            await app.execute(statement.format(**ids))
        except asyncpg.PostgresError as error:
            if answer in str(error):
                continue
        let_through.append(statement)
    assert let_through == []


@pytest.mark.parametrize("manner", CHAINS_BROKEN)
async def test_entries_continue_where_the_last_one_of_their_account_ended(app: Admin, cast: Cast, manner: str) -> None:
    seq, before = CHAINS_BROKEN[manner]
    debit, credit = cast.arta.lek.id, cast.arta.second.id
    with pytest.raises(asyncpg.CheckViolationError, match="is not what its entries say"):
        await app.execute(
            f"WITH sides AS (SELECT id, {seq} AS seq, change, {before} + change AS after FROM account"
            f" JOIN (VALUES ({debit}, -100), ({credit}, 100)) AS change (account_id, change) ON account_id = id),"
            f" transfers AS (INSERT INTO transfer VALUES (-1, -1, 'payment', {debit}, {credit}, 'ALL', 100)),"
            f" entries AS (INSERT INTO entry SELECT id, seq, -1, change, after, now() FROM sides)"
            f" UPDATE account a SET balance_minor = s.after, last_seq = s.seq FROM sides s WHERE s.id = a.id"
        )


async def test_entries_are_written_with_their_balances_or_not_at_all(app: Admin, cast: Cast) -> None:
    debit, credit = cast.arta.lek.id, cast.arta.second.id
    with pytest.raises(asyncpg.CheckViolationError, match="in the balances"):
        await app.execute(
            f"INSERT INTO transfer VALUES (-1, -1, 'payment', {debit}, {credit}, 'ALL', 100);"
            f"INSERT INTO entry SELECT id, last_seq + 1, -1, change, balance_minor + change, now() FROM account"
            f" JOIN (VALUES ({debit}, -100), ({credit}, 100)) AS change (account_id, change) ON account_id = id"
        )


@pytest.mark.parametrize(
    "column", ["movement.kind", "transfer.purpose", "entry.transfer_id", "audit.outcome", "seal.kid"]
)
async def test_what_is_kept_for_ever_not_even_its_owner_can_change(admin: Admin, column: str) -> None:
    table, name = column.split(".")
    for statement in (f"UPDATE {table} SET {name} = {name}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
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
