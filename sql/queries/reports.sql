-- name: trial_balance
-- What all accounts had when the day $1 ended: the bank's one by one, customers' by product. What was booked of later value
-- dates meanwhile is taken off again.
WITH later AS (
    SELECT side.account_id, sum(side.amount_minor) AS minor
      FROM movement m JOIN transfer t ON t.movement_id = m.id
     CROSS JOIN LATERAL (VALUES (t.debit_account_id, -t.amount_minor), (t.credit_account_id, t.amount_minor))
        AS side (account_id, amount_minor)
     WHERE m.value_date > $1
     GROUP BY side.account_id
)
SELECT coalesce(a.code, a.product) AS account, a.currency, count(*) AS accounts,
       sum(a.balance_minor - coalesce(l.minor, 0))::bigint AS balance_minor
  FROM account a LEFT JOIN later l ON l.account_id = a.id
 WHERE a.opened_on <= $1 OR l.account_id IS NOT NULL OR a.balance_minor <> 0
 GROUP BY a.product = 'bank', coalesce(a.code, a.product), a.currency
 ORDER BY a.product = 'bank', account, a.currency;

-- name: turnover
-- What was booked with the day $1 as value date, by kind, purpose and currency; how much of it by the night.
SELECT m.kind, t.purpose, t.currency, count(DISTINCT m.id) AS movements, sum(t.amount_minor)::bigint AS amount_minor,
       coalesce(sum(t.amount_minor) FILTER (WHERE m.by_night), 0)::bigint AS by_night_minor
  FROM movement m JOIN transfer t ON t.movement_id = m.id
 WHERE m.value_date = $1
 GROUP BY m.kind, t.purpose, t.currency
 ORDER BY m.kind, t.purpose, t.currency;

-- name: rejected
-- Payments that were refused from one instant to before another, by reason, kind and currency.
SELECT outcome AS reason, data->>'kind' AS kind, data->>'currency' AS currency, count(*) AS payments,
       sum((data->>'minor')::bigint)::bigint AS amount_minor
  FROM audit
 WHERE action = 'payment' AND outcome <> 'booked' AND at >= $1 AND at < $2
 GROUP BY outcome, data->>'kind', data->>'currency'
 ORDER BY outcome, kind, currency;

-- name: waiting
-- Credits from outside that couldn't be booked so far, by reason and currency.
SELECT refused AS reason, 'incoming' AS kind, currency, count(*) AS payments, sum(amount_minor)::bigint AS amount_minor
  FROM incoming_credit
 WHERE movement_id IS NULL AND returned_at IS NULL AND refused <> ''
 GROUP BY refused, currency
 ORDER BY refused, currency;

-- name: keep
-- A report of a day; the one that is there stays.
INSERT INTO daily_report (day, name, data, made_at) VALUES ($1, $2, $3::text::jsonb, bank_clock())
ON CONFLICT (day, name) DO NOTHING;

-- name: find
-- The reports of a day.
SELECT name, data::text AS data, made_at FROM daily_report WHERE day = $1 ORDER BY name;
