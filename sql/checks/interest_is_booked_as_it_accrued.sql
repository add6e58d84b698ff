-- I14: what was settled is what had accrued, to the nearest minor unit, and its movement booked that much, and the tax that
-- stands there.
-- Reads every settled period once, with its transfers.
SELECT format('account %s: its %s interest up to %s accrued %s parts, came to %s with %s tax, and movement %s booked %s '
              'with %s tax', p.account_id, p.side, p.closed_on, p.accrued, p.gross_minor, p.tax_minor,
              coalesce(p.movement_id::text, '(none)'), booked.gross_minor, booked.tax_minor) AS what
  FROM interest_period p
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.amount_minor) FILTER (WHERE t.purpose = 'interest'
              AND p.account_id = CASE p.side WHEN 'credit' THEN t.credit_account_id ELSE t.debit_account_id END), 0)
              AS gross_minor,
              coalesce(sum(t.amount_minor) FILTER (WHERE t.purpose = 'tax' AND p.account_id = t.debit_account_id), 0)
              AS tax_minor
         FROM transfer t WHERE t.movement_id = p.movement_id) booked
 WHERE p.settled_on IS NOT NULL
   AND ((p.gross_minor, p.tax_minor) IS DISTINCT FROM (booked.gross_minor, booked.tax_minor)
        OR abs(p.gross_minor * 26280000000::numeric - p.accrued) * 2 > 26280000000)
 ORDER BY p.account_id, p.closed_on;
