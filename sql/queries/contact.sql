-- name: next_message
-- The id of the next letter: its contact is sealed for it.
SELECT nextval('message_id_seq');

-- name: keep_message
-- A message, suggestion or complaint; nothing where the reference is given already, or this very form was sent before.
INSERT INTO message (id, reference, kind, topic, customer_id, name, contact, text, expected, language, received_at,
                     due_on, form_key) OVERRIDING SYSTEM VALUE
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, bank_clock(), $11, $12)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: message_by_form
-- The reference that the form got when it was sent first.
SELECT reference FROM message WHERE form_key = $1;

-- name: letters_of
-- What a customer wrote while logged in, what was said on last first.
SELECT reference, kind, topic, state, due_on, last_at, is_unread
  FROM letter WHERE customer_id = $1 ORDER BY last_at DESC, id DESC LIMIT $2 OFFSET $3;

-- name: letter_of
-- One letter of a customer.
SELECT id, reference, kind, topic, text, expected, received_at, due_on, state
  FROM letter WHERE reference = $1 AND customer_id = $2;

-- name: contact_of
-- What was left with the letter of a reference, and nothing else: whoever asks may not know it.
SELECT id, contact FROM message WHERE reference = $1;

-- name: letter_by_id
-- One letter, for whoever has proven that it is theirs.
SELECT id, reference, kind, topic, text, expected, received_at, due_on, state FROM letter WHERE id = $1;

-- name: replies
-- What was said on a letter, in its order.
SELECT r.id, r.operator, r.text, r.said_at,
       CASE WHEN o.sent_at IS NOT NULL THEN 'sent' WHEN o.given_up_at IS NOT NULL THEN 'given up'
            WHEN o.id IS NOT NULL THEN 'waiting' END AS told,
       coalesce(o.last_error, '') AS why
  FROM reply r LEFT JOIN outbox o ON o.id = r.outbox_id
 WHERE r.message_id = $1 ORDER BY r.id;

-- name: mark_read
-- Its author has seen all that was said on it so far.
UPDATE message SET read_upto = $2 WHERE id = $1 AND read_upto < $2;

-- name: unread_of
-- How many letters of each of these customers have an answer that they haven't seen.
SELECT customer_id, count(*) FILTER (WHERE is_unread) AS unread
  FROM letter WHERE customer_id = ANY($1::bigint[]) GROUP BY customer_id;

-- name: hold_own
-- A letter of the customer's, held until the transaction ends: nobody answers or closes it meanwhile.
SELECT id, kind, closed_at IS NOT NULL AS is_closed
  FROM message WHERE reference = $1 AND customer_id = $2 FOR NO KEY UPDATE;

-- name: hold
-- A letter, held until the transaction ends.
SELECT id, kind, closed_at IS NOT NULL AS is_closed, customer_id, contact, language
  FROM message WHERE reference = $1 FOR NO KEY UPDATE;

-- name: add_reply
-- What the author says besides; nothing where this very form was sent before.
INSERT INTO reply (message_id, text, said_at, due_on, form_key) VALUES ($1, $2, bank_clock(), $3, $4)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: last_reply
-- What was said last on a letter.
SELECT operator, text FROM reply WHERE message_id = $1 ORDER BY id DESC LIMIT 1;

-- name: answer
-- What the bank says.
INSERT INTO reply (message_id, operator, text, said_at, outbox_id) VALUES ($1, $2, $3, bank_clock(), $4);

-- name: inbox
-- Letters in one of these states, assigned to this operator (null: to whomever), the first due first.
SELECT reference, kind, topic, state, name, received_at, due_on, assigned_to, is_undelivered
  FROM letter
 WHERE state = ANY($1::text[]) AND ($2::text IS NULL OR assigned_to = $2)
 ORDER BY due_on, id LIMIT $3;

-- name: overdue
-- Letters that wait for an answer though their last day is over, the longest first.
SELECT reference, kind, topic, state, name, received_at, due_on, assigned_to, is_undelivered
  FROM letter
 WHERE closed_at IS NULL AND state = 'received' AND due_on < (bank_clock() AT TIME ZONE 'Europe/Tirane')::date
 ORDER BY due_on, id;

-- name: whole
-- All of one letter, for whoever answers it.
SELECT l.id, reference, l.kind, topic, state, l.name, l.contact, c.number AS customer_number, text, expected,
       l.language, received_at, due_on, assigned_to, is_undelivered
  FROM letter l LEFT JOIN customer c ON c.id = l.customer_id WHERE reference = $1;

-- name: assign
-- Somebody has taken it; null: nobody.
UPDATE message SET assigned_to = $2 WHERE id = $1;

-- name: close
-- Nothing more is to be said.
UPDATE message SET closed_at = bank_clock(), closed_by = $2 WHERE id = $1;

-- name: remind
-- Letters of which staff weren't reminded today: waiting, with a last day of at most this one, or with an answer that
-- reached nobody. They count as reminded of.
UPDATE message SET reminded_on = $1
  FROM letter l
 WHERE l.id = message.id AND message.closed_at IS NULL AND (message.reminded_on IS NULL OR message.reminded_on < $1)
   AND (l.state = 'received' AND l.due_on <= $2 OR l.is_undelivered)
RETURNING l.reference, l.kind, l.due_on, l.assigned_to, l.state = 'received' AS is_waiting;
