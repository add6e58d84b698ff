-- name: needs
-- How many values need which key: by purpose, place and kid. The kid is empty where a value of before has none.
SELECT 'fields' AS purpose, 'customer|mobile' AS place, count(*) AS count,
       CASE WHEN mobile LIKE 'v1|%' THEN split_part(mobile, '|', 2) ELSE '' END AS kid
  FROM customer WHERE mobile IS NOT NULL GROUP BY kid
 UNION ALL
SELECT 'fields', 'customer|email', count(*),
       CASE WHEN email LIKE 'v1|%' THEN split_part(email, '|', 2) ELSE '' END AS kid
  FROM customer WHERE email IS NOT NULL GROUP BY kid
 UNION ALL
SELECT 'fields', 'outbox|recipient', count(*),
       CASE WHEN recipient LIKE 'v1|%' THEN split_part(recipient, '|', 2) ELSE '' END AS kid
  FROM outbox GROUP BY kid
 UNION ALL
SELECT 'fields', 'message|contact', count(*),
       CASE WHEN contact LIKE 'v1|%' THEN split_part(contact, '|', 2) ELSE '' END AS kid
  FROM message WHERE contact IS NOT NULL GROUP BY kid
 UNION ALL
SELECT 'pepper', 'internet_user|password_hash', count(*),
       CASE WHEN password_hash ~ '^v[01]\|' THEN split_part(password_hash, '|', 2) ELSE '' END AS kid
  FROM internet_user GROUP BY kid
 UNION ALL
SELECT 'pepper', 'past_password|password_hash', count(*),
       CASE WHEN password_hash ~ '^v[01]\|' THEN split_part(password_hash, '|', 2) ELSE '' END AS kid
  FROM past_password GROUP BY kid
 UNION ALL
SELECT 'fields', 'factor|sealed_seed', count(*), split_part(sealed_seed, '|', 2) AS kid
  FROM factor WHERE sealed_seed IS NOT NULL GROUP BY kid
 UNION ALL
SELECT 'fields', 'recovery_code|hash', count(*), kid
  FROM recovery_code WHERE used_at IS NULL AND replaced_at IS NULL GROUP BY kid
 ORDER BY purpose, place, kid;

-- name: needs_of_staff
-- The same of what the web process has no business with, or can begin without: seals need their key when they are verified.
SELECT 'fields' AS purpose, 'approval|arguments' AS place, count(*) AS count, split_part(arguments, '|', 2) AS kid
  FROM approval WHERE arguments <> '' GROUP BY kid
 UNION ALL
SELECT 'seals', 'seal|mac', count(*), kid FROM seal GROUP BY kid
 ORDER BY purpose, kid;

-- name: others
-- What other processes of the bank say of the keys that they know.
SELECT DISTINCT application_name FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'dega (%' AND pid <> pg_backend_pid();

-- name: stale_customers
-- Customers after $1 whose mobile or e-mail isn't sealed with the current key: `v1|kid|%`.
SELECT id, mobile, email FROM customer
 WHERE id > $1 AND (mobile NOT LIKE $2 OR email NOT LIKE $2) ORDER BY id LIMIT $3;

-- name: reseal_customer
-- Sealed anew, unless somebody changed it meanwhile.
UPDATE customer SET mobile = $4, mobile_index = $5, email = $6
 WHERE id = $1 AND mobile IS NOT DISTINCT FROM $2 AND email IS NOT DISTINCT FROM $3;

-- name: stale_recipients
-- Rows of the outbox after $1 whose recipient isn't sealed with the current key.
SELECT id, recipient FROM outbox WHERE id > $1 AND recipient NOT LIKE $2 ORDER BY id LIMIT $3;

-- name: reseal_recipient
-- Sealed anew. Nobody else ever changes it.
UPDATE outbox SET recipient = $3 WHERE id = $1 AND recipient = $2;

-- name: stale_contacts
-- Letters after $1 whose contact isn't sealed with the current key.
SELECT id, contact FROM message WHERE id > $1 AND contact NOT LIKE $2 ORDER BY id LIMIT $3;

-- name: reseal_contact
-- Sealed anew. Nobody else ever changes it.
UPDATE message SET contact = $3 WHERE id = $1 AND contact = $2;

-- name: stale_seeds
-- Apps after $1 whose seed isn't sealed with the current key.
SELECT id, sealed_seed FROM factor WHERE id > $1 AND sealed_seed NOT LIKE $2 ORDER BY id LIMIT $3;

-- name: reseal_seed
-- Sealed anew, unless the app was removed meanwhile.
UPDATE factor SET sealed_seed = $3 WHERE id = $1 AND sealed_seed = $2;

-- name: stale_arguments
-- Requests of operators after $1 whose arguments aren't sealed with the current key. Decided ones have none any more.
SELECT id, customer_id, arguments FROM approval
 WHERE id > $1 AND arguments <> '' AND arguments NOT LIKE $2 ORDER BY id LIMIT $3;

-- name: reseal_arguments
-- Sealed anew, unless the request was decided meanwhile.
UPDATE approval SET arguments = $3 WHERE id = $1 AND arguments = $2;

-- name: stale_passwords
-- Users after $1 whose hash another pepper closes, or says no pepper. One with the pepper inside can't be made anew.
SELECT customer_id AS id, password_hash FROM internet_user
 WHERE customer_id > $1 AND password_hash NOT LIKE $2 AND password_hash NOT LIKE 'v0|%' ORDER BY customer_id LIMIT $3;

-- name: reseal_password
-- The same hash under the current pepper, unless another one has taken its place.
UPDATE internet_user SET password_hash = $3 WHERE customer_id = $1 AND password_hash = $2;

-- name: stale_past_passwords
-- The same of past passwords, for so many users at once.
SELECT customer_id AS id, password_hash FROM past_password
 WHERE customer_id IN (SELECT DISTINCT customer_id FROM past_password
                        WHERE customer_id > $1 AND password_hash NOT LIKE $2 AND password_hash NOT LIKE 'v0|%'
                        ORDER BY customer_id LIMIT $3)
   AND password_hash NOT LIKE $2 AND password_hash NOT LIKE 'v0|%'
 ORDER BY customer_id;

-- name: reseal_past_password
-- The same hash under the current pepper.
UPDATE past_password SET password_hash = $3 WHERE customer_id = $1 AND password_hash = $2;
