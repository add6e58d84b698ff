-- A transfer has one currency: its own, the debit account's and the credit account's.
-- Reads every transfer once.
SELECT format('transfer %s in %s: from an account in %s to one in %s', t.id, t.currency, coalesce(d.currency, 'nothing'),
              coalesce(c.currency, 'nothing')) AS what
  FROM transfer t
  LEFT JOIN account d ON d.id = t.debit_account_id
  LEFT JOIN account c ON c.id = t.credit_account_id
 WHERE d.currency IS DISTINCT FROM t.currency OR c.currency IS DISTINCT FROM t.currency
 ORDER BY t.id;
