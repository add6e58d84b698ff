-- name: keep_message
-- A message, suggestion or complaint; nothing where the reference is given already.
INSERT INTO message (reference, kind, customer_id, name, contact, text, language, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, bank_clock())
ON CONFLICT ON CONSTRAINT message_reference_is_unique DO NOTHING
RETURNING id;

-- name: messages_of
-- What a customer said, newest first.
SELECT reference, kind, text, received_at, state FROM message WHERE customer_id = $1 ORDER BY id DESC LIMIT $2;

-- name: message_by_contact
-- What was said under this reference by whoever can be reached there.
SELECT reference, kind, text, received_at, state FROM message WHERE reference = $1 AND contact = $2;

-- name: inbox
-- What was said and isn't in a later state, the oldest first.
SELECT reference, kind, name, contact, text, language, received_at, state
  FROM message WHERE state = $1 ORDER BY id LIMIT $2;

-- name: message
-- All of one message, for whoever answers it.
SELECT reference, kind, name, contact, text, language, received_at, state FROM message WHERE reference = $1;

-- name: move_message
-- To a later state; nothing where it is in none of the earlier ones.
UPDATE message SET state = $2 WHERE reference = $1 AND state = ANY($3::text[]) RETURNING id;
