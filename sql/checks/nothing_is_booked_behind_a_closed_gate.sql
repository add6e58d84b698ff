-- I7: from the moment the gate is closed until it is opened again, or until now, only the night books.
-- Reads every movement once, against the closings (one a night).
SELECT format('movement %s was booked at %s, and the gate was closed by the %s from %s to %s', m.id, m.booked_at,
              c.closed_by, c.closed_at, coalesce(c.opened_at::text, 'now')) AS what
  FROM gate_closing c
  JOIN movement m ON m.booked_at >= c.closed_at AND m.booked_at < coalesce(c.opened_at, bank_clock())
 WHERE NOT m.by_night
 ORDER BY m.id;
