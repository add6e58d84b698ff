-- I4: nobody owes more than was agreed. Movements are judged whole: between their entries a balance may be lower.
-- Reads every account once.
SELECT format('account %s: balance %s is below its floor %s', id, balance_minor, floor_minor) AS what
  FROM account WHERE balance_minor < floor_minor
 ORDER BY id;
