-- A payment that a passkey confirmed has what it signed; and whatever was signed, also where nothing came of it, belongs to
-- its payment: the same challenge, digest, nonce and payer.
-- Reads the payments that passkeys confirmed, and what they signed.
SELECT format('payment %s: what its passkey signed isn''t there', p.id) AS what
  FROM challenge c JOIN payment p ON p.challenge_id = c.id
 WHERE c.purpose = 'payment' AND c.authorised_by = 'passkey'
   AND NOT EXISTS (SELECT FROM passkey_evidence e WHERE e.challenge_id = c.id AND e.payment_id = p.id)
UNION ALL
SELECT format('payment %s: what its passkey signed %s', e.payment_id,
              CASE WHEN c.purpose <> 'payment' OR c.authorised_by IS DISTINCT FROM 'passkey' THEN 'authorised nothing'
                   WHEN e.digest <> c.digest OR e.nonce IS DISTINCT FROM c.nonce THEN 'isn''t what was asked'
                   ELSE 'is another customer''s' END)
  FROM passkey_evidence e JOIN challenge c ON c.id = e.challenge_id JOIN payment p ON p.id = e.payment_id
 WHERE c.purpose <> 'payment' OR c.authorised_by IS DISTINCT FROM 'passkey' OR e.digest <> c.digest
    OR e.nonce IS DISTINCT FROM c.nonce OR e.customer_id IS DISTINCT FROM c.customer_id OR e.customer_id <> p.customer_id
 ORDER BY what;
