-- I6 and I9: every payment to others was confirmed by a one-time code of its payer, used up with the booking while it
-- was alive, and by no other payment.
SELECT format('payment %s of movement %s: its code %s', p.id, p.movement_id,
              CASE WHEN c.id IS NULL THEN 'isn''t there'
                   WHEN c.customer_id IS DISTINCT FROM p.customer_id OR c.purpose <> 'payment' THEN 'was for something else'
                   WHEN c.consumed_at IS NULL THEN 'wasn''t used'
                   WHEN c.authorised_at IS NULL THEN 'was never typed'
                   WHEN c.authorised_by IN ('app', 'recovery') THEN 'was bound to nothing'
                   WHEN c.consumed_at IS DISTINCT FROM m.booked_at THEN 'wasn''t used for this booking'
                   WHEN c.consumed_at >= c.expires_at THEN 'had expired'
                   ELSE 'stands for another payment too' END) AS what
  FROM payment p
  LEFT JOIN movement m ON m.id = p.movement_id
  LEFT JOIN challenge c ON c.id = p.challenge_id
 WHERE p.state = 'posted' AND p.kind = 'in-bank'
   AND (c.id IS NULL OR c.customer_id IS DISTINCT FROM p.customer_id OR c.purpose <> 'payment' OR c.consumed_at IS NULL
        OR c.authorised_at IS NULL OR c.authorised_by IN ('app', 'recovery')
        OR c.consumed_at IS DISTINCT FROM m.booked_at OR c.consumed_at >= c.expires_at
        OR EXISTS (SELECT FROM payment o WHERE o.challenge_id = p.challenge_id AND o.id <> p.id AND o.state = 'posted'))
 ORDER BY p.movement_id;
