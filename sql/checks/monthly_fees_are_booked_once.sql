-- I15: a month's fee that stands as booked was booked, once and in its amount, and no fee was booked that nobody owed.
-- Reads every monthly fee and every movement of their kind once.
SELECT format('account %s: its fee of %s for the month up to %s, and movement %s charged %s', coalesce(f.account_id,
              booked.account_id), f.amount_minor, f.month_end, coalesce(f.movement_id, booked.movement_id),
              coalesce(booked.amount_minor, 0)) AS what
  FROM (SELECT * FROM monthly_fee WHERE settled_on IS NOT NULL) f
  FULL JOIN (SELECT m.id AS movement_id, t.debit_account_id AS account_id, t.amount_minor
               FROM movement m JOIN transfer t ON t.movement_id = m.id
              WHERE m.kind = 'maintenance' AND m.by_night) booked
    ON booked.movement_id = f.movement_id AND booked.account_id = f.account_id
 WHERE f.amount_minor IS DISTINCT FROM booked.amount_minor
 ORDER BY 1;
