-- name: take_turn
-- Whether nobody else is sealing; the lock is the transaction's.
SELECT pg_try_advisory_xact_lock(4993010);

-- name: reached
-- How far ids have been given out: whoever got one of these has it by now. And when that was, by the bank's clock (UTC).
SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM movement_id) AS movement,
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM transfer_id) AS transfer,
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_id_seq) AS audit,
       to_char(bank_clock() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS clock;

-- name: writers
-- Transactions that may have been given ids of which nobody else can see yet what becomes of them: postings hold the
-- shared side of the gate, and whoever writes an audit row holds the table's lock. Both are taken before the id.
SELECT DISTINCT virtualtransaction AS writer, locktype = 'advisory' AS posts
  FROM pg_locks
 WHERE granted AND pid <> pg_backend_pid()
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (locktype = 'advisory' AND classid = 0 AND objid = 4993001 AND objsubid = 1 AND mode = 'ShareLock'
        OR locktype = 'relation' AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock');

-- name: under_way
-- Those of these transactions that haven't ended.
SELECT DISTINCT virtualtransaction AS writer FROM pg_locks WHERE virtualtransaction = ANY($1::text[]);

-- name: last
-- The last seal: where the next one begins.
SELECT number, mac, movement_upto, transfer_upto, audit_upto,
       to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS sealed_at
  FROM seal ORDER BY number DESC LIMIT 1;

-- name: mac
-- What this seal ends with.
SELECT mac FROM seal WHERE number = $1;

-- name: chain
-- All seals in their order.
SELECT number, previous, kid, to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS sealed_at,
       movement_after, transfer_after, audit_after, movement_upto, transfer_upto, audit_upto, digest, marks, mac
  FROM seal ORDER BY number;

-- name: movements
-- Movements of a range of ids, every column as PostgreSQL sends it in binary: for each its type, its length, its bytes.
-- What is sealed reads the same for ever: a table that gets another column gets another kind of seal with it.
SELECT id AS position, id AS first, 0::bigint AS second,
       record_send(ROW(id, deed_key, kind, booked_at, value_date, by_night, payer_name, payer_iban, payee_name,
                       payee_iban, description)) AS bytes
  FROM movement WHERE id > $1 AND id <= $2 ORDER BY id;

-- name: transfers
-- Transfers of a range of ids, the same way.
SELECT id AS position, id AS first, 0::bigint AS second,
       record_send(ROW(id, movement_id, purpose, debit_account_id, credit_account_id, currency, amount_minor)) AS bytes
  FROM transfer WHERE id > $1 AND id <= $2 ORDER BY id;

-- name: entries
-- Entries of a range of transfers, the same way.
SELECT transfer_id AS position, account_id AS first, seq AS second,
       record_send(ROW(account_id, seq, transfer_id, amount_minor, balance_after_minor, booked_at)) AS bytes
  FROM entry WHERE transfer_id > $1 AND transfer_id <= $2 ORDER BY transfer_id, account_id, seq;

-- name: audits
-- Rows of the audit trail of a range of ids, the same way.
SELECT id AS position, id AS first, 0::bigint AS second,
       record_send(ROW(id, at, actor, action, subject, outcome, request_id, address_prefix, data, written_by)) AS bytes
  FROM audit WHERE id > $1 AND id <= $2 ORDER BY id;

-- name: waiting
-- What was written after these ids, and waits for its seal.
SELECT (SELECT count(*) FROM movement WHERE id > $1) AS movements,
       (SELECT count(*) FROM transfer WHERE id > $2) AS transfers,
       (SELECT count(*) FROM audit WHERE id > $3) AS audits;

-- name: write
-- The next seal. What doesn't continue the last one is refused.
INSERT INTO seal (number, previous, kid, sealed_at, movement_after, transfer_after, audit_after, movement_upto,
                  transfer_upto, audit_upto, digest, marks, mac)
VALUES ($1, $2, $3, $4::text::timestamp AT TIME ZONE 'UTC', $5, $6, $7, $8, $9, $10, $11, $12, $13);
