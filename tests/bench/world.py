"""A bank of many customers, made set-wise: accounts, a past, and payments that wait for nothing but the ledger.

Filled with triggers and foreign keys off, as a restored dump is; what is filled keeps every check of the books.
"""

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import accumulate

import asyncpg

from dega.deeds import Authority, Deed, Leg, Notice, Particulars
from dega.money import Currency, Money
from dega.payments.payment import operation_digest

Draw = Callable[[], tuple[int, int]]
"""Who pays whom: the ids of the debit and of the credit account."""

_LIMIT = Money(10**15, Currency.ALL)
_HOLD = timedelta(hours=24)

_CUSTOMERS = """
INSERT INTO customer (id, number, kind, name, opened_at) OVERRIDING SYSTEM VALUE
SELECT n, lpad(n::text, 9, '0'), 'individual', 'Arta Kola', bank_clock() FROM generate_series(1, $1::int) AS n
"""
_USERS = """
INSERT INTO internet_user (customer_id, password_hash, password_changed_at, registered_at)
SELECT n, '', bank_clock(), bank_clock() FROM generate_series(1, $1::int) AS n
"""
_ACCOUNTS = """
INSERT INTO account (id, iban, customer_id, product, currency, opened_on, floor_minor, balance_minor, last_seq)
OVERRIDING SYSTEM VALUE
SELECT n, 'AL' || lpad(n::text, 26, '0'), n, 'current', 'ALL', current_date, -1000000000000000,
       $2::bigint * CASE WHEN n % 2 = 1 THEN -100 ELSE 100 END, $2
  FROM generate_series(1, $1::int) AS n
"""
_MOVEMENTS = """
INSERT INTO movement (id, deed_key, kind, booked_at, value_date, by_night, payer_name, payer_iban, payee_name,
                      payee_iban, description)
SELECT n, gen_random_uuid(), 'in-bank', bank_clock() - interval '30 days', current_date - 30, false,
       'Arta Kola', 'AL' || lpad(n::text, 26, '0'), 'Besnik Hoxha', 'AL' || lpad(n::text, 26, '0'), 'Qira e muajit'
  FROM generate_series(1, $1::bigint) AS n
"""
_TRANSFERS = """
INSERT INTO transfer (id, movement_id, purpose, debit_account_id, credit_account_id, currency, amount_minor)
SELECT n, n, 'payment', 2 * ((n - 1) % $2) + 1, 2 * ((n - 1) % $2) + 2, 'ALL', 100
  FROM generate_series(1, $1::bigint) AS n
"""
_ENTRIES = """
INSERT INTO entry (account_id, seq, transfer_id, amount_minor, balance_after_minor, booked_at)
SELECT 2 * ((n - 1) % $2) + 1 + side, (n - 1) / $2 + 1, n, 100 * (2 * side - 1),
       100 * (2 * side - 1) * ((n - 1) / $2 + 1), bank_clock() - interval '30 days'
  FROM generate_series(1, $1::bigint) AS n, generate_series(0, 1) AS side
"""
_SEQUENCES = """
SELECT setval('movement_id', greatest($1::bigint, 1)), setval('transfer_id', greatest($1::bigint, 1)),
       setval(pg_get_serial_sequence('account', 'id'), $2::bigint),
       setval(pg_get_serial_sequence('customer', 'id'), $2::bigint)
"""
_PAYEES = """
INSERT INTO paid_payee SELECT c, i, bank_clock() FROM unnest($1::bigint[], $2::text[]) AS w (c, i)
ON CONFLICT DO NOTHING
"""
_CHALLENGES = (
    "id", "purpose", "customer_id", "digest", "issued_at", "expires_at", "authorised_at", "authorised_by",
)  # fmt: skip
_PAYMENTS = (
    "id", "customer_id", "kind", "debit_account_id", "credit_account_id", "payee_name", "payee_iban", "currency",
    "amount_minor", "fee_minor", "description", "prepared_at", "challenge_id",
)  # fmt: skip


