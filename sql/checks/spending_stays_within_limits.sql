-- I11: what stands as spent on a day is what was paid to others on it (Tirana's day), and within the day's limit.
-- Reads every payment to others once, and the sums of all days.
WITH paid AS (
    SELECT p.customer_id, (m.booked_at AT TIME ZONE 'Europe/Tirane')::date AS day, p.currency,
           sum(p.amount_minor) AS minor
      FROM payment p JOIN movement m ON m.id = p.movement_id
     WHERE p.state = 'posted' AND p.kind = 'in-bank'
     GROUP BY 1, 2, 3
)
SELECT format('customer %s on %s: paid %s %s, counted %s of at most %s', coalesce(s.customer_id, paid.customer_id),
              coalesce(s.day, paid.day), coalesce(paid.minor, 0), coalesce(s.currency, paid.currency),
              coalesce(s.spent_minor, 0), coalesce(s.limit_minor::text, '(none)')) AS what
  FROM spending_day s
  FULL JOIN paid ON paid.customer_id = s.customer_id AND paid.day = s.day AND paid.currency = s.currency
 WHERE coalesce(s.spent_minor, 0) <> coalesce(paid.minor, 0) OR s.spent_minor > s.limit_minor
 ORDER BY 1;
