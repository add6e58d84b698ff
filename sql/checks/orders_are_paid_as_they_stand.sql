-- I5: what stands as paid in the history of an order was booked by the night, as the order says, with the day that it closed
-- as value date; and what the night booked of such kinds stands there.
-- Reads every paid try, and every movement of the night.
SELECT format('order %s, due on %s: movement %s is %s', o.id, t.due_on, t.movement_id,
              CASE WHEN m.id IS NULL THEN 'not there' ELSE 'of other particulars' END) AS what
  FROM order_attempt t
  JOIN standing_order o ON o.id = t.order_id
  LEFT JOIN movement m ON m.id = t.movement_id
 WHERE t.outcome = 'paid'
   AND (m.id IS NULL
        OR (m.by_night, m.kind, m.value_date, m.payee_name, m.payee_iban, m.description)
           IS DISTINCT FROM (true, o.kind, t.day, o.payee_name, o.payee_iban, o.description)
        OR NOT o.sweeps AND t.amount_minor <> o.amount_minor
        OR NOT EXISTS (SELECT FROM transfer f
                        WHERE f.movement_id = m.id AND f.purpose = 'payment' AND f.amount_minor = t.amount_minor
                          AND f.currency = o.currency AND f.debit_account_id = o.debit_account_id
                          AND f.credit_account_id = o.credit_account_id))
 UNION ALL
SELECT format('movement %s was booked by the night and pays no order', m.id)
  FROM movement m
 WHERE m.by_night AND m.kind IN (SELECT kind FROM standing_order)
   AND NOT EXISTS (SELECT FROM order_attempt t WHERE t.movement_id = m.id)
 ORDER BY 1;
