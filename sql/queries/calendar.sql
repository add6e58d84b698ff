-- name: is_working_day
-- Neither a Saturday nor a Sunday nor a holiday.
SELECT extract(isodow FROM $1::date) < 6 AND NOT EXISTS (SELECT FROM holiday WHERE day = $1::date);

-- name: working_days_from
-- The working day that comes so many (0: the first one) after the first one on or after a day; no year is without any.
SELECT d.day
  FROM (SELECT $1::date + step AS day FROM generate_series(0, 366 + 3 * $2::int) AS step) d
  LEFT JOIN holiday h ON h.day = d.day
 WHERE extract(isodow FROM d.day) < 6 AND h.day IS NULL
 ORDER BY d.day OFFSET $2::int LIMIT 1;

-- name: working_day_upto
-- The last working day on or before a day.
SELECT d.day
  FROM (SELECT $1::date - step AS day FROM generate_series(0, 366) AS step) d
  LEFT JOIN holiday h ON h.day = d.day
 WHERE extract(isodow FROM d.day) < 6 AND h.day IS NULL
 ORDER BY d.day DESC LIMIT 1;

-- name: holidays
-- The holidays of a year, in their order.
SELECT day, name FROM holiday WHERE day >= make_date($1, 1, 1) AND day < make_date($1 + 1, 1, 1) ORDER BY day;

-- name: keep
-- These days are holidays; a day that is one already keeps its name.
INSERT INTO holiday (day, name) SELECT * FROM unnest($1::date[], $2::text[]) ON CONFLICT (day) DO NOTHING
RETURNING day;

-- name: remove
-- This day is no holiday.
DELETE FROM holiday WHERE day = $1 RETURNING name;

-- name: remove_year
-- The year has no holidays.
DELETE FROM holiday WHERE day >= make_date($1, 1, 1) AND day < make_date($1 + 1, 1, 1);
