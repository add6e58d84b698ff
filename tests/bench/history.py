"""Accounts with a past: entries filled in set-wise, two years of them, as postings would have left them."""

import asyncpg

_STEPS = (
    "CREATE TEMP TABLE past (account_id bigint, n bigint, movement_id bigint, transfer_id bigint, amount_minor bigint,"
    " booked_at timestamptz) ON COMMIT DROP",
    # Two in, one out; the last of them a minute ago.
    """
    INSERT INTO past
    SELECT id, n, nextval('movement_id'), nextval('transfer_id'), CASE n % 3 WHEN 0 THEN -150 ELSE 100 END,
           bank_clock() - interval '1 minute' - (($2::bigint - n) * interval '700 days') / $2::bigint
      FROM generate_series(1, $2::bigint) AS n CROSS JOIN unnest($1::bigint[]) AS id ORDER BY n
    """,
    """
    INSERT INTO movement (id, deed_key, kind, booked_at, value_date, by_night, payer_name, payer_iban, payee_name,
                          payee_iban, description)
    SELECT movement_id, gen_random_uuid(), CASE WHEN amount_minor < 0 THEN 'own' ELSE 'clearing' END, booked_at,
           booked_at::date, true, 'Besnik Hoxha', 'AL47212110090000000235698741', 'Ura Ndërtim shpk',
           'AL35202111090000000001234567', 'Qira e banesës ' || n
      FROM past
    """,
    """
    INSERT INTO transfer (id, movement_id, purpose, debit_account_id, credit_account_id, currency, amount_minor)
    SELECT transfer_id, movement_id, 'payment', CASE WHEN amount_minor < 0 THEN account_id ELSE $1 END,
           CASE WHEN amount_minor < 0 THEN $1 ELSE account_id END, 'ALL', abs(amount_minor)
      FROM past
    """,
    # A customer's entries and, in one chain behind them, those of the bank's account on the other side.
    """
    INSERT INTO entry (account_id, seq, transfer_id, amount_minor, balance_after_minor, booked_at)
    SELECT p.account_id, a.last_seq + row_number() OVER mine, p.transfer_id, p.amount_minor,
           a.balance_minor + sum(p.amount_minor) OVER mine, p.booked_at
      FROM (SELECT account_id, transfer_id, amount_minor, booked_at FROM past
            UNION ALL SELECT $1, transfer_id, -amount_minor, booked_at FROM past) p
      JOIN account a ON a.id = p.account_id
    WINDOW mine AS (PARTITION BY p.account_id ORDER BY p.transfer_id)
    """,
    """
    UPDATE account a SET balance_minor = e.balance_after_minor, last_seq = e.seq
      FROM (SELECT DISTINCT ON (account_id) account_id, seq, balance_after_minor FROM entry
             WHERE account_id IN (SELECT account_id FROM past UNION SELECT $1)
             ORDER BY account_id, seq DESC) e
     WHERE a.id = e.account_id
    """,
    # What went out was the customer's own payment, and has a receipt.
    """
    INSERT INTO payment (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, currency,
                         amount_minor, fee_minor, description, prepared_at, state, movement_id, decided_at)
    SELECT m.deed_key, a.customer_id, 'own', a.id, $1, 'Ura Ndërtim shpk', 'AL35202111090000000001234567',
           'ALL', -p.amount_minor, 0, m.description, p.booked_at, 'posted', p.movement_id, p.booked_at
      FROM past p JOIN account a ON a.id = p.account_id JOIN movement m ON m.id = p.movement_id
     WHERE p.amount_minor < 0
    """,
)


async def fill(admin: asyncpg.Connection, other: int, accounts: list[int], each: int) -> None:
    """`each` entries more in every one of these accounts; `other` is the bank's account on the other side.

    Triggers don't run for it: they are for batches. The checks of the books say whether all is as they want it.
    """
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        for step in _STEPS:
            words = {"$2": (accounts, each), "$1": (other,)}
            found = next((values for mark, values in words.items() if mark in step), ())
            await admin.execute(step, *found)
    await admin.execute("VACUUM ANALYZE entry, transfer, movement, payment, account")
