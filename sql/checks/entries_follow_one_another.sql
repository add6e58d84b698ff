-- I3: the entries of an account are numbered from one without a gap, and each begins with the balance that the one
-- before it left.
-- Reads every entry once, in the order of the primary key.
SELECT format('entry %s of account %s: after %s and %s a balance of %s', seq, account_id, balance_before, amount_minor,
              balance_after_minor) AS what
  FROM (SELECT account_id, seq, amount_minor, balance_after_minor,
               coalesce(lag(seq) OVER chain, 0) AS seq_before,
               coalesce(lag(balance_after_minor) OVER chain, 0) AS balance_before
          FROM entry WINDOW chain AS (PARTITION BY account_id ORDER BY seq)) linked
 WHERE seq <> seq_before + 1 OR balance_after_minor <> balance_before + amount_minor
 ORDER BY account_id, seq;
