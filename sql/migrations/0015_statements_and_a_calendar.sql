-- The bank has a calendar of its own: on which days Albania doesn't work is data, since moving feasts are announced late.
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- the calendar
-- Days on which the bank is closed, besides Saturdays and Sundays. A holiday that falls on one of those is kept on a day
-- of the week after, which stands here as well.
CREATE TABLE holiday (
    day  date PRIMARY KEY,
    name text NOT NULL CONSTRAINT a_holiday_has_a_name CHECK (btrim(name) <> '')
);
GRANT SELECT ON holiday TO dega_app;
GRANT INSERT, DELETE ON holiday TO dega_staff;
RESET ROLE;
