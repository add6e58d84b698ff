-- name: customer_by_number
-- The customer of a customer number or a personal number, with the internet user if there is one.
SELECT c.id, c.number, c.personal_number, c.kind, c.name, c.mobile, c.email, c.kshbi_version, c.language,
       u.state, u.password_hash, u.password_changed_at, u.auth_epoch
  FROM customer c LEFT JOIN internet_user u ON u.customer_id = c.id
 WHERE c.number = $1 OR c.personal_number = $1;

-- name: customer_by_id
-- The same, by id. Nobody (null) is looked for like somebody, here and elsewhere: an index isn't asked for null, and that
-- would show in the time.
SELECT c.id, c.number, c.personal_number, c.kind, c.name, c.mobile, c.email, c.kshbi_version, c.language,
       u.state, u.password_hash, u.password_changed_at, u.auth_epoch
  FROM customer c LEFT JOIN internet_user u ON u.customer_id = c.id
 WHERE c.id = coalesce($1::bigint, 0);

-- name: search_customers
-- Customers by either number, by mobile, or by a part of the name, for staff.
SELECT c.id, c.number, c.personal_number, c.kind, c.name, c.mobile, c.email, c.kshbi_version, c.language,
       u.state, u.password_hash, u.password_changed_at, u.auth_epoch
  FROM customer c LEFT JOIN internet_user u ON u.customer_id = c.id
 WHERE c.number = $1 OR c.personal_number = upper($1) OR c.mobile_index = ANY($2::bytea[])
    OR strpos(lower(c.name), lower($1)) > 0
 ORDER BY c.name, c.id
 LIMIT $3;

-- name: count_failures
-- So many failures more (none, perhaps) for this subject, whose row stays locked for the transaction. A block whose end
-- has come is over, and the counting begins anew; how many blocks there were stays.
INSERT INTO lockout AS l (subject, customer_id, failures, failed_at)
VALUES ($1, $2, $3, CASE WHEN $3 > 0 THEN bank_clock() END)
ON CONFLICT (subject) DO UPDATE
   SET failures = CASE WHEN l.blocked_at IS NULL OR stands(l.blocked_at, l.blocked_until) THEN l.failures ELSE 0 END
                + excluded.failures,
       failed_at = coalesce(excluded.failed_at, l.failed_at),
       customer_id = coalesce(l.customer_id, excluded.customer_id),
       blocked_at = CASE WHEN stands(l.blocked_at, l.blocked_until) THEN l.blocked_at END,
       blocked_until = CASE WHEN stands(l.blocked_at, l.blocked_until) THEN l.blocked_until END
RETURNING failures, blocked_at IS NOT NULL AS is_blocked, blocked_until,
          EXISTS (SELECT FROM bar b WHERE b.customer_id = coalesce($2::bigint, 0) AND b.lifted_at IS NULL) AS is_barred;

-- name: block_after_failures
-- The block, where that many failures have gathered, one of them is known, and it isn't there yet: as many seconds long
-- as stand in $4 for the first, the second …, and after the last of them without an end.
UPDATE lockout l
   SET blocked_at = now.at, blocks = l.blocks + 1, told_at = NULL,
       blocked_until = now.at + make_interval(secs => ($4::int[])[l.blocks + 1])
  FROM (SELECT bank_clock() AS at) AS now
 WHERE subject = $1 AND blocked_at IS NULL AND failures >= $2 AND $3
RETURNING true AS fell, blocked_until;

-- name: bar
-- Close the access by somebody's will; nothing where it is closed already.
INSERT INTO bar (customer_id, barred_at, barred_by) VALUES ($1, bank_clock(), $2)
ON CONFLICT (customer_id) WHERE lifted_at IS NULL DO NOTHING
RETURNING true;

-- name: lift_bar
-- Let the customer in again; nothing where no bar stands.
UPDATE bar SET lifted_at = bank_clock() WHERE customer_id = $1 AND lifted_at IS NULL RETURNING true;

