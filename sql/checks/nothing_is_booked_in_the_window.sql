-- I7: between the start and the end of the daily update, on Tirana's wall clock, only the night books. A window that
-- ends at 00:00 ends with the day.
SELECT format('movement %s was booked at %s, inside the window from %s to %s', m.id, at.wall_clock, g.window_starts,
              g.window_ends) AS what
  FROM gate g
 CROSS JOIN movement m
 CROSS JOIN LATERAL (SELECT m.booked_at AT TIME ZONE 'Europe/Tirane' AS wall_clock) at
 WHERE NOT m.by_night
   AND at.wall_clock::time >= g.window_starts
   AND (g.window_ends = '00:00' OR at.wall_clock::time < g.window_ends)
 ORDER BY m.id;
