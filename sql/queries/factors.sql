-- name: in_force
-- The factors of a customer that count now, the oldest first; those about to leave are among them.
SELECT id, kind, name, added_at, leaves_at, last_used_at FROM factor_in_force WHERE customer_id = $1 ORDER BY added_at, id;

-- name: kinds_in_force
-- Of which kinds these customers' factors are; of nobody (0) there are none, by the same statement.
SELECT DISTINCT customer_id, kind FROM factor_in_force WHERE customer_id = ANY($1::bigint[]);

-- name: app_in_force
-- The authenticator app of a customer; of nobody ($1 null) there is none, by the same statement.
SELECT id, sealed_seed, last_step FROM factor_in_force WHERE customer_id = coalesce($1::bigint, 0) AND kind = 'app';

-- name: use_step
-- A code of the app is used up, and with it all of the steps before; by one only.
UPDATE factor SET last_step = $2, last_used_at = bank_clock()
 WHERE id = $1 AND last_step < $2 AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock())
RETURNING true;

-- name: open_recovery_codes
-- The recovery codes that a customer can still use; none where there is no factor that they could stand in for.
SELECT hash, salt FROM recovery_code
 WHERE customer_id = coalesce($1::bigint, 0) AND used_at IS NULL AND replaced_at IS NULL
   AND EXISTS (SELECT FROM factor_in_force WHERE customer_id = coalesce($1::bigint, 0));

-- name: use_recovery_code
-- A recovery code is used up, by one only.
UPDATE recovery_code SET used_at = bank_clock()
 WHERE customer_id = $1 AND hash = $2 AND used_at IS NULL AND replaced_at IS NULL
RETURNING true;

-- name: replace_recovery_codes
-- The recovery codes that a customer had are void.
UPDATE recovery_code SET replaced_at = bank_clock()
 WHERE customer_id = $1 AND used_at IS NULL AND replaced_at IS NULL;

-- name: add_recovery_codes
-- New recovery codes.
INSERT INTO recovery_code (customer_id, hash, salt, kid, made_at)
SELECT $1, hash, salt, $4, bank_clock() FROM unnest($2::bytea[], $3::bytea[]) AS made (hash, salt);

-- name: begin_change
-- A change of the factors begins: the sessions before it end, and no other change of this customer's runs beside it.
-- The new epoch; nothing where the session that asks was ended, or a bar or a block of its own counter ($3) stands.
UPDATE internet_user SET auth_epoch = auth_epoch + 1
 WHERE customer_id = $1 AND auth_epoch = $2 AND state = 'active'
   AND NOT EXISTS (SELECT FROM bar b WHERE b.customer_id = $1 AND b.lifted_at IS NULL)
   AND NOT EXISTS (SELECT FROM lockout l WHERE l.subject = $3 AND stands(l.blocked_at, l.blocked_until))
RETURNING auth_epoch;

-- name: add_app
-- An authenticator app, which counts at once; the code that proved it is used up.
INSERT INTO factor (id, customer_id, kind, name, added_at, usable_from, sealed_seed, last_step)
SELECT $1, $2, 'app', $3, at, at, $4, $5 FROM bank_clock() AS at;

-- name: remove
-- A factor is removed now, and its seed wiped; nothing where it isn't the customer's or doesn't count any more.
UPDATE factor SET removed_at = bank_clock(), sealed_seed = NULL
 WHERE customer_id = $1 AND id = $2 AND removed_at IS NULL
RETURNING true;

-- name: leave
-- A factor is removed in so many hours; when that is. Nothing where it isn't the customer's, or leaves already.
UPDATE factor SET leaves_at = bank_clock() + make_interval(hours => $3)
 WHERE customer_id = $1 AND id = $2 AND removed_at IS NULL AND leaves_at IS NULL
RETURNING leaves_at;

-- name: keep
-- The removal of a factor is taken back, while there is time; nothing where there is none to take back.
UPDATE factor SET leaves_at = NULL
 WHERE customer_id = $1 AND id = $2 AND removed_at IS NULL AND leaves_at > bank_clock()
RETURNING true;

-- name: rename
-- Another name for a factor that counts; nothing where it isn't the customer's.
UPDATE factor SET name = $3
 WHERE customer_id = $1 AND id = $2 AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock())
RETURNING true;

-- name: let_leave
-- Factors whose time to leave has come are removed and their seeds wiped: of one customer, or of all ($1 null).
UPDATE factor SET removed_at = leaves_at, sealed_seed = NULL
 WHERE removed_at IS NULL AND leaves_at <= bank_clock() AND ($1::bigint IS NULL OR customer_id = $1);
