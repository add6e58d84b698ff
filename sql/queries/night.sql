-- name: take_the_lead
-- One process of all does what the night does; the lock is the session's, so it ends with the process.
SELECT pg_try_advisory_lock(4993002);

-- name: last_closings
-- When the gate was closed and opened last, newest first.
SELECT closed_at, closed_by, opened_at, in_flight, drained_ms FROM gate_closing ORDER BY id DESC LIMIT $1;

-- name: forget_strangers
-- Failures against numbers that nobody has, thirty days later; how many.
SELECT forget_strangers();

-- name: take_due
-- The next things to tell by this channel. Each is put off (seconds) as it is taken: no other dispatcher takes it now,
-- no transaction waits for a gateway, and what a dying process leaves untold falls due again.
WITH due AS (
    SELECT id FROM outbox
     WHERE channel = $1 AND sent_at IS NULL AND given_up_at IS NULL AND due_at <= (SELECT bank_clock())
     ORDER BY due_at, id
     LIMIT $2
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox SET due_at = bank_clock() + make_interval(secs => $3)
  FROM due WHERE outbox.id = due.id
RETURNING outbox.id, channel, recipient, template, language, data::text AS data, attempts;
