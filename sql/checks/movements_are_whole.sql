-- A movement is at least one transfer, every transfer belongs to a movement, and their entries were booked with it.
-- Reads every movement, transfer and entry, hashed together.
SELECT format('movement %s has no transfer', m.id) AS what
  FROM movement m
 WHERE NOT EXISTS (SELECT FROM transfer t WHERE t.movement_id = m.id)
 UNION ALL
SELECT format('transfer %s belongs to movement %s, which isn''t there', t.id, t.movement_id)
  FROM transfer t
 WHERE NOT EXISTS (SELECT FROM movement m WHERE m.id = t.movement_id)
 UNION ALL
SELECT format('entry %s of account %s was booked at %s, its movement %s at %s', e.seq, e.account_id, e.booked_at, m.id,
              m.booked_at)
  FROM entry e JOIN transfer t ON t.id = e.transfer_id JOIN movement m ON m.id = t.movement_id
 WHERE e.booked_at <> m.booked_at;
