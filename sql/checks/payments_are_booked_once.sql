-- I5: what the customer was told is made is booked, once and as it was shown; and what isn't made isn't booked.
-- Reads every payment, movement, transfer and row of the trail once.
WITH booked AS (
    SELECT m.id, m.deed_key, m.kind, m.payee_name, m.payee_iban, m.description,
           count(*) FILTER (WHERE t.purpose = 'payment') AS payments,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.purpose = 'payment'), 0) AS amount_minor,
           coalesce(sum(t.amount_minor) FILTER (WHERE t.purpose = 'fee'), 0) AS fee_minor,
           max(t.debit_account_id) FILTER (WHERE t.purpose = 'payment') AS debit_account_id,
           max(t.credit_account_id) FILTER (WHERE t.purpose = 'payment') AS credit_account_id,
           max(t.currency) FILTER (WHERE t.purpose = 'payment') AS currency
      FROM movement m LEFT JOIN transfer t ON t.movement_id = m.id
     GROUP BY m.id
)
SELECT format('payment %s is %s, its movement %s is %s', p.id, p.state, coalesce(p.movement_id::text, '(none)'),
              CASE WHEN b.id IS NULL THEN 'not there'
                   WHEN b.id IS DISTINCT FROM p.movement_id THEN format('not %s, which books it', b.id)
                   ELSE 'of other particulars' END) AS what
  FROM payment p LEFT JOIN booked b ON b.deed_key = p.id
 WHERE (p.state = 'posted') <> (b.id IS NOT NULL)
    OR b.id IS DISTINCT FROM p.movement_id
    OR b.id IS NOT NULL
       AND (b.payments, b.amount_minor, b.fee_minor, b.debit_account_id, b.credit_account_id, b.currency, b.kind,
            b.payee_name, b.payee_iban, b.description)
        IS DISTINCT FROM
           (1, p.amount_minor, p.fee_minor, p.debit_account_id, p.credit_account_id, p.currency, p.kind,
            p.payee_name, p.payee_iban, p.description)
 UNION ALL
SELECT format('payment %s isn''t there as made, and row %s of the audit trail says that it was booked',
              substr(a.subject, 6), a.id)
  FROM audit a
 WHERE a.action = 'payment' AND a.outcome = 'booked'
   AND NOT EXISTS (SELECT FROM payment p WHERE 'deed:' || p.id = a.subject AND p.state = 'posted')
 ORDER BY 1;
