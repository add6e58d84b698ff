-- What a passkey signed belongs to the payment that it stands for: the same challenge, digest, nonce and payer, and the
-- challenge was authorised by it.
SELECT format('payment %s: what its passkey signed %s', e.payment_id,
              CASE WHEN c.purpose <> 'payment' THEN 'was for something else'
                   WHEN e.digest <> c.digest OR e.nonce IS DISTINCT FROM c.nonce THEN 'isn''t what was asked'
                   WHEN e.customer_id IS DISTINCT FROM c.customer_id OR e.customer_id <> p.customer_id
                   THEN 'is another customer''s'
                   ELSE 'authorised nothing' END) AS what
  FROM passkey_evidence e JOIN challenge c ON c.id = e.challenge_id JOIN payment p ON p.id = e.payment_id
 WHERE c.purpose <> 'payment' OR e.digest <> c.digest OR e.nonce IS DISTINCT FROM c.nonce
    OR e.customer_id IS DISTINCT FROM c.customer_id OR e.customer_id <> p.customer_id OR c.authorised_at IS NULL
 ORDER BY e.payment_id;
