-- name: choices
-- What customers chose about alerts; nothing where it is as the bank does it.
SELECT customer_id, kind, by_sms, by_email FROM alert_choice WHERE customer_id = ANY($1::bigint[]);

-- name: thresholds
-- From which amounts on a payment is a large one to these customers; nothing where it is as the bank does it.
SELECT customer_id, currency, least_minor FROM alert_threshold WHERE customer_id = ANY($1::bigint[]);

-- name: choose
-- On which ways a customer wants one kind of alert.
INSERT INTO alert_choice (customer_id, kind, by_sms, by_email, chosen_at) VALUES ($1, $2, $3, $4, bank_clock())
ON CONFLICT (customer_id, kind) DO UPDATE
   SET by_sms = excluded.by_sms, by_email = excluded.by_email, chosen_at = excluded.chosen_at;

-- name: choose_threshold
-- From which amount on a payment in one currency is a large one to the customer.
INSERT INTO alert_threshold (customer_id, currency, least_minor, chosen_at) VALUES ($1, $2, $3, bank_clock())
ON CONFLICT (customer_id, currency) DO UPDATE
   SET least_minor = excluded.least_minor, chosen_at = excluded.chosen_at;
