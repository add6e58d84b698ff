-- name: last_day
-- The last day that is closed; nothing before the bank's first night.
SELECT max(day) FROM night WHERE ended_at IS NOT NULL;

-- name: begin_the_books
-- The day before the bank's first: nights are due from the next one on.
INSERT INTO night (day, begun_at, ended_at) SELECT $1, at, at FROM bank_clock() AS at
ON CONFLICT (day) DO NOTHING;

-- name: last_begun
-- The last day whose night has begun, closed or not.
SELECT max(day) FROM night;

-- name: waived
-- Of these days, those for which an operator let customers pay although they aren't closed.
SELECT count(*) FROM night WHERE day = ANY($1::date[]) AND waived_by IS NOT NULL;

-- name: waive
-- Customers may pay although this day isn't closed yet.
INSERT INTO night (day, begun_at, waived_by) VALUES ($1, bank_clock(), $2)
ON CONFLICT (day) DO UPDATE SET waived_by = excluded.waived_by;

-- name: begin_night
-- The night begins, unless it has begun before.
INSERT INTO night (day, begun_at) VALUES ($1, bank_clock()) ON CONFLICT (day) DO NOTHING;

-- name: end_night
-- All stages are done: the day is closed.
UPDATE night SET ended_at = bank_clock() WHERE day = $1 AND ended_at IS NULL;

-- name: begin_stage
-- The note of a stage, unless it is there.
INSERT INTO night_stage (day, stage, begun_at) VALUES ($1, $2, bank_clock()) ON CONFLICT (day, stage) DO NOTHING;

-- name: lock_stage
-- The note of a stage, so that of all processes one is at it.
SELECT after, done, total, ended_at IS NOT NULL AS ended FROM night_stage WHERE day = $1 AND stage = $2 FOR UPDATE;

-- name: expect
-- How many things the stage will do.
UPDATE night_stage SET total = $3 WHERE day = $1 AND stage = $2;

-- name: note_piece
-- So many more things are done, and the stage goes on behind this id; null: it is done.
UPDATE night_stage
   SET done = done + $3, after = coalesce($4, after), ended_at = CASE WHEN $4::bigint IS NULL THEN bank_clock() END,
       failed_at = NULL, error = ''
 WHERE day = $1 AND stage = $2;

-- name: note_failure
-- The stage failed; how often it has by now.
UPDATE night_stage SET failed_at = bank_clock(), failures = failures + 1, error = $3
 WHERE day = $1 AND stage = $2 AND ended_at IS NULL
RETURNING failures;

-- name: failed_at
-- Since when a stage of that night has failed and wasn't done since.
SELECT max(failed_at) FROM night_stage WHERE day = $1 AND ended_at IS NULL;

-- name: resume
-- What failed is tried again at once; which stages.
UPDATE night_stage SET failed_at = NULL WHERE failed_at IS NOT NULL AND ended_at IS NULL RETURNING day, stage;

-- name: stages
-- How far the stages of a night are, as they began.
SELECT stage, begun_at, ended_at, total, done, failed_at, failures, error FROM night_stage WHERE day = $1
 ORDER BY begun_at, stage;

-- name: jobs
-- How the jobs of the timetable stand.
SELECT name, done_for, begun_at, ended_at, done, failed_at, error FROM job ORDER BY name;

-- name: begin_job
-- A run of a job begins.
INSERT INTO job (name, begun_at) VALUES ($1, bank_clock())
ON CONFLICT (name) DO UPDATE SET begun_at = excluded.begun_at, ended_at = NULL;

-- name: end_job
-- It is done for that day.
UPDATE job SET done_for = $2, ended_at = bank_clock(), done = $3, failed_at = NULL, error = '' WHERE name = $1;

-- name: fail_job
-- It failed.
UPDATE job SET failed_at = bank_clock(), error = $2 WHERE name = $1;
