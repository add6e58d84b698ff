-- I12: what is due is sent, or tried again later, or given up; a quarter of an hour after it fell due nothing waits. The
-- last try is made 27 hours after a message was written: an hour later none that is older waits, whenever it is due.
-- Reads what waits, by its index.
SELECT format('message %s (%s by %s) of %s is due since %s, and neither sent nor given up', id, template, channel,
              written_at, due_at) AS what
  FROM outbox, (SELECT bank_clock() AS at) AS now
 WHERE sent_at IS NULL AND given_up_at IS NULL
   AND (due_at < now.at - interval '15 minutes' OR written_at < now.at - interval '28 hours')
 ORDER BY id;
