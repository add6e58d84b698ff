-- name: issue
-- That a code was issued, for whom and what; never the code.
INSERT INTO challenge (id, purpose, customer_id, digest, issued_at, expires_at)
SELECT $1, $2, $3, $4, at, at + make_interval(secs => $5) FROM bank_clock() AS at;

-- name: extend
-- The code was replaced by a new one, which lives as long again; nothing where it was used already.
UPDATE challenge SET expires_at = bank_clock() + make_interval(secs => $2) WHERE id = $1 AND consumed_at IS NULL;

-- name: authorise
-- The right code was typed; when, and whether it came by SMS or from an app, is kept of the first time.
UPDATE challenge SET authorised_at = bank_clock(), authorised_by = $2
 WHERE id = $1 AND authorised_at IS NULL
RETURNING true;

-- name: consume
-- The code is used up, by one only and in time.
UPDATE challenge SET consumed_at = bank_clock()
 WHERE id = $1 AND consumed_at IS NULL AND expires_at > bank_clock()
RETURNING true;

-- name: about
-- What a code was issued for, and for whom.
SELECT h.purpose, h.customer_id, c.number AS customer_number
  FROM challenge h LEFT JOIN customer c ON c.id = h.customer_id WHERE h.id = $1;
-- name: spend
-- The code that a customer agreed to a change by is used up with the change: by one only, for exactly this, and not
-- longer than so many seconds after it was typed.
UPDATE challenge SET consumed_at = bank_clock()
 WHERE id = $1 AND customer_id = $2 AND purpose = 'factor' AND digest = $3 AND consumed_at IS NULL
   AND authorised_at > bank_clock() - make_interval(secs => $4)
RETURNING true;
