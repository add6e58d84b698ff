-- I4: nobody owes more than was agreed, not now and not after any entry.
SELECT format('account %s: balance %s is below its floor %s', id, balance_minor, floor_minor) AS what
  FROM account WHERE balance_minor < floor_minor
 ORDER BY id;
