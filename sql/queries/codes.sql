-- name: one_at_a_time
-- Codes of one customer are issued one after the other, so that none is missed where they are counted. Nobody's (null)
-- wait for nobody.
SELECT pg_advisory_xact_lock(4993005, hashtext(coalesce($1::bigint::text, $2::uuid::text)));

-- name: issue
-- That a code was issued, for whom and what; never the code. It leaves by SMS where the customer was sent fewer than $6
-- in 24 hours; whether it does.
INSERT INTO challenge (id, purpose, customer_id, digest, issued_at, expires_at, sms_at, sms_most)
SELECT $1, $2, $3, $4, now.at, now.at + make_interval(secs => $5),
       CASE WHEN sent.sms < $6::int THEN ARRAY[now.at] ELSE '{}' END, $6::int
  FROM (SELECT bank_clock() AS at) AS now
 CROSS JOIN LATERAL (
       SELECT count(*) AS sms FROM challenge c CROSS JOIN unnest(c.sms_at) AS left_at
        WHERE c.customer_id = coalesce($3::bigint, 0) AND c.issued_at > now.at - interval '2 days'
          AND c.sms_at <> '{}' AND left_at > now.at - interval '1 day') AS sent
RETURNING cardinality(sms_at) > 0;

-- name: extend
-- The code was replaced by a new one, which lives as long again and leaves by SMS as above; nothing where it was used
-- already. How many might leave stands for those that left before as well: it doesn't go down.
UPDATE challenge h
   SET expires_at = now.at + make_interval(secs => $2),
       sms_at = CASE WHEN sent.sms < $4::int THEN h.sms_at || now.at ELSE h.sms_at END,
       sms_most = greatest(h.sms_most, $4::int)
  FROM (SELECT bank_clock() AS at) AS now
 CROSS JOIN LATERAL (
       SELECT count(*) AS sms FROM challenge c CROSS JOIN unnest(c.sms_at) AS left_at
        WHERE c.customer_id = coalesce($3::bigint, 0) AND c.issued_at > now.at - interval '2 days'
          AND c.sms_at <> '{}' AND left_at > now.at - interval '1 day') AS sent
 WHERE h.id = $1 AND h.consumed_at IS NULL
RETURNING sent.sms < $4::int;

-- name: authorise
-- The right code was typed; when, and whether it came by SMS or from an app, is kept of the first time.
UPDATE challenge SET authorised_at = bank_clock(), authorised_by = $2
 WHERE id = $1 AND authorised_at IS NULL
RETURNING true;

-- name: admit
-- Right codes were typed, each of a challenge, by a subject and a customer ($2, $3): what of them is blocked or barred, and
-- for all others what `authorise` and, the first time, `forgive` do. Rows are locked in one order, the
-- subjects first: as who counts failures does.
WITH typed AS (
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bigint[]) AS t (challenge_id, subject, customer_id)
), standing AS MATERIALIZED (
    SELECT subject, failures, blocks, blocked_until, stands(blocked_at, blocked_until) AS is_blocked
      FROM lockout WHERE subject = ANY($2::bytea[]) ORDER BY subject FOR NO KEY UPDATE
), judged AS MATERIALIZED (
    SELECT t.challenge_id, t.subject, s.blocked_until, s.failures > 0 OR s.blocks > 0 AS forgives,
           coalesce(s.is_blocked, false) AS is_blocked,
           EXISTS (SELECT FROM bar b WHERE b.customer_id = t.customer_id AND b.lifted_at IS NULL) AS is_barred
      FROM typed t LEFT JOIN standing s USING (subject)
), fresh AS MATERIALIZED (
    SELECT c.id FROM challenge c JOIN judged j ON j.challenge_id = c.id
     WHERE c.authorised_at IS NULL ORDER BY c.id FOR NO KEY UPDATE OF c
), authorised AS (
    UPDATE challenge c SET authorised_at = bank_clock(), authorised_by = 'sms'
      FROM judged j JOIN fresh f ON f.id = j.challenge_id
     WHERE c.id = f.id AND c.authorised_at IS NULL AND NOT (j.is_blocked OR j.is_barred)
    RETURNING j.subject, j.forgives
), forgiven AS (
    UPDATE lockout SET failures = 0, blocks = 0, blocked_at = NULL, blocked_until = NULL
     WHERE subject IN (SELECT subject FROM authorised WHERE forgives)
)
SELECT challenge_id, is_blocked OR is_barred AS is_refused, CASE WHEN is_blocked THEN blocked_until END AS blocked_until
  FROM judged;

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
