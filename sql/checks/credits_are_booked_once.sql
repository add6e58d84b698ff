-- I5: a credit from outside is booked once, as it came, and not if it was sent back.
-- Reads every credit, with its movement by its key.
SELECT format('credit %s is %s, its movement %s is %s', i.id,
              CASE WHEN i.returned_at IS NOT NULL THEN 'sent back' WHEN i.movement_id IS NULL THEN 'waiting' ELSE 'booked' END,
              coalesce(i.movement_id::text, '(none)'),
              CASE WHEN m.id IS NULL THEN 'not there'
                   WHEN m.id IS DISTINCT FROM i.movement_id THEN format('not %s, which books it', m.id)
                   ELSE 'of other particulars' END) AS what
  FROM incoming_credit i
  LEFT JOIN movement m ON m.deed_key = i.deed_key
  LEFT JOIN LATERAL (SELECT sum(t.amount_minor) AS amount_minor, min(t.currency) AS currency
                       FROM transfer t WHERE t.movement_id = m.id AND m.deed_key = i.deed_key) booked ON true
 WHERE i.returned_at IS NOT NULL AND m.id IS NOT NULL
    OR i.movement_id IS NOT NULL
       AND (m.id, m.payee_iban, booked.amount_minor, booked.currency)
           IS DISTINCT FROM (i.movement_id, i.iban, i.amount_minor, i.currency)
 ORDER BY i.id;
