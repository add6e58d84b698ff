-- I1: a statement begins with what its account had before its first entry and ends with what it had after its last one, and
-- the next one begins where it ended. (That it adds up, the schema sees to.)
-- Reads every statement once, each with two entries by their keys.
SELECT format('statement %s of account %s: %s', s.id, s.account_id, wrong) AS what
  FROM (SELECT s.*, lag(s.seq_upto) OVER periods AS seq_before, lag(s.last_day) OVER periods AS day_before
          FROM statement s WINDOW periods AS (PARTITION BY s.account_id, s.period ORDER BY s.last_day)) s
  LEFT JOIN entry o ON o.account_id = s.account_id AND o.seq = s.seq_after
  LEFT JOIN entry c ON c.account_id = s.account_id AND c.seq = s.seq_upto
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.opening_minor <> coalesce(o.balance_after_minor, 0) OR s.seq_after > 0 AND o.seq IS NULL
                   THEN format('it opens with %s, and entry %s left %s', s.opening_minor, s.seq_after, o.balance_after_minor)
                   WHEN s.closing_minor <> coalesce(c.balance_after_minor, 0) OR s.seq_upto > 0 AND c.seq IS NULL
                   THEN format('it closes with %s, and entry %s left %s', s.closing_minor, s.seq_upto, c.balance_after_minor)
                   WHEN s.day_before = s.first_day - 1 AND s.seq_before <> s.seq_after
                   THEN format('it begins behind entry %s, and the one before ended with %s', s.seq_after, s.seq_before)
              END AS wrong) AS looked
 WHERE wrong IS NOT NULL
 ORDER BY s.id;
