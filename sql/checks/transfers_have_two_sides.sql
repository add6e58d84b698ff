-- I2: a transfer is two entries and no more: its amount out of the debit account and into the credit account.
-- Reads every transfer and entry once.
SELECT format('transfer %s: %s entries that sum to %s', coalesce(t.id, e.transfer_id), coalesce(e.entries, 0),
              coalesce(e.total, 0)) AS what
  FROM transfer t
  FULL JOIN (SELECT transfer_id, count(*) AS entries, sum(amount_minor) AS total, max(amount_minor) AS amount_minor,
                    max(account_id) FILTER (WHERE amount_minor < 0) AS debit,
                    max(account_id) FILTER (WHERE amount_minor > 0) AS credit
               FROM entry GROUP BY transfer_id) e ON e.transfer_id = t.id
 WHERE t.id IS NULL OR e.transfer_id IS NULL OR e.entries <> 2 OR e.total <> 0 OR e.amount_minor <> t.amount_minor
    OR e.debit IS DISTINCT FROM t.debit_account_id OR e.credit IS DISTINCT FROM t.credit_account_id
 ORDER BY coalesce(t.id, e.transfer_id);
