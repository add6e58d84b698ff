-- name: hold
-- The name by which devices know a customer, made when it is first asked for.
INSERT INTO passkey_holder (customer_id) VALUES ($1) ON CONFLICT (customer_id) DO NOTHING;

-- name: handle
-- The name by which devices know a customer.
SELECT handle FROM passkey_holder WHERE customer_id = $1;

-- name: known
-- The passkeys that a customer has, whether they can be used yet or not.
SELECT credential_id FROM factor
 WHERE customer_id = $1 AND kind = 'passkey' AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock())
 ORDER BY added_at, id;

-- name: add
-- A passkey; nothing where this one was added before, by whomever.
INSERT INTO factor (id, customer_id, kind, name, added_at, usable_from, credential_id, public_key, sign_count)
SELECT $1, $2, 'passkey', $3, at, at, $4, $5, $6 FROM bank_clock() AS at
ON CONFLICT ON CONSTRAINT a_passkey_is_added_once DO NOTHING
RETURNING true;

-- name: find
-- A passkey that a customer can use now; of nobody ($1 null) there is none, by the same statement.
SELECT f.id, f.public_key, f.sign_count, h.handle
  FROM factor_in_force f JOIN passkey_holder h USING (customer_id)
 WHERE f.customer_id = coalesce($1::bigint, 0) AND f.kind = 'passkey' AND f.credential_id = $2;

-- name: challenge
-- What a passkey is asked to sign for a challenge: whose it is, what it is for, the nonce, and whether it is answered.
SELECT purpose, customer_id, digest, nonce, coalesce(authorised_at, consumed_at) IS NOT NULL AS is_answered
  FROM challenge WHERE id = $1;

-- name: use
-- A passkey was used; nothing where its own count didn't go forward, or it can't be used any more.
UPDATE factor SET sign_count = $2, last_used_at = bank_clock()
 WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))
   AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock())
RETURNING true;

-- name: keep_evidence
-- What was signed for the payment that the challenge stands for, with what it takes to check it again. By one only.
INSERT INTO passkey_evidence (challenge_id, payment_id, customer_id, signed_at, digest, nonce, relying_party, origin,
                              credential_id, public_key, authenticator_data, client_data, signature)
SELECT c.id, p.id, p.customer_id, bank_clock(), c.digest, c.nonce, $2, $3, f.credential_id, f.public_key, $5, $6, $7
  FROM challenge c JOIN payment p ON p.challenge_id = c.id AND p.customer_id = c.customer_id
  JOIN factor f ON f.id = $4 AND f.customer_id = c.customer_id
 WHERE c.id = $1 AND c.purpose = 'payment'
ON CONFLICT (challenge_id) DO NOTHING
RETURNING true;

-- name: keep_order_evidence
-- The same for the order that the challenge makes or stops.
INSERT INTO order_evidence (challenge_id, order_id, signed_at, digest, nonce, relying_party, origin, credential_id,
                            public_key, authenticator_data, client_data, signature)
SELECT c.id, o.id, bank_clock(), c.digest, c.nonce, $2, $3, f.credential_id, f.public_key, $5, $6, $7
  FROM challenge c JOIN standing_order o ON c.id IN (o.challenge_id, o.stop_challenge_id) AND o.customer_id = c.customer_id
  JOIN factor f ON f.id = $4 AND f.customer_id = c.customer_id
 WHERE c.id = $1 AND c.purpose = 'order'
ON CONFLICT (challenge_id) DO NOTHING
RETURNING true;

-- name: evidence
-- What was signed for the payment of a movement; evidence for a challenge that came to nothing isn't of it.
SELECT e.challenge_id, e.payment_id, e.customer_id, e.signed_at, e.digest, e.nonce, e.relying_party, e.origin,
       e.credential_id, e.public_key, e.authenticator_data, e.client_data, e.signature
  FROM movement m
  JOIN payment p ON p.id = m.deed_key AND p.state = 'posted'
  JOIN passkey_evidence e ON e.payment_id = p.id AND e.challenge_id = p.challenge_id
 WHERE m.id = $1;
