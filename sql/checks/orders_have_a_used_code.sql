-- I6: every order to others that ever stood was confirmed by a one-time code of its customer for exactly these particulars,
-- used up with it, and so was the end of one that was stopped. What a code is bound to is `digest_of` in
-- dega/payments/standing_orders.py: JSON with its keys in order.
-- Reads every order to others once, with its codes and account by their keys.
WITH confirmed AS (
    SELECT o.id, o.customer_id, act.act, act.challenge_id,
           sha256(convert_to(format(
               '{"act":"%s","credit":%s,"currency":%s,"customer":%s,"debit":%s,"description":%s,"fee":%s,"first":"%s",'
               '"frequency":"%s","last":%s,"minor":%s,"order":"%s","payee":%s,"replaces":%s,"rule":"%s","sweeps":%s}',
               act.act, to_json(o.payee_iban), to_json(o.currency), o.customer_id, to_json(a.iban),
               to_json(o.description), o.fee_minor, o.first_on, o.frequency, coalesce(to_json(o.last_on)::text, 'null'),
               o.amount_minor, o.id, to_json(o.payee_name), coalesce(to_json(o.replaces)::text, 'null'), o.holiday_rule,
               to_json(o.sweeps)), 'UTF8')) AS digest
      FROM standing_order o
      JOIN account a ON a.id = o.debit_account_id
     CROSS JOIN LATERAL (VALUES ('make', o.challenge_id), ('stop', o.stop_challenge_id)) AS act (act, challenge_id)
     WHERE o.kind = 'in-bank' AND o.made_at IS NOT NULL
       AND (act.act = 'make' OR o.state = 'stopped'
            AND NOT EXISTS (SELECT FROM standing_order n WHERE n.replaces = o.id AND n.made_at IS NOT NULL))
)
SELECT format('order %s: its code to %s it %s', o.id, o.act, wrong) AS what
  FROM confirmed o
  LEFT JOIN challenge c ON c.id = o.challenge_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN c.id IS NULL THEN 'isn''t there'
                   WHEN c.customer_id IS DISTINCT FROM o.customer_id OR c.purpose <> 'order' THEN 'was for something else'
                   WHEN c.consumed_at IS NULL THEN 'wasn''t used'
                   WHEN c.authorised_at IS NULL THEN 'was never typed'
                   WHEN c.authorised_by IN ('app', 'recovery') THEN 'was bound to nothing'
                   WHEN c.consumed_at >= c.expires_at THEN 'had expired'
                   WHEN c.authorised_by = 'passkey' AND NOT EXISTS (
                        SELECT FROM order_evidence e
                         WHERE (e.challenge_id, e.order_id, e.digest, e.nonce) = (c.id, o.id, c.digest, c.nonce))
                   THEN 'has no signature'
                   WHEN c.digest <> o.digest THEN 'was for other particulars'
              END AS wrong) AS looked
 WHERE wrong IS NOT NULL
 ORDER BY o.id;
