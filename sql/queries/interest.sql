-- name: rates
-- Every rate that is kept, and the last day whose interest has accrued.
SELECT product, side, currency, first_day, rate_ppm, year, (SELECT max(day) FROM accrual) AS accrued_upto
  FROM interest_rate;

-- name: keep_rates
-- Rates as the tariff has them, from days on that are to come; whoever keeps them at the same moment keeps the same.
INSERT INTO interest_rate (product, side, currency, first_day, rate_ppm, year)
SELECT product, side, currency, first_day, rate_ppm, year FROM unnest($1::interest_rate[])
    ON CONFLICT (product, side, currency, first_day)
    DO UPDATE SET rate_ppm = excluded.rate_ppm, year = excluded.year;

-- name: first_to_accrue
-- The first day that accrues with day $1: the one behind the last accrued day before it.
SELECT coalesce(max(day) + 1, $1::date) FROM accrual WHERE day < $1;

-- name: accrue
-- The interest of the days $1 to $2 of the next $4 accounts behind $3; how many they are, and the last one's id. A day's
-- balance is the present one without what counts from a later day on. That was booked on day $1 or after it (the
-- database's clock may have been set back by an hour), so only the account's last entries are looked at, back to there.
-- Where the days have accrued already, nothing is added.
WITH RECURSIVE piece AS (
    SELECT id, product, currency, balance_minor, last_seq FROM account
     WHERE id > $3 AND product IN ('current', 'savings')
     ORDER BY id LIMIT $4
), last_entries AS (
    SELECT e.account_id, e.seq, e.amount_minor, e.transfer_id, e.booked_at
      FROM piece p JOIN entry e ON e.account_id = p.id AND e.seq = p.last_seq
     UNION ALL
    SELECT e.account_id, e.seq, e.amount_minor, e.transfer_id, e.booked_at
      FROM last_entries l JOIN entry e ON e.account_id = l.account_id AND e.seq = l.seq - 1
     WHERE l.booked_at >= $1::date::timestamp AT TIME ZONE 'Europe/Tirane' - interval '1 hour'
), later AS (
    SELECT l.account_id, days.day, sum(l.amount_minor) AS minor
      FROM last_entries l
      JOIN transfer t ON t.id = l.transfer_id
      JOIN movement m ON m.id = t.movement_id
      JOIN generate_series($1::date, $2::date, interval '1 day') AS days (day)
        ON bears_interest_from(m.value_date, m.by_night, t.purpose) > days.day::date
     GROUP BY l.account_id, days.day
), balances AS (
    SELECT p.id, p.product, p.currency, days.day::date AS day, p.balance_minor - coalesce(later.minor, 0) AS minor
      FROM piece p
     CROSS JOIN generate_series($1::date, $2::date, interval '1 day') AS days (day)
      LEFT JOIN later ON later.account_id = p.id AND later.day = days.day
), accrued AS (
    INSERT INTO interest_period (account_id, side, first_day, upto, accrued)
    SELECT b.id, r.side, min(b.day), max(b.day), sum(abs(b.minor)::numeric * r.rate_ppm * (26280 / r.year))
      FROM balances b
      JOIN interest_rate_span r ON r.product = b.product AND r.currency = b.currency
       AND r.side = CASE WHEN b.minor < 0 THEN 'debit' ELSE 'credit' END
       AND r.first_day <= b.day AND b.day < r.before_day
     WHERE b.minor <> 0 AND r.rate_ppm > 0
       AND b.day > coalesce((SELECT old.upto FROM interest_period old
                              WHERE old.account_id = b.id AND old.side = r.side
                              ORDER BY old.first_day DESC LIMIT 1), '-infinity')
     GROUP BY b.id, r.side
     ORDER BY b.id
    ON CONFLICT (account_id, side) WHERE closed_on IS NULL
    DO UPDATE SET accrued = interest_period.accrued + excluded.accrued, upto = excluded.upto
)
SELECT count(*) AS done, max(id) AS last_id FROM piece;

-- name: note_accrued
-- All accounts have accrued up to this day.
INSERT INTO accrual (day) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: count_accounts
-- How many accounts accrue.
SELECT count(*) FROM account WHERE product IN ('current', 'savings');

-- name: due
-- The periods of side $1 to settle on day $2, of the next $5 accounts behind $3: closed ones, and where $4 says that a
-- period ends today, open ones. Closed accounts neither receive nor pay any more.
WITH accounts AS (
    SELECT DISTINCT p.account_id FROM interest_period p JOIN account a ON a.id = p.account_id
     WHERE p.side = $1 AND p.settled_on IS NULL AND p.account_id > $3 AND a.status <> 'closed'
       AND (p.closed_on <= $2 OR $4::boolean AND p.closed_on IS NULL AND p.upto <= $2)
     ORDER BY p.account_id LIMIT $5
)
SELECT p.account_id, p.first_day, coalesce(p.closed_on, $2) AS closed_on, p.accrued, a.iban, a.currency, c.name AS holder
  FROM accounts
  JOIN interest_period p ON p.account_id = accounts.account_id
  JOIN account a ON a.id = p.account_id
  JOIN customer c ON c.id = a.customer_id
 WHERE p.side = $1 AND p.settled_on IS NULL
   AND (p.closed_on <= $2 OR $4::boolean AND p.closed_on IS NULL AND p.upto <= $2)
 ORDER BY p.account_id, p.first_day
   FOR NO KEY UPDATE OF p;

-- name: count_due
-- How many periods of side $1 there are to settle on day $2; $3 says whether a period ends today.
SELECT count(*) FROM interest_period p JOIN account a ON a.id = p.account_id
 WHERE p.side = $1 AND p.settled_on IS NULL AND a.status <> 'closed'
   AND (p.closed_on <= $2 OR $3::boolean AND p.closed_on IS NULL AND p.upto <= $2);

-- name: settle
-- What became of periods on day $1: settled with what they came to, or (no amounts) closed and still due.
UPDATE interest_period p
   SET closed_on = s.closed_on, gross_minor = s.gross_minor, tax_minor = s.tax_minor, movement_id = s.movement_id,
       settled_on = CASE WHEN s.gross_minor IS NOT NULL THEN $1::date END
  FROM unnest($2::interest_period[]) AS s
 WHERE p.account_id = s.account_id AND p.side = s.side AND p.first_day = s.first_day;

-- name: accrued_of
-- What an account has accrued that isn't booked yet, on one side.
SELECT coalesce(sum(accrued), 0) FROM interest_period WHERE account_id = $1 AND side = $2 AND settled_on IS NULL;
