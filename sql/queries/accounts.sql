-- name: accounts_of
-- The accounts of these customers: each one's oldest first, closed ones last.
SELECT id, iban, product, currency, status, floor_minor, balance_minor, last_seq, opened_on, customer_id
  FROM account WHERE customer_id = ANY($1::bigint[]) ORDER BY status = 'closed', id;

-- name: account_of
-- One account of a customer; nothing where it is somebody else's.
SELECT id, iban, product, currency, status, floor_minor, balance_minor, last_seq, opened_on
  FROM account WHERE customer_id = $1 AND iban = $2;

-- name: lock_account
-- One account of a customer, locked as a posting locks it.
SELECT id, iban, product, currency, status, floor_minor, balance_minor, last_seq, opened_on
  FROM account WHERE customer_id = $1 AND iban = $2 FOR NO KEY UPDATE;

-- name: set_status
-- How an account stands from now on.
UPDATE account SET status = $2 WHERE id = $1;

-- name: entries_before
-- A customer's entries numbered from $3 to below $4 that pass the sieve, newest first.
SELECT e.seq, date_part('epoch', e.booked_at) AS booked_epoch, e.amount_minor, e.balance_after_minor,
       t.purpose, m.id AS movement_id, m.kind, m.description,
       other.name AS party_name, other.iban AS party_iban,
       (SELECT p.id::text FROM payment p WHERE p.id = m.deed_key AND p.customer_id = $1) AS payment_id
  FROM entry e
  JOIN transfer t ON t.id = e.transfer_id
  JOIN movement m ON m.id = t.movement_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN '' WHEN e.amount_minor < 0 THEN m.payee_name ELSE m.payer_name END,
              CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN NULL WHEN e.amount_minor < 0 THEN m.payee_iban ELSE m.payer_iban END
       ) AS other (name, iban)
 WHERE e.account_id = (SELECT id FROM account WHERE customer_id = $1 AND iban = $2)
   AND e.seq >= $3 AND e.seq < $4
   AND ($5::timestamptz IS NULL OR e.booked_at >= $5)
   AND ($6::timestamptz IS NULL OR e.booked_at < $6)
   AND ($7::bigint IS NULL OR abs(e.amount_minor) >= $7)
   AND ($8::bigint IS NULL OR abs(e.amount_minor) <= $8)
   AND ($9::text IS NULL OR translate(m.description, 'ëçËÇ', 'ecEC') ILIKE $9
        OR translate(other.name, 'ëçËÇ', 'ecEC') ILIKE $9 OR other.iban LIKE $10 OR m.id = $11::bigint)
 ORDER BY e.seq DESC
 LIMIT $12;

-- name: entries_after
-- The same, oldest first: for the way back to newer pages.
SELECT e.seq, date_part('epoch', e.booked_at) AS booked_epoch, e.amount_minor, e.balance_after_minor,
       t.purpose, m.id AS movement_id, m.kind, m.description,
       other.name AS party_name, other.iban AS party_iban,
       (SELECT p.id::text FROM payment p WHERE p.id = m.deed_key AND p.customer_id = $1) AS payment_id
  FROM entry e
  JOIN transfer t ON t.id = e.transfer_id
  JOIN movement m ON m.id = t.movement_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN '' WHEN e.amount_minor < 0 THEN m.payee_name ELSE m.payer_name END,
              CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN NULL WHEN e.amount_minor < 0 THEN m.payee_iban ELSE m.payer_iban END
       ) AS other (name, iban)
 WHERE e.account_id = (SELECT id FROM account WHERE customer_id = $1 AND iban = $2)
   AND e.seq >= $3 AND e.seq < $4
   AND ($5::timestamptz IS NULL OR e.booked_at >= $5)
   AND ($6::timestamptz IS NULL OR e.booked_at < $6)
   AND ($7::bigint IS NULL OR abs(e.amount_minor) >= $7)
   AND ($8::bigint IS NULL OR abs(e.amount_minor) <= $8)
   AND ($9::text IS NULL OR translate(m.description, 'ëçËÇ', 'ecEC') ILIKE $9
        OR translate(other.name, 'ëçËÇ', 'ecEC') ILIKE $9 OR other.iban LIKE $10 OR m.id = $11::bigint)
 ORDER BY e.seq
 LIMIT $12;

