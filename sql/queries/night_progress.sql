-- name: newest
-- The stages of the newest day that is being closed or was, in the order in which they were begun.
SELECT s.day, s.stage, s.ended_at IS NOT NULL AS is_done, s.failed_at IS NOT NULL AS has_failed, s.done, s.total,
       n.ended_at IS NOT NULL AS night_is_done
  FROM night n JOIN night_stage s USING (day)
 WHERE n.day = (SELECT max(day) FROM night)
 ORDER BY s.begun_at, s.stage;
