-- I3: a balance is the sum of its entries and what the last of them left, and the account counts as many as there are.
-- Reads every entry once, account by account.
SELECT format('account %s: balance %s and %s entries, but %s entries sum to %s and the last leaves %s', a.id,
              a.balance_minor, a.last_seq, e.entries, e.total, coalesce(last.balance_after_minor, 0)) AS what
  FROM account a
 CROSS JOIN LATERAL (SELECT count(*) AS entries, coalesce(sum(amount_minor), 0) AS total, coalesce(max(seq), 0) AS last_seq
                       FROM entry WHERE account_id = a.id) e
  LEFT JOIN entry last ON last.account_id = a.id AND last.seq = e.last_seq
 WHERE a.balance_minor <> e.total OR a.balance_minor <> coalesce(last.balance_after_minor, 0)
    OR a.last_seq <> e.entries OR a.last_seq <> e.last_seq
 ORDER BY a.id;
