-- name: begin_posting
-- One round trip: the transaction and the shared side of the gate. The night takes the same lock exclusively. The lock
-- comes in a statement of its own, so that what is read after it is read behind it.
BEGIN; SELECT pg_advisory_xact_lock_shared(4993001);

-- name: pass_gate
-- The shared side of the gate, for what is booked in a transaction that has begun already.
SELECT pg_advisory_xact_lock_shared(4993001);

-- name: read_gate
-- Behind the lock: the gate, the bank's clock, ids for the batch, and which of its deeds are booked already.
SELECT g.state, bank_clock() AS clock,
       ARRAY(SELECT nextval('movement_id') FROM generate_series(1, $1::int)) AS movement_ids,
       ARRAY(SELECT nextval('transfer_id') FROM generate_series(1, $2::int)) AS transfer_ids,
       ARRAY(SELECT nextval('outbox_id_seq') FROM generate_series(1, $3::int)) AS notice_ids,
       ARRAY(SELECT deed_key FROM movement WHERE deed_key = ANY($4::uuid[])) AS booked
  FROM gate g;

-- name: lock_payments
-- The prepared payments of the batch, in one order for all, with the code, the standing of the customer, what they sent
-- to others on this day in this currency, and whether they have paid this payee before (only where they haven't does it
-- matter since when they have their mobile number). Where the row had to be waited for, those two may lag behind: the
-- limit is kept by its constraint, and a payee counts as new once more.
SELECT p.id, p.customer_id, p.state, p.movement_id,
       c.digest, c.expires_at, c.authorised_at, c.authorised_by, c.consumed_at, p.challenge_id,
       u.state AS user_state, u.auth_epoch, b.barred_at,
       CASE WHEN w.customer_id IS NULL
            THEN (SELECT h.mobile_changed_at FROM customer h WHERE h.id = p.customer_id) END AS mobile_changed_at,
       coalesce(s.spent_minor, 0) AS spent_minor, w.customer_id IS NOT NULL AS paid_before
  FROM payment p
  LEFT JOIN challenge c ON c.id = p.challenge_id AND c.purpose = 'payment' AND c.customer_id = p.customer_id
  LEFT JOIN internet_user u ON u.customer_id = p.customer_id
  LEFT JOIN bar b ON b.customer_id = p.customer_id AND b.lifted_at IS NULL
  LEFT JOIN spending_day s ON s.customer_id = p.customer_id AND s.currency = p.currency AND s.day = $2
  LEFT JOIN paid_payee w ON w.customer_id = p.customer_id AND w.payee_iban = p.payee_iban
 WHERE p.id = ANY($1::uuid[])
 ORDER BY p.id
   FOR NO KEY UPDATE OF p;

-- name: settled_state
-- The state of a payment, once whoever is at it is done.
SELECT state FROM payment WHERE id = $1 FOR NO KEY UPDATE;

-- name: lock_accounts
-- The accounts of the batch, in one order for all. FOR UPDATE would deadlock with foreign keys.
SELECT id, iban, customer_id, currency, status, floor_minor, balance_minor, last_seq
  FROM account WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: bookings
-- What became of these deeds.
SELECT deed_key, id, booked_at FROM movement WHERE deed_key = ANY($1::uuid[]);

-- name: write_batch
-- Everything that a batch writes, whole rows at a time, in one round trip. Triggers look at it as a whole, at its end. A
-- deed's payment, if it has one, has the deed's key; a balance is what the account's last entry says.
WITH movements AS (
    INSERT INTO movement (id, deed_key, kind, booked_at, value_date, by_night,
                          payer_name, payer_iban, payee_name, payee_iban, description)
    SELECT id, deed_key, kind, booked_at, value_date, by_night,
           payer_name, payer_iban, payee_name, payee_iban, description
      FROM unnest($1::movement[])
), transfers AS (
    INSERT INTO transfer (id, movement_id, purpose, debit_account_id, credit_account_id, currency, amount_minor)
    SELECT id, movement_id, purpose, debit_account_id, credit_account_id, currency, amount_minor
      FROM unnest($2::transfer[])
), entries AS (
    INSERT INTO entry (account_id, seq, transfer_id, amount_minor, balance_after_minor, booked_at)
    SELECT account_id, seq, transfer_id, amount_minor, balance_after_minor, booked_at
      FROM unnest($3::entry[])
), payments AS (
    UPDATE payment p SET state = 'posted', movement_id = m.id, decided_at = m.booked_at
      FROM unnest($1::movement[]) AS m WHERE p.id = m.deed_key
), challenges AS (
    UPDATE challenge SET consumed_at = $5 WHERE id = ANY($4::uuid[])
), spending AS (
    INSERT INTO spending_day (customer_id, day, currency, spent_minor, limit_minor)
    SELECT customer_id, day, currency, spent_minor, limit_minor
      FROM unnest($6::spending_day[]) ORDER BY customer_id, currency
    ON CONFLICT (customer_id, day, currency) DO UPDATE
       SET spent_minor = spending_day.spent_minor + excluded.spent_minor, limit_minor = excluded.limit_minor
), payees AS (
    INSERT INTO paid_payee (customer_id, payee_iban, paid_at)
    SELECT customer_id, payee_iban, paid_at FROM unnest($7::paid_payee[]) ORDER BY customer_id, payee_iban
    ON CONFLICT (customer_id, payee_iban) DO NOTHING
), audits AS (
    INSERT INTO audit (at, actor, action, subject, outcome, request_id, data)
    SELECT $5, actor, action, subject, outcome, request_id, data FROM unnest($8::audit[])
), notices AS (
    INSERT INTO outbox (id, channel, recipient, template, language, data, written_at, due_at) OVERRIDING SYSTEM VALUE
    SELECT id, channel, recipient, template, language, data, $5, $5 FROM unnest($9::outbox[])
)
UPDATE account SET balance_minor = last.balance_after_minor, last_seq = last.seq
  FROM (SELECT DISTINCT ON (account_id) account_id, seq, balance_after_minor
          FROM unnest($3::entry[]) ORDER BY account_id, seq DESC) AS last
 WHERE account.id = last.account_id;

