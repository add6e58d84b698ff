-- I1: what one account has more, another has less: in every currency all entries together are nothing.
-- Reads every entry once; so do exchanges, since their legs are in one currency each.
SELECT format('entries in %s sum to %s instead of 0', a.currency, sum(e.amount_minor)) AS what
  FROM entry e JOIN account a ON a.id = e.account_id
 GROUP BY a.currency
HAVING sum(e.amount_minor) <> 0
 ORDER BY a.currency;
