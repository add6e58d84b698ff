-- name: keep
-- A credit that came; nothing where its key came before.
INSERT INTO incoming_credit (key, deed_key, iban, currency, amount_minor, payer_name, payer_iban, description, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, bank_clock())
ON CONFLICT ON CONSTRAINT a_credit_comes_once DO NOTHING
RETURNING id;

-- name: find
-- The credit with this key, and the account that it is for, if there is one.
SELECT i.id, i.key, i.deed_key, i.iban, i.currency, i.amount_minor, i.payer_name, i.payer_iban, i.description, i.received_at,
       i.refused, i.movement_id, i.returned_at, a.id AS account_id, a.product, c.name AS payee_name
  FROM incoming_credit i LEFT JOIN account a ON a.iban = i.iban LEFT JOIN customer c ON c.id = a.customer_id
 WHERE i.key = $1;

-- name: waiting
-- Credits behind an id that are neither booked nor sent back, in their order, each with its account.
SELECT i.id, i.key, i.deed_key, i.iban, i.currency, i.amount_minor, i.payer_name, i.payer_iban, i.description, i.received_at,
       i.refused, i.movement_id, i.returned_at, a.id AS account_id, a.product, c.name AS payee_name
  FROM incoming_credit i LEFT JOIN account a ON a.iban = i.iban LEFT JOIN customer c ON c.id = a.customer_id
 WHERE i.movement_id IS NULL AND i.returned_at IS NULL AND i.id > $1
 ORDER BY i.id LIMIT $2;

-- name: late
-- Those of them that nobody has refused: only the hour kept them waiting.
SELECT i.id, i.key, i.deed_key, i.iban, i.currency, i.amount_minor, i.payer_name, i.payer_iban, i.description, i.received_at,
       i.refused, i.movement_id, i.returned_at, a.id AS account_id, a.product, c.name AS payee_name
  FROM incoming_credit i LEFT JOIN account a ON a.iban = i.iban LEFT JOIN customer c ON c.id = a.customer_id
 WHERE i.movement_id IS NULL AND i.returned_at IS NULL AND i.refused = ''
 ORDER BY i.id LIMIT $1;

-- name: lock_waiting
-- The same, locked until the transaction ends: of two that book what waits, the second finds it booked.
SELECT i.id, i.key, i.deed_key, i.iban, i.currency, i.amount_minor, i.payer_name, i.payer_iban, i.description, i.received_at,
       i.refused, i.movement_id, i.returned_at, a.id AS account_id, a.product, c.name AS payee_name
  FROM incoming_credit i LEFT JOIN account a ON a.iban = i.iban LEFT JOIN customer c ON c.id = a.customer_id
 WHERE i.movement_id IS NULL AND i.returned_at IS NULL AND i.id > $1
 ORDER BY i.id LIMIT $2 FOR UPDATE OF i;

-- name: count_waiting
-- How many wait.
SELECT count(*) FROM incoming_credit WHERE movement_id IS NULL AND returned_at IS NULL;

-- name: settle
-- What became of these: the movement, or the code of the refusal. What is settled already stays as it is.
UPDATE incoming_credit i SET movement_id = s.movement_id, refused = s.refused
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS s (id, movement_id, refused)
 WHERE i.id = s.id AND i.movement_id IS NULL AND i.returned_at IS NULL;

-- name: send_back
-- A credit that couldn't be booked goes back to where it came from.
UPDATE incoming_credit i SET returned_at = bank_clock()
 WHERE key = $1 AND movement_id IS NULL AND returned_at IS NULL AND refused <> ''
   AND NOT EXISTS (SELECT FROM movement m WHERE m.deed_key = i.deed_key);