-- name: entries_within
-- For each place all entries of account $2 numbered from $3 to below $4, if it is customer $1's, newest first. In a
-- subquery with a bound for each account, so that no number of them makes it read whole tables instead.
SELECT asked.place, entries.*
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
       AS asked (customer_id, account_id, low, high, place)
 CROSS JOIN LATERAL (
       SELECT e.seq, date_part('epoch', e.booked_at) AS booked_epoch, e.amount_minor, e.balance_after_minor,
              t.purpose, m.id AS movement_id, m.kind, m.description,
              other.name AS party_name, other.iban AS party_iban,
              (SELECT p.id::text FROM payment p WHERE p.id = m.deed_key AND p.customer_id = asked.customer_id) AS payment_id
         FROM entry e
         JOIN transfer t ON t.id = e.transfer_id
         JOIN movement m ON m.id = t.movement_id
        CROSS JOIN LATERAL (
              SELECT CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN '' WHEN e.amount_minor < 0 THEN m.payee_name ELSE m.payer_name END,
                     CASE WHEN t.purpose IN ('fee', 'interest', 'tax') THEN NULL WHEN e.amount_minor < 0 THEN m.payee_iban ELSE m.payer_iban END
              ) AS other (name, iban)
        WHERE e.account_id = (SELECT a.id FROM account a WHERE a.id = asked.account_id AND a.customer_id = asked.customer_id)
          AND e.seq >= asked.low AND e.seq < asked.high
        ORDER BY e.seq DESC
        LIMIT asked.high - asked.low
       ) AS entries
 ORDER BY asked.place, entries.seq DESC;

-- name: firsts_since
-- For each of these moments the number of the first entry of account $1 booked then or later, below $3 (which is the
-- answer where there is none). Entries are numbered as they are booked, so it is found by halving what is left: twenty
-- looks for a million.
WITH RECURSIVE halved AS (
    SELECT moment, 1::bigint AS low, $3::bigint AS high FROM unnest($2::timestamptz[]) AS moment
     UNION ALL
    SELECT h.moment, CASE WHEN e.booked_at < h.moment THEN e.seq + 1 ELSE h.low END,
           CASE WHEN e.booked_at < h.moment THEN h.high ELSE e.seq END
      FROM halved h JOIN entry e ON e.account_id = $1 AND e.seq = (h.low + h.high) / 2
     WHERE h.low < h.high
)
SELECT moment, low FROM halved WHERE low >= high;

-- name: balances_before
-- What was in each of the accounts $1 just before each of the moments $2: the balance after the last entry booked by
-- then, which is found by halving, as above.
WITH RECURSIVE halved AS (
    SELECT a.id AS account_id, moment, 1::bigint AS low, a.last_seq + 1 AS high
      FROM account a CROSS JOIN unnest($2::timestamptz[]) AS moment WHERE a.id = ANY($1::bigint[])
     UNION ALL
    SELECT h.account_id, h.moment, CASE WHEN e.booked_at < h.moment THEN e.seq + 1 ELSE h.low END,
           CASE WHEN e.booked_at < h.moment THEN h.high ELSE e.seq END
      FROM halved h JOIN entry e ON e.account_id = h.account_id AND e.seq = (h.low + h.high) / 2
     WHERE h.low < h.high
)
SELECT account_id, moment,
       coalesce((SELECT balance_after_minor FROM entry e WHERE e.account_id = h.account_id AND e.seq = h.low - 1), 0)
       AS balance_minor
  FROM halved h WHERE low >= high;

-- name: lock_account_numbers
-- One account is numbered at a time, until its transaction ends.
SELECT pg_advisory_xact_lock(4993004);

-- name: next_account_number
-- The running number of the next account: at most what its id will be (and a thousand million), so the one after is higher.
SELECT 1000000000 + coalesce(max(id), 0) + 1 FROM account;

-- name: open_account
-- A new account, empty.
INSERT INTO account (iban, customer_id, product, currency, opened_on, floor_minor)
VALUES ($1, $2, $3, $4, (bank_clock() AT TIME ZONE 'Europe/Tirane')::date, $5)
RETURNING id, iban, product, currency, status, floor_minor, balance_minor, last_seq, opened_on;

-- name: next_customer
-- The id of the next customer: what is sealed in the row is sealed for it.
SELECT nextval('customer_id_seq');

-- name: open_customer
-- A new customer; nothing where the number is somebody's already.
INSERT INTO customer (id, number, personal_number, kind, name, mobile, mobile_index, email, kshbi_version, language,
                      opened_at) OVERRIDING SYSTEM VALUE
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, bank_clock())
ON CONFLICT ON CONSTRAINT customer_number_is_unique DO NOTHING
RETURNING id;

-- name: customer
-- What the branch knows of a customer.
SELECT number, name, mobile, email, kshbi_version, opened_at FROM customer WHERE id = $1;
