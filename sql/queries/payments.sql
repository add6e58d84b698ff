-- name: own_account
-- One of the customer's own accounts; somebody else's isn't found.
SELECT id, iban, currency, status, balance_minor, floor_minor, product
  FROM account WHERE iban = $1 AND customer_id = $2;

-- name: payee_account
-- An account of our bank that money may be sent to, with the name of its holder.
SELECT a.id, a.iban, a.currency, a.status, c.id AS customer_id, c.name, a.product
  FROM account a JOIN customer c ON c.id = a.customer_id WHERE a.iban = $1;

-- name: payers
-- Payers: name, where codes and receipts go, by which factors they confirm, and as JSON what they chose about alerts.
SELECT c.id, c.name, c.mobile, c.email, c.language,
       ARRAY(SELECT f.kind FROM factor_in_force f WHERE f.customer_id = c.id) AS factors,
       (SELECT json_agg(json_build_object('kind', a.kind, 'by_sms', a.by_sms, 'by_email', a.by_email))
          FROM alert_choice a WHERE a.customer_id = c.id) AS ways,
       (SELECT json_object_agg(t.currency, t.least_minor) FROM alert_threshold t WHERE t.customer_id = c.id) AS thresholds
  FROM customer c WHERE c.id = ANY($1::bigint[]);

-- name: spent_today
-- What the customer sent to others on the Tirana day of now, in one currency.
SELECT coalesce(sum(spent_minor), 0)::bigint FROM spending_day
 WHERE customer_id = $1 AND currency = $2 AND day = (bank_clock() AT TIME ZONE 'Europe/Tirane')::date;

-- name: held
-- Since when the customer has another mobile number, where this payee hasn't been paid by them before; else nothing.
SELECT c.mobile_changed_at
  FROM customer c
 WHERE c.id = $1
   AND NOT EXISTS (SELECT FROM paid_payee p WHERE p.customer_id = $1 AND p.payee_iban = $2);

-- name: prepare
-- A prepared payment. Its particulars never change afterwards.
INSERT INTO payment (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed,
                     currency, amount_minor, fee_minor, description, prepared_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, bank_clock());

-- name: payments
-- Payments by their ids and customers, with the life of the code that stands for one, and with the booking once one is
-- made: moment, and what was left in the account then.
SELECT p.id, p.customer_id, p.kind, p.state, p.debit_account_id, p.credit_account_id, p.payee_name, p.payee_iban,
       p.payee_typed, p.currency, p.amount_minor, p.fee_minor, p.description, p.prepared_at, p.challenge_id, p.movement_id,
       a.iban AS debit_iban, m.booked_at, m.payer_name,
       (SELECT e.balance_after_minor FROM transfer t
          JOIN entry e ON e.account_id = p.debit_account_id AND e.transfer_id = t.id
         WHERE t.movement_id = p.movement_id ORDER BY e.seq DESC LIMIT 1) AS balance_after_minor,
       c.expires_at AS code_expires_at
  FROM unnest($1::bigint[], $2::uuid[]) AS asked (customer_id, id)
  JOIN payment p ON p.id = asked.id AND p.customer_id = asked.customer_id
  JOIN account a ON a.id = p.debit_account_id
  LEFT JOIN movement m ON m.id = p.movement_id
  LEFT JOIN challenge c ON c.id = p.challenge_id;

-- name: drafts
-- What the customer prepared lately and didn't make, and the day for which it is promised.
SELECT p.id, p.kind, p.payee_name, p.payee_iban, p.currency, p.amount_minor, p.prepared_at, r.due_on AS promised_for
  FROM payment p
  LEFT JOIN promise r ON r.payment_id = p.id AND r.state = 'waiting'
 WHERE p.customer_id = $1 AND p.state = 'draft' AND p.prepared_at > bank_clock() - interval '1 day'
 ORDER BY p.prepared_at DESC LIMIT 20;

-- name: oldest_drafts
-- Of customers who prepared something lately and didn't make it: when the oldest of it was prepared.
SELECT p.customer_id, min(p.prepared_at) AS prepared_at
  FROM payment p
 WHERE p.customer_id = ANY($1::bigint[]) AND p.state = 'draft'
   AND p.prepared_at > (SELECT bank_clock()) - interval '1 day'
 GROUP BY p.customer_id;

-- name: latest
-- The payments that the customer made last.
SELECT p.id, p.kind, p.payee_name, p.payee_iban, p.currency, p.amount_minor, p.decided_at AS prepared_at
  FROM payment p
 WHERE p.customer_id = $1 AND p.state = 'posted'
 ORDER BY p.prepared_at DESC LIMIT 5;

-- name: bind_code
-- The one-time code that now stands for this payment; an earlier one is void.
UPDATE payment SET challenge_id = $3 WHERE id = $1 AND customer_id = $2 AND state = 'draft';

-- name: cancel
-- The customer doesn't want it any more.
UPDATE payment SET state = 'cancelled', decided_at = bank_clock()
 WHERE id = $1 AND customer_id = $2 AND state = 'draft';
