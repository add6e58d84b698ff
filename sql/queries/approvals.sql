-- name: request
-- What one operator asks for, until another one decides it or its time is over.
INSERT INTO approval (customer_id, action, arguments, shown, seen, requested_by, reason, requested_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, at, at + make_interval(hours => $8) FROM bank_clock() AS at
RETURNING id, expires_at;

-- name: lock
-- One request with the number of its customer, locked: of two who decide at once the second one sees the decision.
SELECT a.id, a.customer_id, c.number, c.name, a.action, a.arguments, a.shown, a.seen, a.requested_by, a.reason,
       a.requested_at, a.expires_at, a.decision, a.decided_by, a.expires_at <= bank_clock() AS is_expired
  FROM approval a JOIN customer c ON c.id = a.customer_id WHERE a.id = $1 FOR NO KEY UPDATE OF a;

-- name: decide
-- The decision. What was asked for isn't kept any longer than that.
UPDATE approval SET decision = $2, decided_by = $3, decided_at = bank_clock(), arguments = '' WHERE id = $1;

-- name: waiting
-- The requests that wait for a second operator, the oldest first; of one customer, or ($1 null) of all.
SELECT a.id, a.customer_id, c.number, c.name, a.action, a.arguments, a.shown, a.seen, a.requested_by, a.reason,
       a.requested_at, a.expires_at, a.decision, a.decided_by, false AS is_expired
  FROM approval a JOIN customer c ON c.id = a.customer_id
 WHERE a.decision IS NULL AND a.expires_at > bank_clock() AND ($1::bigint IS NULL OR a.customer_id = $1)
 ORDER BY a.id
 LIMIT $2;
