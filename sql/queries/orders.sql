-- name: prepare
-- An order as it was typed. Its particulars never change afterwards.
INSERT INTO standing_order (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban,
                            payee_typed, currency, amount_minor, sweeps, fee_minor, description, frequency, first_on,
                            last_on, holiday_rule, replaces, prepared_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, bank_clock());

-- name: order
-- An order of this customer; somebody else's isn't found.
SELECT o.id, o.customer_id, o.kind, o.debit_account_id, o.credit_account_id, o.payee_name, o.payee_iban, o.payee_typed,
       o.currency, o.amount_minor, o.sweeps, o.fee_minor, o.description, o.frequency, o.first_on, o.last_on,
       o.holiday_rule, o.prepared_at, o.replaces, o.state, o.made_at IS NOT NULL AS was_made, o.challenge_id,
       o.stop_challenge_id, o.next_on, o.retry_until, a.iban AS debit_iban
  FROM standing_order o JOIN account a ON a.id = o.debit_account_id
 WHERE o.id = $1 AND o.customer_id = $2;

-- name: orders
-- The customer's orders that stand, the ones that were over last, and what was prepared in the last day.
SELECT o.id, o.customer_id, o.kind, o.debit_account_id, o.credit_account_id, o.payee_name, o.payee_iban, o.payee_typed,
       o.currency, o.amount_minor, o.sweeps, o.fee_minor, o.description, o.frequency, o.first_on, o.last_on,
       o.holiday_rule, o.prepared_at, o.replaces, o.state, o.made_at IS NOT NULL AS was_made, o.challenge_id,
       o.stop_challenge_id, o.next_on, o.retry_until, a.iban AS debit_iban
  FROM standing_order o JOIN account a ON a.id = o.debit_account_id
 WHERE o.customer_id = $1
   AND (o.state = 'active' OR o.state IN ('stopped', 'ended') AND o.made_at IS NOT NULL
        OR o.state = 'draft' AND o.prepared_at > bank_clock() - interval '1 day')
 ORDER BY o.next_on NULLS LAST, o.number DESC LIMIT 100;

-- name: standing
-- The order, locked, with the code that was asked for to make it ($3 false: to stop it), the standing of its customer,
-- and whether its payee has been paid before.
SELECT o.state, o.replaces, c.id AS challenge_id, c.digest, c.expires_at, c.authorised_at, c.authorised_by, c.consumed_at,
       u.state AS user_state, u.auth_epoch, h.mobile_changed_at, bank_clock() AS clock,
       EXISTS (SELECT FROM bar b WHERE b.customer_id = o.customer_id AND b.lifted_at IS NULL) AS is_barred,
       EXISTS (SELECT FROM paid_payee w WHERE w.customer_id = o.customer_id AND w.payee_iban = o.payee_iban) AS paid_before
  FROM standing_order o
  JOIN customer h ON h.id = o.customer_id
  LEFT JOIN internet_user u ON u.customer_id = o.customer_id
  LEFT JOIN challenge c ON c.id = CASE WHEN $3::boolean THEN o.challenge_id ELSE o.stop_challenge_id END
                       AND c.purpose = 'order' AND c.customer_id = o.customer_id
 WHERE o.id = $1 AND o.customer_id = $2
   FOR NO KEY UPDATE OF o;

-- name: bind_code
-- The code that now stands for making ($4) or for stopping this order; an earlier one is void.
UPDATE standing_order
   SET challenge_id = CASE WHEN $4::boolean THEN $3 ELSE challenge_id END,
       stop_challenge_id = CASE WHEN $4::boolean THEN stop_challenge_id ELSE $3 END
 WHERE id = $1 AND customer_id = $2 AND state = CASE WHEN $4::boolean THEN 'draft' ELSE 'active' END;

-- name: make
-- The order stands from now on.
UPDATE standing_order SET state = 'active', made_at = bank_clock(), next_on = $2 WHERE id = $1 AND state = 'draft';

-- name: stop
-- The order pays nothing any more; nothing where it was over.
UPDATE standing_order SET state = 'stopped', ended_at = bank_clock(), next_on = NULL, retry_until = NULL
 WHERE id = $1 AND customer_id = $2 AND state = $3;

-- name: due
-- The numbers behind $1 of the orders that are due in the night of a day ($2) and weren't looked at in it: those that are
-- tried again, and those whose date is reached, by what is done about holidays ($3 same, $4 before, $5 after).
SELECT number FROM standing_order
 WHERE state = 'active' AND number > $1 AND (tried_on IS NULL OR tried_on < $2)
   AND (retry_until IS NOT NULL
        OR next_on <= CASE holiday_rule WHEN 'same' THEN $3::date WHEN 'before' THEN $4::date ELSE $5::date END)
 ORDER BY number LIMIT $6;

-- name: count_due
-- How many they are.
SELECT count(*) FROM standing_order
 WHERE state = 'active' AND (tried_on IS NULL OR tried_on < $1)
   AND (retry_until IS NOT NULL
        OR next_on <= CASE holiday_rule WHEN 'same' THEN $2::date WHEN 'before' THEN $3::date ELSE $4::date END);

-- name: lock_due
-- Those of them that are still to be looked at in the night of the day, locked, in one order for all.
SELECT o.number, o.id, o.customer_id, o.kind, o.debit_account_id, o.credit_account_id, o.payee_name, o.payee_iban,
       o.currency, o.amount_minor, o.sweeps, o.fee_minor, o.description, o.frequency, o.first_on, o.last_on,
       o.holiday_rule, o.next_on, o.retry_until, a.iban AS debit_iban
  FROM standing_order o JOIN account a ON a.id = o.debit_account_id
 WHERE o.number = ANY($1::bigint[]) AND o.state = 'active' AND (o.tried_on IS NULL OR o.tried_on < $2)
 ORDER BY o.number
   FOR NO KEY UPDATE OF o;

-- name: go_on
-- What becomes of orders after the night of a day ($1): the next date (null: it has ended), or how long it is tried again.
UPDATE standing_order o
   SET tried_on = $1, next_on = t.next_on, retry_until = t.retry_until,
       state = CASE WHEN t.next_on IS NULL THEN 'ended' ELSE 'active' END,
       ended_at = CASE WHEN t.next_on IS NULL THEN bank_clock() END
  FROM unnest($2::bigint[], $3::date[], $4::date[]) AS t (number, next_on, retry_until)
 WHERE o.number = t.number;

-- name: keep_attempts
-- What was tried in the night of a day ($1).
INSERT INTO order_attempt (order_id, due_on, day, at, outcome, amount_minor, movement_id, again_until)
SELECT order_id, due_on, $1, bank_clock(), outcome, amount_minor, movement_id, again_until
  FROM unnest($2::uuid[], $3::date[], $4::text[], $5::bigint[], $6::bigint[], $7::date[])
       AS t (order_id, due_on, outcome, amount_minor, movement_id, again_until);

-- name: last_paid
-- The last date for which an order was paid.
SELECT max(due_on) FROM order_attempt WHERE order_id = $1 AND outcome = 'paid';

-- name: attempts
-- What was tried for an order, and for the ones that it took the place of: the newest first.
WITH RECURSIVE line AS (
    SELECT id, replaces FROM standing_order WHERE id = $1 AND customer_id = $2
    UNION
    SELECT o.id, o.replaces FROM standing_order o JOIN line ON o.id = line.replaces
)
SELECT t.due_on, t.day, t.at, t.outcome, t.amount_minor, t.movement_id, t.again_until
  FROM order_attempt t JOIN line ON line.id = t.order_id
 ORDER BY t.day DESC, t.due_on DESC LIMIT 100;
