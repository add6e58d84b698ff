-- The bank now keeps what customers prove themselves by beside the SMS: authenticator apps, passkeys, recovery codes.
SET LOCAL ROLE dega_owner;
-- One second factor. `leaves_at`: its removal was asked for, takes effect then and can be taken back until then.
-- `removed_at`: it is gone, and so is its seed; the row stays. The seed of an app is sealed under a key that isn't here;
-- of a passkey there is only the public key.
CREATE TABLE factor (
    id            uuid PRIMARY KEY,
    customer_id   bigint NOT NULL REFERENCES customer,
    kind          text NOT NULL CONSTRAINT factor_kind_is_known CHECK (kind IN ('app', 'passkey')),
    name          text NOT NULL CONSTRAINT factor_has_a_short_name CHECK (char_length(name) BETWEEN 1 AND 40),
    added_at      timestamptz NOT NULL,
    usable_from   timestamptz NOT NULL,
    leaves_at     timestamptz,
    removed_at    timestamptz,
    last_used_at  timestamptz,
    sealed_seed   text,
    last_step     bigint,
    credential_id bytea CONSTRAINT a_passkey_is_added_once UNIQUE,
    public_key    bytea,
    sign_count    bigint,
    CONSTRAINT a_factor_is_not_usable_before_it_is_added CHECK (usable_from >= added_at),
    CONSTRAINT an_app_has_its_seed_until_it_is_removed
        CHECK ((kind = 'app' AND removed_at IS NULL) = (sealed_seed IS NOT NULL)),
    CONSTRAINT an_app_knows_its_last_step CHECK ((kind = 'app') = (last_step IS NOT NULL)),
    CONSTRAINT a_passkey_has_its_public_key
        CHECK (num_nonnulls(credential_id, public_key, sign_count) = CASE kind WHEN 'passkey' THEN 3 ELSE 0 END)
);
CREATE INDEX factor_by_customer ON factor (customer_id, added_at) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX a_customer_has_one_app ON factor (customer_id) WHERE kind = 'app' AND removed_at IS NULL;

-- The factors that count now: a customer who has one of them doesn't log in by SMS.
CREATE VIEW factor_in_force AS
SELECT id, customer_id, kind, name, added_at, usable_from, leaves_at, last_used_at, sealed_seed, last_step,
       credential_id, public_key, sign_count
  FROM factor
 WHERE usable_from <= bank_clock() AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock());

-- What lets somebody in once who has lost their factor: HMACs under a key that isn't here, each with its own salt.
CREATE TABLE recovery_code (
    customer_id bigint NOT NULL REFERENCES customer,
    hash        bytea NOT NULL CONSTRAINT recovery_hash_has_32_bytes CHECK (octet_length(hash) = 32),
    salt        bytea NOT NULL CONSTRAINT recovery_salt_has_16_bytes CHECK (octet_length(salt) = 16),
    made_at     timestamptz NOT NULL,
    used_at     timestamptz,
    replaced_at timestamptz,
    PRIMARY KEY (customer_id, hash),
    CONSTRAINT a_recovery_code_ends_once CHECK (num_nonnulls(used_at, replaced_at) <= 1)
);

-- What was used up or removed never comes back, whoever writes.
CREATE FUNCTION refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is used up or removed in % never comes back', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER a_step_of_an_app_never_comes_back BEFORE UPDATE ON factor
    FOR EACH ROW WHEN (NEW.last_step < OLD.last_step) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER a_removed_factor_never_comes_back BEFORE UPDATE ON factor
    FOR EACH ROW WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER a_recovery_code_never_comes_back BEFORE UPDATE ON recovery_code
    FOR EACH ROW WHEN (num_nonnulls(OLD.used_at, OLD.replaced_at) > num_nonnulls(NEW.used_at, NEW.replaced_at))
    EXECUTE FUNCTION refuse_return();

GRANT SELECT ON factor, factor_in_force, recovery_code TO dega_app;
GRANT INSERT (id, customer_id, kind, name, added_at, usable_from, sealed_seed, last_step, credential_id, public_key,
    sign_count) ON factor TO dega_app;
GRANT UPDATE (name, leaves_at, removed_at, last_used_at, sealed_seed, last_step, sign_count) ON factor TO dega_app;
GRANT INSERT (customer_id, hash, salt, made_at) ON recovery_code TO dega_app;
GRANT UPDATE (used_at, replaced_at) ON recovery_code TO dega_app;
RESET ROLE;
