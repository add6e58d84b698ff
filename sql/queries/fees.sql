-- name: owe
-- The month that ends on day $1 is owed by the next $3 accounts behind $2, by product and currency; free for an account
-- that was opened in it. How many accounts were looked at, and the last one's id.
WITH piece AS (
    SELECT id, product, currency, status, opened_on FROM account
     WHERE id > $2 AND product IN ('current', 'savings')
     ORDER BY id LIMIT $3
), owed AS (
    INSERT INTO monthly_fee (account_id, month_end, amount_minor)
    SELECT p.id, $1::date, f.amount_minor
      FROM piece p
      JOIN unnest($4::text[], $5::text[], $6::bigint[]) AS f (product, currency, amount_minor)
        ON f.product = p.product AND f.currency = p.currency
     WHERE p.status <> 'closed' AND p.opened_on < date_trunc('month', $1::date::timestamp)::date
    ON CONFLICT (account_id, month_end) DO NOTHING
)
SELECT count(*) AS done, max(id) AS last_id FROM piece;

-- name: owed
-- What is owed by the accounts behind $1 up to $2 (null: by the next $3 that owe anything), the oldest month first. Closed
-- accounts pay nothing any more.
WITH accounts AS (
    SELECT DISTINCT f.account_id FROM monthly_fee f JOIN account a ON a.id = f.account_id
     WHERE f.settled_on IS NULL AND f.account_id > $1 AND ($2::bigint IS NULL OR f.account_id <= $2)
       AND a.status <> 'closed'
     ORDER BY f.account_id LIMIT $3
)
SELECT f.account_id, f.month_end, f.amount_minor, a.iban, a.currency, c.name AS holder
  FROM accounts
  JOIN monthly_fee f ON f.account_id = accounts.account_id AND f.settled_on IS NULL
  JOIN account a ON a.id = f.account_id
  JOIN customer c ON c.id = a.customer_id
 ORDER BY f.account_id, f.month_end
   FOR NO KEY UPDATE OF f;

-- name: count_owed
-- How many accounts owe a fee of an earlier month.
SELECT count(DISTINCT f.account_id) FROM monthly_fee f JOIN account a ON a.id = f.account_id
 WHERE f.settled_on IS NULL AND a.status <> 'closed';

-- name: settle
-- These fees were booked on day $1.
UPDATE monthly_fee f SET settled_on = $1, movement_id = s.movement_id
  FROM unnest($2::bigint[], $3::date[], $4::bigint[]) AS s (account_id, month_end, movement_id)
 WHERE f.account_id = s.account_id AND f.month_end = s.month_end;
