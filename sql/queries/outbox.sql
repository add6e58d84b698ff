-- name: next_row
-- The id of the next row: its recipient is sealed for it.
SELECT nextval('outbox_id_seq');

-- name: put
-- Something to be told to someone, in the transaction of the deed.
INSERT INTO outbox (id, channel, recipient, template, language, data, written_at, due_at) OVERRIDING SYSTEM VALUE
SELECT $1, $2, $3, $4, $5, $6::text::jsonb, at, at FROM bank_clock() AS at;

-- name: mark_sent
-- The gateways took these.
UPDATE outbox SET sent_at = bank_clock(), attempts = attempts + 1 WHERE id = ANY($1::bigint[]);

-- name: mark_failed
-- The gateway didn't take it: again later (seconds), or given up where there is no later.
UPDATE outbox
   SET attempts = attempts + 1,
       last_error = $2,
       due_at = CASE WHEN $3::float8 IS NULL THEN due_at ELSE bank_clock() + make_interval(secs => $3) END,
       given_up_at = CASE WHEN $3::float8 IS NULL THEN bank_clock() END
 WHERE id = $1;
