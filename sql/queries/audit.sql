-- name: write
-- One thing that somebody did, in the transaction of the deed.
INSERT INTO audit (at, actor, action, subject, outcome, request_id, address_prefix, data)
VALUES (bank_clock(), $1, $2, $3, $4, $5, $6, $7::text::jsonb);
