-- Seals go by ids as the sequences give them out: what has an id beyond them would never be sealed.
-- Reads both ends of each index.
SELECT format('movement %s: ids have been given out up to %s', m.id, s.reached) AS what
  FROM (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS reached FROM movement_id) s
  JOIN movement m ON m.id < 1 OR m.id > s.reached
 UNION ALL
SELECT format('transfer %s: ids have been given out up to %s', t.id, s.reached)
  FROM (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS reached FROM transfer_id) s
  JOIN transfer t ON t.id < 1 OR t.id > s.reached
 UNION ALL
SELECT format('audit row %s: ids have been given out up to %s', a.id, s.reached)
  FROM (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS reached FROM audit_id_seq) s
  JOIN audit a ON a.id < 1 OR a.id > s.reached;
