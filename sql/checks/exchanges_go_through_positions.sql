-- An exchange is two transfers: into the bank's position in one currency and out of that in another, and into and out of
-- an account outside.
-- Reads every transfer once.
SELECT format('movement %s: its exchange isn''t one transfer into a position and one out of another currency''s',
              t.movement_id) AS what
  FROM transfer t
  JOIN account d ON d.id = t.debit_account_id
  JOIN account c ON c.id = t.credit_account_id
 WHERE t.purpose = 'exchange'
 GROUP BY t.movement_id
HAVING count(*) FILTER (WHERE c.code = 'position' AND d.code IS DISTINCT FROM 'position') <> 1
    OR count(*) FILTER (WHERE d.code = 'position' AND c.code IS DISTINCT FROM 'position') <> 1
    OR count(*) <> 2 OR count(DISTINCT t.currency) <> 2
 ORDER BY t.movement_id;
