-- name: keep
-- A promise to make a prepared payment on a day.
INSERT INTO promise (payment_id, due_on, promised_at, challenge_id) VALUES ($1, $2, bank_clock(), $3);

-- name: waiting_for
-- The day for which a payment is promised.
SELECT due_on FROM promise WHERE payment_id = $1 AND state = 'waiting';

-- name: days
-- All days for which a payment was promised.
SELECT due_on FROM promise WHERE payment_id = $1 ORDER BY due_on;

-- name: waiting
-- Promises whose day has come, the oldest first.
SELECT r.payment_id, r.due_on, r.challenge_id, p.customer_id
  FROM promise r JOIN payment p ON p.id = r.payment_id
 WHERE r.state = 'waiting' AND r.due_on <= $1
 ORDER BY r.due_on, r.promised_at LIMIT 2000;

-- name: decide
-- What became of a promise: kept, or refused with a code; nothing where that is known.
UPDATE promise SET state = CASE WHEN $3::text = '' THEN 'kept' ELSE 'refused' END, refusal = $3, decided_at = bank_clock()
 WHERE payment_id = $1 AND due_on = $2 AND state = 'waiting';
