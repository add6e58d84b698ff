-- I14: what an account has accrued is what its entries say: each day's balance by value dates, at that day's rate. From the
-- first day that accrued up to the last, or as far as the account itself has come while a night is under way.
-- Reads every entry of a customer once.
WITH kept AS (
    SELECT account_id, side, sum(accrued) AS accrued, max(upto) AS upto FROM interest_period GROUP BY account_id, side
), bounds AS (
    SELECT a.id AS account_id, a.product, a.currency, coalesce(nights.first_day, k.first_day) AS first_day,
           greatest(nights.last_day, k.upto) AS last_day
      FROM account a
     CROSS JOIN (SELECT min(day) AS first_day, max(day) AS last_day FROM accrual) nights
      LEFT JOIN (SELECT account_id, min(first_day) AS first_day, max(upto) AS upto
                   FROM interest_period GROUP BY account_id) k ON k.account_id = a.id
     WHERE a.product IN ('current', 'savings')
), spans AS (
    SELECT account_id, product, currency, last_day, from_day,
           lead(from_day, 1, 'infinity') OVER days AS before_day, sum(minor) OVER days AS minor
      FROM (SELECT b.account_id, b.product, b.currency, b.last_day,
                   greatest(bears_interest_from(m.value_date, m.by_night, t.purpose), b.first_day) AS from_day,
                   sum(e.amount_minor) AS minor
              FROM bounds b
              JOIN entry e ON e.account_id = b.account_id
              JOIN transfer t ON t.id = e.transfer_id
              JOIN movement m ON m.id = t.movement_id
             WHERE b.first_day IS NOT NULL
             GROUP BY 1, 2, 3, 4, 5) changes
    WINDOW days AS (PARTITION BY account_id ORDER BY from_day)
), due AS (
    SELECT s.account_id, r.side,
           sum(abs(s.minor) * r.rate_ppm * (26280 / r.year)
               * (least(s.before_day, r.before_day, s.last_day + 1) - greatest(s.from_day, r.first_day))) AS accrued
      FROM spans s
      JOIN interest_rate_span r ON r.product = s.product AND r.currency = s.currency
       AND r.side = CASE WHEN s.minor < 0 THEN 'debit' ELSE 'credit' END
     WHERE greatest(s.from_day, r.first_day) < least(s.before_day, r.before_day, s.last_day + 1)
     GROUP BY s.account_id, r.side
)
SELECT format('account %s accrued %s parts of a minor unit (%s), its entries say %s', account_id,
              coalesce(kept.accrued, 0), side, coalesce(due.accrued, 0)) AS what
  FROM kept FULL JOIN due USING (account_id, side)
 WHERE coalesce(kept.accrued, 0) <> coalesce(due.accrued, 0)
 ORDER BY account_id, side;
