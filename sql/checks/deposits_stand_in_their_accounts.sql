-- I16: the principal of a running deposit is in its account, that of an ended one was given back, and what a deposit earned
-- was booked.
-- Reads every deposit once.
SELECT format('deposit %s of account %s: principal %s (%s), and %s in the account', d.first_day, d.account_id,
              d.principal_minor, coalesce(d.outcome, 'running'), a.balance_minor) AS what
  FROM (SELECT DISTINCT ON (account_id) * FROM deposit ORDER BY account_id, first_day DESC) d
  JOIN account a ON a.id = d.account_id
 WHERE (a.balance_minor >= d.principal_minor) <> (d.ended_on IS NULL)
UNION ALL
SELECT format('deposit %s of account %s: earned %s, and no movement of %s booked it', d.first_day, d.account_id,
              d.gross_minor, d.ended_on)
  FROM deposit d
 WHERE d.gross_minor > 0
   AND NOT EXISTS (SELECT FROM entry e
                     JOIN transfer t ON t.id = e.transfer_id
                     JOIN movement m ON m.id = t.movement_id
                    WHERE e.account_id IN (d.account_id, d.pays_to_id) AND e.amount_minor = d.gross_minor
                      AND t.purpose = 'interest' AND m.value_date = d.ended_on
                      AND m.kind IN ('deposit-paid', 'deposit-renewed'))
 ORDER BY 1;
