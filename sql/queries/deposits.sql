-- name: begin
-- A deposit's term, from its first day on.
INSERT INTO deposit (account_id, first_day, months, matures_on, principal_minor, rate_ppm, year, pays_to_id, renewal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: latest_of
-- A customer's deposit: the term that runs, or the one that ended last.
SELECT d.account_id, d.first_day, d.months, d.matures_on, d.principal_minor, d.rate_ppm, d.year, d.pays_to_id, d.renewal,
       a.iban, a.currency, c.name AS holder, t.iban AS pays_to_iban, d.outcome, d.ended_on, d.gross_minor, d.tax_minor
  FROM account a
  JOIN deposit d ON d.account_id = a.id
  JOIN customer c ON c.id = a.customer_id
  JOIN account t ON t.id = d.pays_to_id
 WHERE a.customer_id = $1 AND a.iban = $2
 ORDER BY d.first_day DESC LIMIT 1;

-- name: running_of
-- A customer's deposit whose term runs, locked.
SELECT d.account_id, d.first_day, d.months, d.matures_on, d.principal_minor, d.rate_ppm, d.year, d.pays_to_id, d.renewal,
       a.iban, a.currency, c.name AS holder, t.iban AS pays_to_iban, d.outcome, d.ended_on, d.gross_minor, d.tax_minor
  FROM account a
  JOIN deposit d ON d.account_id = a.id
  JOIN customer c ON c.id = a.customer_id
  JOIN account t ON t.id = d.pays_to_id
 WHERE a.customer_id = $1 AND a.iban = $2 AND d.ended_on IS NULL
   FOR NO KEY UPDATE OF d;

-- name: maturing
-- The next $3 deposits behind account $2 whose day came by $1, locked.
SELECT d.account_id, d.first_day, d.months, d.matures_on, d.principal_minor, d.rate_ppm, d.year, d.pays_to_id, d.renewal,
       a.iban, a.currency, c.name AS holder, t.iban AS pays_to_iban, d.outcome, d.ended_on, d.gross_minor, d.tax_minor
  FROM deposit d
  JOIN account a ON a.id = d.account_id
  JOIN customer c ON c.id = a.customer_id
  JOIN account t ON t.id = d.pays_to_id
 WHERE d.ended_on IS NULL AND d.matures_on <= $1 AND d.account_id > $2
 ORDER BY d.account_id LIMIT $3
   FOR NO KEY UPDATE OF d;

-- name: count_maturing
-- How many deposits there are whose day came by $1.
SELECT count(*) FROM deposit WHERE ended_on IS NULL AND matures_on <= $1;

-- name: finish
-- How the running terms of these deposits ended on day $1, and what they earned.
UPDATE deposit d SET ended_on = $1, outcome = s.outcome, gross_minor = s.gross_minor, tax_minor = s.tax_minor
  FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) AS s (account_id, outcome, gross_minor, tax_minor)
 WHERE d.account_id = s.account_id AND d.ended_on IS NULL;

-- name: set_renewal
-- What becomes of a deposit when it matures.
UPDATE deposit SET renewal = $2 WHERE account_id = $1 AND ended_on IS NULL;

-- name: is_paid_to
-- Whether a deposit is paid out to this account.
SELECT EXISTS (SELECT FROM deposit WHERE pays_to_id = $1 AND ended_on IS NULL);
