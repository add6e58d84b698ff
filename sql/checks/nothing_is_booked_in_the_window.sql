-- I7: between the start and the end of the daily update, on Tirana's wall clock, only the night books. What was booked is
-- judged by the window of its time. A window that ends at 00:00 ends with the day.
-- Reads every movement once.
SELECT format('movement %s was booked at %s, inside the window from %s to %s', m.id, at.wall_clock, w.starts,
              w.ends) AS what
  FROM (SELECT starts, ends, since, lead(since, 1, 'infinity') OVER (ORDER BY since) AS until FROM gate_window) w
  JOIN movement m ON m.booked_at >= w.since AND m.booked_at < w.until
 CROSS JOIN LATERAL (SELECT m.booked_at AT TIME ZONE 'Europe/Tirane' AS wall_clock) at
 WHERE NOT m.by_night
   AND at.wall_clock::time >= w.starts
   AND (w.ends = '00:00' OR at.wall_clock::time < w.ends)
 ORDER BY m.id;
