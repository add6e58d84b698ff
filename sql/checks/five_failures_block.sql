-- I8: more than five failures in a row are evaluated for nobody: who had them was blocked.
-- Reads every subject once.
SELECT format('subject %s failed %s times and isn''t blocked', left(encode(subject, 'hex'), 16), failures) AS what
  FROM lockout WHERE failures > 5 AND blocked_at IS NULL
 ORDER BY subject;
