-- name: find
-- The browser of a token, where this customer came in with it in the last $3 days and didn't remove it.
SELECT id FROM device
 WHERE customer_id = coalesce($1::bigint, 0) AND token_mac = $2 AND removed_at IS NULL
   AND last_seen_at > bank_clock() - make_interval(days => $3);

-- name: is_ours
-- Whether a token was given out by us, to whichever customer, and this one ($2) neither removed a browser of it nor
-- stayed away from it for $3 days.
SELECT EXISTS (SELECT FROM device WHERE token_mac = $1)
   AND NOT EXISTS (SELECT FROM device
                    WHERE token_mac = $1 AND customer_id = $2
                      AND (removed_at IS NOT NULL OR last_seen_at <= bank_clock() - make_interval(days => $3)));

-- name: remember
-- The customer came in with this browser. Says whether it is new to them, and whether they have others.
WITH older AS (SELECT count(*) AS devices FROM device WHERE customer_id = $2)
INSERT INTO device AS d (id, customer_id, token_mac, browser, address_prefix, first_seen_at, last_seen_at)
SELECT $1, $2, $3, $4, $5, at, at FROM bank_clock() AS at
ON CONFLICT (customer_id, token_mac) WHERE removed_at IS NULL DO UPDATE
   SET last_seen_at = excluded.last_seen_at, browser = excluded.browser, address_prefix = excluded.address_prefix
RETURNING d.id, d.id = $1 AS is_new, (SELECT devices FROM older) AS others;

-- name: known
-- The customer's browsers of the last $2 days, the one used last first.
SELECT id, token_mac, browser, address_prefix, first_seen_at, last_seen_at FROM device
 WHERE customer_id = $1 AND removed_at IS NULL AND last_seen_at > bank_clock() - make_interval(days => $2)
 ORDER BY last_seen_at DESC, id;

-- name: remove
-- The customer doesn't know this browser any more; nothing where it isn't theirs.
UPDATE device SET removed_at = bank_clock() WHERE customer_id = $1 AND id = $2 AND removed_at IS NULL
RETURNING token_mac;

-- name: forget
-- Browsers that nobody came in with for a year are forgotten; how many.
SELECT forget_devices();

-- name: remove_others
-- The customer knows none but the browser of this token; how many there were.
WITH gone AS (
    UPDATE device SET removed_at = bank_clock() WHERE customer_id = $1 AND token_mac <> $2 AND removed_at IS NULL
    RETURNING 1
)
SELECT count(*) FROM gone;
