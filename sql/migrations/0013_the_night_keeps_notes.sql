-- The night closes each day in stages, and keeps a note of each in the transaction of what it did: whoever goes on after
-- a crash goes on exactly there.
SET LOCAL ROLE dega_owner;

-- A day that is being closed, or was. Days are closed in their order; the first row is the day before the bank's first.
-- `waived_by`: an operator let customers pay although the stages aren't done.
CREATE TABLE night (
    day       date PRIMARY KEY,
    begun_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    waived_by text,
    CONSTRAINT a_night_ends_after_it_began CHECK (ended_at >= begun_at)
);

-- A stage of a night. `after` is the id behind which it goes on, `done` how many things it did out of `total` (null: nobody
-- counted). `failed_at` stands while its last try failed.
CREATE TABLE night_stage (
    day       date NOT NULL REFERENCES night (day),
    stage     text NOT NULL,
    begun_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    total     bigint,
    done      bigint NOT NULL DEFAULT 0,
    after     bigint NOT NULL DEFAULT 0,
    failed_at timestamptz,
    failures  integer NOT NULL DEFAULT 0,
    error     text NOT NULL DEFAULT '',
    PRIMARY KEY (day, stage),
    CONSTRAINT an_ended_stage_has_not_failed CHECK (ended_at IS NULL OR failed_at IS NULL)
);

-- A job of the timetable: the day for which it was done last, and how its last run went.
CREATE TABLE job (
    name      text PRIMARY KEY,
    done_for  date,
    begun_at  timestamptz,
    ended_at  timestamptz,
    done      bigint,
    failed_at timestamptz,
    error     text NOT NULL DEFAULT ''
);

-- Until when an operator keeps the gate closed after the window, and when customers were told that it will open.
ALTER TABLE gate ADD COLUMN held_until timestamptz, ADD COLUMN expected_at timestamptz;

-- How many transactions with postings were under way when the gate was asked to close, and how long it waited for them.
ALTER TABLE gate_closing
    ADD COLUMN in_flight integer CONSTRAINT in_flight_is_counted CHECK (in_flight >= 0),
    ADD COLUMN drained_ms integer CONSTRAINT draining_takes_time CHECK (drained_ms >= 0);

GRANT SELECT, INSERT ON night, night_stage, job TO dega_app;
GRANT UPDATE (ended_at, waived_by) ON night TO dega_app;
GRANT UPDATE (ended_at, total, done, after, failed_at, failures, error) ON night_stage TO dega_app;
GRANT UPDATE (done_for, begun_at, ended_at, done, failed_at, error) ON job TO dega_app;
GRANT UPDATE (held_until, expected_at) ON gate TO dega_app;
RESET ROLE;
