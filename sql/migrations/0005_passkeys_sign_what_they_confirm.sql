-- A payment that a passkey confirmed now keeps the signature: it proves for ever who agreed to which amount and payee.
SET LOCAL ROLE dega_owner;

-- What a device signs is hashed together with this, so that no signature fits two challenges. Random of 244 bits.
ALTER TABLE challenge ADD COLUMN nonce bytea CONSTRAINT challenge_nonce_has_32_bytes CHECK (octet_length(nonce) = 32);
ALTER TABLE challenge ALTER COLUMN nonce SET DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- The name by which devices know a customer: random, and the same in all their passkeys.
CREATE TABLE passkey_holder (
    customer_id bigint PRIMARY KEY REFERENCES customer,
    handle      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                CONSTRAINT passkey_handle_is_unique UNIQUE
);

CREATE TRIGGER the_count_of_a_passkey_never_goes_back BEFORE UPDATE ON factor
    FOR EACH ROW WHEN (NEW.sign_count < OLD.sign_count) EXECUTE FUNCTION refuse_return();

-- Byte for byte what the device sent, and all that is needed to check it again without any other table or key.
CREATE TABLE passkey_evidence (
    challenge_id       uuid PRIMARY KEY REFERENCES challenge,
    payment_id         uuid NOT NULL REFERENCES payment,
    customer_id        bigint NOT NULL REFERENCES customer,
    signed_at          timestamptz NOT NULL,
    digest             bytea NOT NULL CONSTRAINT evidence_digest_has_32_bytes CHECK (octet_length(digest) = 32),
    nonce              bytea NOT NULL CONSTRAINT evidence_nonce_has_32_bytes CHECK (octet_length(nonce) = 32),
    relying_party      text NOT NULL,
    origin             text NOT NULL,
    credential_id      bytea NOT NULL,
    public_key         bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data        bytea NOT NULL,
    signature          bytea NOT NULL,
    CONSTRAINT what_was_signed_is_this_payment CHECK (
        convert_from(client_data, 'UTF8')::json ->> 'challenge'
        = rtrim(translate(encode(sha256('dega-pay-v1'::bytea || digest || nonce), 'base64'), '+/', '-_'), '='))
);
CREATE INDEX passkey_evidence_by_payment ON passkey_evidence (payment_id);
CREATE TRIGGER passkey_evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON passkey_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON passkey_holder, passkey_evidence TO dega_app;
GRANT INSERT (customer_id) ON passkey_holder TO dega_app;
GRANT INSERT ON passkey_evidence TO dega_app;
RESET ROLE;