-- name: write_read_back
-- Rows that must be kept before anyone is told what became of deeds whose commit went unanswered.
INSERT INTO audit (at, actor, action, subject, outcome)
SELECT bank_clock(), 'bank', 'outcome.read_back', 'deed:' || key,
       CASE WHEN EXISTS (SELECT FROM movement WHERE deed_key = key) THEN 'booked' ELSE 'nothing' END
  FROM unnest($1::uuid[]) AS key;

-- name: lock_gate
-- The exclusive side of the gate: granted when every posting before it has committed or rolled back.
SELECT pg_advisory_xact_lock(4993001);

-- name: gate
-- The gate as it stands, and the bank's clock.
SELECT g.state, g.closed_by, g.reason, g.changed_at, g.held_until, g.expected_at, w.starts AS window_starts,
       w.ends AS window_ends, bank_clock() AS clock
  FROM gate g CROSS JOIN (SELECT starts, ends FROM gate_window ORDER BY since DESC LIMIT 1) w;

-- name: postings_under_way
-- How many transactions hold the shared side of the gate, whatever process they are of.
SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
 WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 4993001 AND l.mode = 'ShareLock' AND l.granted;

-- name: hold_gate
-- The night opens it no sooner.
UPDATE gate SET held_until = $1;

-- name: expect_opening
-- When customers are told that it opens.
UPDATE gate SET expected_at = $1;

-- name: close_gate
-- Closed: nothing is booked from here on.
UPDATE gate SET state = 'closed', closed_by = $1, reason = $2, changed_at = bank_clock() RETURNING changed_at;

-- name: note_closing
-- When the gate was closed, and by whom.
INSERT INTO gate_closing (closed_at, closed_by, in_flight, drained_ms) VALUES ($1, $2, $3, $4);

-- name: open_gate
-- Open again.
UPDATE gate SET state = 'open', closed_by = NULL, reason = '', held_until = NULL, expected_at = NULL,
                changed_at = bank_clock()
RETURNING changed_at;

-- name: note_opening
-- When the gate was opened.
UPDATE gate_closing SET opened_at = $1 WHERE opened_at IS NULL;

-- name: set_window
-- The window of the configuration, kept for the checks of the books with the moment from which on it holds; nothing where
-- it is the last one's.
INSERT INTO gate_window (since, starts, ends)
SELECT bank_clock(), $1::time, $2::time
 WHERE ($1::time, $2::time) IS DISTINCT FROM (SELECT (starts, ends) FROM gate_window ORDER BY since DESC LIMIT 1);

-- name: open_bank_account
-- An account of the bank's own chart; nothing where it is there already.
INSERT INTO account (code, product, currency, opened_on, floor_minor)
VALUES ($1, 'bank', $2, (bank_clock() AT TIME ZONE 'Europe/Tirane')::date, NULL)
ON CONFLICT (code, currency) DO NOTHING;

-- name: bank_account
-- The id of an account of the bank's own chart.
SELECT id FROM account WHERE code = $1 AND currency = $2;

-- name: bank_clock
-- The bank's clock.
SELECT bank_clock();

-- name: clock_offset
-- How far somebody moved the clock; nothing where nobody did.
SELECT moved_by FROM time_travel;

-- name: clock_is_moved
-- Whether somebody moved the clock: only the demo and the tests do.
SELECT EXISTS (SELECT FROM time_travel);