-- name: take_untold
-- Blocks that fell and that nobody was told of; told from here on. What another process holds is its to tell.
WITH fallen AS (
    SELECT subject FROM lockout WHERE blocked_at IS NOT NULL AND told_at IS NULL
     ORDER BY blocked_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE lockout l SET told_at = bank_clock() FROM fallen f WHERE l.subject = f.subject
RETURNING l.subject, l.customer_id, l.blocks, l.blocked_until;

-- name: forgive
-- A success: the failures before it no longer count, nor do the blocks. One that stands stays.
UPDATE lockout SET failures = 0, blocks = 0, blocked_at = NULL, blocked_until = NULL
 WHERE subject = $1 AND NOT stands(blocked_at, blocked_until);

-- name: take_back
-- What was counted beforehand was no failure. A block stays.
UPDATE lockout SET failures = greatest(failures - 1, 0) WHERE subject = $1 AND NOT stands(blocked_at, blocked_until);

-- name: unblock
-- The end of all blocks by failures of a customer, in whatever browser, and of the failures that led to them.
UPDATE lockout SET failures = 0, blocks = 0, blocked_at = NULL, blocked_until = NULL
 WHERE (subject = $1 OR customer_id = $2) AND (blocked_at IS NOT NULL OR failures > 0)
RETURNING subject;

-- name: lockout
-- How a subject stands: failures and block by them, and the bar of its customer ($2), if there is any of it.
SELECT coalesce(l.failures, 0) AS failures, l.failed_at, l.blocked_at, l.blocked_until,
       coalesce(stands(l.blocked_at, l.blocked_until), false) AS is_blocked, b.barred_at, b.barred_by
  FROM (SELECT $1::bytea AS subject) s
  LEFT JOIN lockout l USING (subject)
  LEFT JOIN bar b ON b.customer_id = $2 AND b.lifted_at IS NULL;

-- name: lockouts
-- The same of customers ($2), with the worst of their counters: that of their number ($1), or of a known browser.
SELECT coalesce(l.failures, 0) AS failures, l.failed_at, l.blocked_at, l.blocked_until,
       coalesce(l.is_blocked, false) AS is_blocked, b.barred_at, b.barred_by
  FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS s (subject, customer_id, place)
  LEFT JOIN LATERAL (
      SELECT failures, failed_at, blocked_at, blocked_until, stands(blocked_at, blocked_until) AS is_blocked
        FROM lockout WHERE subject = s.subject OR customer_id = s.customer_id
       ORDER BY 5 DESC, blocked_until DESC NULLS FIRST, failures DESC LIMIT 1) l ON true
  LEFT JOIN bar b ON b.customer_id = s.customer_id AND b.lifted_at IS NULL
 ORDER BY s.place;

-- name: advance_epoch
-- From here on no earlier session of this user counts; nothing where there is no such user.
UPDATE internet_user SET auth_epoch = auth_epoch + 1 WHERE customer_id = $1 RETURNING auth_epoch;

-- name: may_stay
-- Which of these sessions, each by customer, epoch and counter of failures, still count: the user is active, nothing
-- ended it, no bar stands, nor a block of the counter.
SELECT s.customer_id, s.auth_epoch, s.counter
  FROM unnest($1::bigint[], $2::int[], $3::bytea[]) AS s (customer_id, auth_epoch, counter)
  JOIN internet_user u ON u.customer_id = s.customer_id AND u.auth_epoch = s.auth_epoch AND u.state = 'active'
 WHERE NOT EXISTS (SELECT FROM bar b WHERE b.customer_id = s.customer_id AND b.lifted_at IS NULL)
   AND NOT EXISTS (SELECT FROM lockout l WHERE l.subject = s.counter AND stands(l.blocked_at, l.blocked_until));

-- name: register
-- The customer becomes an internet user; one whose access was reset becomes active again. Nothing for others.
INSERT INTO internet_user (customer_id, state, password_hash, password_changed_at, registered_at)
SELECT $1, 'active', $2, at, at FROM bank_clock() AS at
ON CONFLICT (customer_id) DO UPDATE
   SET state = 'active', password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at,
       auth_epoch = internet_user.auth_epoch + 1
 WHERE internet_user.state = 'reset'
RETURNING auth_epoch;

-- name: change_password
-- A new password for an active user whose sessions nothing has ended since; the new epoch, or nothing.
UPDATE internet_user SET password_hash = $3, password_changed_at = bank_clock(), auth_epoch = auth_epoch + 1
 WHERE customer_id = $1 AND auth_epoch = $2 AND state = 'active'
RETURNING auth_epoch;

-- name: renew_hash
-- The same password, hashed anew; nothing where another password has taken its place.
UPDATE internet_user SET password_hash = $3 WHERE customer_id = $1 AND password_hash = $2;

-- name: remember_password
-- What is kept of the present password moves to the past ones; written before it is replaced.
INSERT INTO past_password (customer_id, replaced_at, password_hash)
SELECT customer_id, bank_clock(), password_hash FROM internet_user WHERE customer_id = $1;

-- name: past_passwords
-- What is kept of the last passwords before the present one, newest first.
SELECT password_hash FROM past_password WHERE customer_id = $1 ORDER BY replaced_at DESC LIMIT $2;

-- name: set_state
-- Another state of the user, out of one of these; every session ends. Nothing where it isn't in one of them.
UPDATE internet_user SET state = $2, auth_epoch = auth_epoch + 1
 WHERE customer_id = $1 AND state = ANY($3::text[])
RETURNING auth_epoch;

-- name: lock_customer
-- The customer of either number, locked against other deeds of staff; nobody else waits for that.
SELECT id FROM customer WHERE number = $1 OR personal_number = $1 FOR NO KEY UPDATE;

-- name: lock_personal_number
-- Two who open a customer with one personal number wait for each other.
SELECT pg_advisory_xact_lock(4993003, hashtext($1));

-- name: set_mobile
-- The mobile number declared at the branch, sealed, and its blind index. A customer's first one replaces nothing that
-- somebody could have taken over.
UPDATE customer
   SET mobile = $2, mobile_index = $3, mobile_changed_at = CASE WHEN mobile IS NOT NULL THEN bank_clock() END
 WHERE id = $1;

-- name: set_email
-- The e-mail address declared at the branch, sealed.
UPDATE customer SET email = $2 WHERE id = $1;

-- name: set_kshbi
-- The version of the retail banking terms that the customer signed.
UPDATE customer SET kshbi_version = $2 WHERE id = $1;

-- name: write_sign_in
-- A sign-in.
INSERT INTO sign_in (customer_id, at, succeeded, address_prefix, browser) VALUES ($1, bank_clock(), true, $2, $3);

-- name: last_sign_ins
-- The last $3 sign-ins and failed ones of customer $1, newest first; the failed ones out of the trail of subject $2. A
-- wrong code after a wrong password is the same failure. That $2 is no deed is what its index is found by.
SELECT at, succeeded, address_prefix, browser FROM (
    (SELECT at, succeeded, address_prefix, browser FROM sign_in WHERE customer_id = $1 ORDER BY id DESC LIMIT $3)
    UNION ALL
    (SELECT at, false, address_prefix, data->>'browser' FROM audit
      WHERE subject = $2 AND subject NOT LIKE 'deed:%' AND data ? 'browser'
        AND ((action = 'sign_in.password' AND outcome = 'refused')
             OR (action = 'sign_in.code' AND outcome = 'wrong' AND data->>'after' = 'right'))
      ORDER BY id DESC LIMIT $3)) AS tries
 ORDER BY at DESC LIMIT $3;
