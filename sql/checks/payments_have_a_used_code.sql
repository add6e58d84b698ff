-- I6 and I9: every payment to others was confirmed by a one-time code of its payer for exactly these particulars, used up
-- with the booking while it was alive, and by no other payment. What a code is bound to is `digest_of` in
-- dega/payments/payment.py: JSON with its keys in order. The code of a promise is bound to `promise_digest` of
-- dega/payments/promises.py, and was used up before; the booking came on its day or later.
-- Reads every payment to others once, with its movement, code, promise and account by their keys.
WITH shown AS (
    SELECT p.id, p.movement_id, p.customer_id, p.challenge_id, m.booked_at,
           sha256(convert_to(format(
               '{"credit":%s,"currency":%s,"customer":%s,"debit":%s,"description":%s,"fee":%s,"minor":%s,"payee":%s,"payment":"%s"}',
               to_json(p.payee_iban), to_json(p.currency), p.customer_id, to_json(a.iban), to_json(p.description),
               p.fee_minor, p.amount_minor, to_json(p.payee_name), p.id), 'UTF8')) AS digest,
           count(*) OVER (PARTITION BY p.challenge_id) AS payments_of_code
      FROM payment p
      JOIN account a ON a.id = p.debit_account_id
      LEFT JOIN movement m ON m.id = p.movement_id
     WHERE p.state = 'posted' AND p.kind = 'in-bank'
), paid AS (
    SELECT s.id, s.movement_id, s.customer_id, s.challenge_id, s.booked_at, s.payments_of_code, r.due_on,
           CASE WHEN r.due_on IS NULL THEN s.digest
                ELSE sha256(convert_to(format('{"payment":"%s","promised_for":"%s"}', encode(s.digest, 'hex'), r.due_on),
                                       'UTF8')) END AS digest
      FROM shown s LEFT JOIN promise r ON r.payment_id = s.id AND r.challenge_id = s.challenge_id
)
SELECT format('payment %s of movement %s: its code %s', p.id, p.movement_id, wrong) AS what
  FROM paid p
  LEFT JOIN challenge c ON c.id = p.challenge_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN c.id IS NULL THEN 'isn''t there'
                   WHEN c.customer_id IS DISTINCT FROM p.customer_id OR c.purpose <> 'payment' THEN 'was for something else'
                   WHEN c.consumed_at IS NULL THEN 'wasn''t used'
                   WHEN c.authorised_at IS NULL THEN 'was never typed'
                   WHEN c.authorised_by IN ('app', 'recovery') THEN 'was bound to nothing'
                   WHEN p.due_on IS NULL AND c.consumed_at IS DISTINCT FROM p.booked_at
                   THEN 'wasn''t used for this booking'
                   WHEN (p.booked_at AT TIME ZONE 'Europe/Tirane')::date < p.due_on THEN 'was for a later day'
                   WHEN c.consumed_at >= c.expires_at THEN 'had expired'
                   WHEN p.payments_of_code > 1 THEN 'stands for another payment too'
                   WHEN c.digest <> p.digest THEN 'was for other particulars'
              END AS wrong) AS looked
 WHERE wrong IS NOT NULL
 ORDER BY p.movement_id;