async def fill(admin: "asyncpg.Connection[asyncpg.Record]", accounts: int, entries_each: int = 0) -> None:
    """So many customers (an even number) with an account each, which has so many entries behind it.

    Every other one has paid the next, 1,00 ALL a time; entries stand in the order in which such payments come.
    """
    pairs = accounts // 2
    transfers = pairs * entries_each
    await admin.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await admin.execute(_CUSTOMERS, accounts, timeout=300)
    await admin.execute(_USERS, accounts, timeout=300)
    await admin.execute(_ACCOUNTS, accounts, entries_each, timeout=300)
    await admin.execute(_MOVEMENTS, transfers, timeout=300)
    await admin.execute(_TRANSFERS, transfers, pairs, timeout=300)
    await admin.execute(_ENTRIES, transfers, pairs, timeout=300)
    await admin.execute(_SEQUENCES, transfers, accounts)
    await admin.execute("RESET session_replication_role; RESET synchronous_commit")
    await admin.execute("VACUUM ANALYZE", timeout=300)


async def deeds(
    admin: "asyncpg.Connection[asyncpg.Record]", draw: Draw, count: int, *, confirmed: bool = False
) -> list[Deed]:
    """So many prepared payments between the accounts that are drawn, as the pages hand them over to the ledger.

    Each has its movement, transfer, two entries, balances, the payment's state, the audit and a letter to the payer. A
    `confirmed` one was confirmed by a code, counts against the day's limit and goes to a payee who was paid before.
    """
    now: datetime = await admin.fetchval("SELECT bank_clock()")
    made = [_deed(*draw(), confirmed=confirmed) for _ in range(count)]
    codes, payments, payees = [], [], set()
    for deed, authority in made:
        (leg,), who = deed.legs, deed.particulars
        payments.append(
            (deed.key, authority.customer_id, deed.kind, leg.debit_account_id, leg.credit_account_id, who.payee_name,
             who.payee_iban, leg.amount.currency, leg.amount.minor, 0, who.description, now, authority.challenge_id)
        )  # fmt: skip
        if confirmed:
            until = now + timedelta(days=1)
            codes.append(
                (authority.challenge_id, "payment", authority.customer_id, authority.digest, now, until, now, "sms")
            )
            payees.add((authority.customer_id, who.payee_iban))
    await admin.execute("SET session_replication_role = replica")
    await admin.execute(_PAYEES, [customer for customer, _ in payees], [iban for _, iban in payees])
    await admin.copy_records_to_table("challenge", records=codes, columns=_CHALLENGES)
    await admin.copy_records_to_table("payment", records=payments, columns=_PAYMENTS)
    await admin.execute("RESET session_replication_role")
    await admin.execute("ANALYZE challenge, payment, paid_payee, spending_day")
    return [deed for deed, _ in made]


def _deed(debit: int, credit: int, *, confirmed: bool) -> tuple[Deed, Authority]:
    key, amount = uuid.uuid4(), Money(random.randint(1, 100_000), Currency.ALL)
    who = Particulars("Arta Kola", "Besnik Hoxha", "Qira e muajit", f"AL{debit:026}", f"AL{credit:026}")
    authority = Authority(key, debit, 1, b"", needs_code=False, challenge_id=None, day_limit=None)
    if confirmed:
        digest = operation_digest(
            key,
            debit,
            f"AL{debit:026}",
            f"AL{credit:026}",
            who.payee_name,
            amount,
            Money(0, Currency.ALL),
            who.description,
        )
        authority = Authority(key, debit, 1, digest, True, uuid.uuid4(), _LIMIT, _HOLD)
    told = {"name": "Arta Kola", "amount": "1.250,00 ALL", "account": "***0042", "payee": "Besnik Hoxha"}
    deed = Deed(
        key=key,
        kind="in-bank" if confirmed else "own",
        legs=(Leg(debit, credit, amount),),
        particulars=who,
        authority=authority,
        notices=(Notice("email", "arta@example.com", "payment_made", "sq", told),),
        actor=f"customer:{debit}",
        request_id="0123456789abcdef",
    )
    return deed, authority


def uniform(accounts: int) -> Draw:
    """Anybody pays anybody."""

    def draw() -> tuple[int, int]:
        debit, credit = random.sample(range(1, accounts + 1), 2)
        return debit, credit

    return draw


def hot(accounts: int) -> Draw:
    """Everybody pays one shop."""
    return lambda: (random.randint(2, accounts), 1)


def zipf(accounts: int) -> Draw:
    """Some are paid, and pay, much more often than others: the n-th in the proportion of 1/n."""
    order = random.sample(range(1, accounts + 1), accounts)
    cumulative = list(accumulate(1 / n for n in range(1, accounts + 1)))

    def draw() -> tuple[int, int]:
        debit, credit = random.choices(order, cum_weights=cumulative, k=2)
        return (debit, credit) if debit != credit else draw()

    return draw
