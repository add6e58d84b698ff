-- Orders: what a customer told the bank to pay on certain dates, which the night pays; and promises: payments that were
-- confirmed during the daily update, to be made when the gate opens.
SET LOCAL ROLE dega_owner;

-- An order of a customer. Its particulars never change: a changed order is a new one that `replaces` the old one. `number`
-- counts orders as they came. `sweeps`: it pays all that stands above the amount. `next_on` is the date of the schedule
-- that is paid next, `tried_on` the day in whose night it was looked at last; `retry_until` stands while money was missing:
-- it is tried again each night until then. `challenge_id` is the code that made it, `stop_challenge_id` the one that
-- stopped it.
CREATE TABLE standing_order (
    id                uuid PRIMARY KEY,
    number            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT orders_have_their_number UNIQUE,
    customer_id       bigint NOT NULL REFERENCES customer (id),
    kind              text NOT NULL,
    debit_account_id  bigint NOT NULL REFERENCES account (id),
    credit_account_id bigint NOT NULL REFERENCES account (id),
    payee_name        text NOT NULL,
    payee_iban        text NOT NULL,
    payee_typed       text NOT NULL DEFAULT '',
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL CONSTRAINT order_amount_is_positive CHECK (amount_minor > 0),
    sweeps            boolean NOT NULL,
    fee_minor         bigint NOT NULL CONSTRAINT order_fee_is_not_negative CHECK (fee_minor >= 0),
    description       text NOT NULL,
    frequency         text NOT NULL CONSTRAINT order_frequency_is_known
                      CHECK (frequency IN ('once', 'weekly', 'monthly', 'quarterly', 'yearly')),
    first_on          date NOT NULL,
    last_on           date CONSTRAINT orders_end_after_they_begin CHECK (last_on >= first_on),
    holiday_rule      text NOT NULL CONSTRAINT order_rule_is_known CHECK (holiday_rule IN ('same', 'before', 'after')),
    prepared_at       timestamptz NOT NULL,
    replaces          uuid REFERENCES standing_order (id),
    state             text NOT NULL DEFAULT 'draft' CONSTRAINT order_state_is_known
                      CHECK (state IN ('draft', 'active', 'stopped', 'ended')),
    challenge_id      uuid REFERENCES challenge (id),
    stop_challenge_id uuid REFERENCES challenge (id),
    made_at           timestamptz,
    ended_at          timestamptz,
    next_on           date,
    tried_on          date,
    retry_until       date,
    CONSTRAINT active_orders_have_a_date CHECK ((state = 'active') = (next_on IS NOT NULL)),
    CONSTRAINT orders_that_are_over_say_when CHECK ((state IN ('stopped', 'ended')) = (ended_at IS NOT NULL)),
    CONSTRAINT only_active_orders_are_tried_again CHECK (retry_until IS NULL OR state = 'active')
) WITH (fillfactor = 70);
CREATE INDEX standing_order_by_customer ON standing_order (customer_id, number DESC);
CREATE INDEX standing_order_active ON standing_order (number) WHERE state = 'active';
CREATE TRIGGER order_particulars_never_change
    BEFORE UPDATE OF id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed,
                     currency, amount_minor, sweeps, fee_minor, description, frequency, first_on, last_on, holiday_rule,
                     prepared_at, replaces ON standing_order
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER an_order_that_is_over_never_comes_back BEFORE UPDATE ON standing_order FOR EACH ROW
    WHEN (OLD.state IN ('stopped', 'ended') OR OLD.state = 'active' AND NEW.state = 'draft')
    EXECUTE FUNCTION refuse_return();

-- A night's try to pay an order for one of its dates. `outcome` is `paid`, `nothing` (nothing stood above the amount), or
-- the code of a refusal; `again_until` is how long it is tried again (null: it isn't).
CREATE TABLE order_attempt (
    order_id     uuid NOT NULL REFERENCES standing_order (id),
    due_on       date NOT NULL,
    day          date NOT NULL,
    at           timestamptz NOT NULL,
    outcome      text NOT NULL,
    amount_minor bigint NOT NULL,
    movement_id  bigint REFERENCES movement (id),
    again_until  date,
    PRIMARY KEY (order_id, due_on, day),
    CONSTRAINT paid_attempts_have_a_movement CHECK ((outcome = 'paid') = (movement_id IS NOT NULL)),
    CONSTRAINT what_is_paid_is_not_tried_again CHECK (outcome <> 'paid' OR again_until IS NULL)
);
CREATE UNIQUE INDEX a_date_of_an_order_is_paid_once ON order_attempt (order_id, due_on) WHERE outcome = 'paid';
CREATE TRIGGER order_attempt_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a passkey signed to make or to stop an order, with all that it takes to check it again.
CREATE TABLE order_evidence (
    challenge_id       uuid PRIMARY KEY REFERENCES challenge (id),
    order_id           uuid NOT NULL REFERENCES standing_order (id),
    signed_at          timestamptz NOT NULL,
    digest             bytea NOT NULL,
    nonce              bytea NOT NULL,
    relying_party      text NOT NULL,
    origin             text NOT NULL,
    credential_id      bytea NOT NULL,
    public_key         bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data        bytea NOT NULL,
    signature          bytea NOT NULL,
    CONSTRAINT what_was_signed_is_this_order
        CHECK (convert_from(client_data, 'UTF8')::json ->> 'challenge' =
               rtrim(translate(encode(sha256('dega-order-v1'::bytea || digest || nonce), 'base64'), '+/', '-_'), '='))
);
CREATE TRIGGER order_evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A prepared payment that its customer confirmed during the daily update, to be made on `due_on` when the gate opens.
CREATE TABLE promise (
    payment_id   uuid NOT NULL REFERENCES payment (id),
    due_on       date NOT NULL,
    promised_at  timestamptz NOT NULL,
    challenge_id uuid REFERENCES challenge (id),
    state        text NOT NULL DEFAULT 'waiting' CONSTRAINT promise_state_is_known
                 CHECK (state IN ('waiting', 'kept', 'refused')),
    refusal      text NOT NULL DEFAULT '',
    decided_at   timestamptz,
    PRIMARY KEY (payment_id, due_on),
    CONSTRAINT decided_promises_say_when CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CONSTRAINT refused_promises_say_why CHECK ((state = 'refused') = (refusal <> ''))
);
CREATE INDEX promise_waiting ON promise (due_on, payment_id) WHERE state = 'waiting';
CREATE TRIGGER a_decided_promise_never_changes BEFORE UPDATE ON promise FOR EACH ROW
    WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION refuse_return();

-- Codes for orders are of a purpose of their own.
ALTER TABLE challenge DROP CONSTRAINT challenge_purpose_is_known;
ALTER TABLE challenge ADD CONSTRAINT challenge_purpose_is_known
    CHECK (purpose IN ('login', 'register', 'payment', 'password', 'factor', 'order'));

GRANT SELECT ON standing_order TO dega_app;
GRANT INSERT (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed, currency,
              amount_minor, sweeps, fee_minor, description, frequency, first_on, last_on, holiday_rule, prepared_at,
              replaces),
      UPDATE (state, challenge_id, stop_challenge_id, made_at, ended_at, next_on, tried_on, retry_until)
    ON standing_order TO dega_app;
GRANT SELECT, INSERT ON order_attempt, order_evidence TO dega_app;
GRANT SELECT, INSERT (payment_id, due_on, promised_at, challenge_id), UPDATE (state, refusal, decided_at)
    ON promise TO dega_app;

-- ---------------------------------------------------------------- what is forgotten
-- Drafts that were never made, and codes that nothing leans on: one that made a payment is its proof, and stays.
CREATE FUNCTION forget_drafts(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (SELECT bank_clock() - make_interval(days => greatest(days, 2)) AS upto), forgotten AS (
        DELETE FROM payment WHERE id IN (
            SELECT p.id FROM payment p
             WHERE p.prepared_at < (SELECT upto FROM due) AND p.prepared_at >= (SELECT upto - interval '31 days' FROM due)
               AND p.state <> 'posted'
               AND NOT EXISTS (SELECT FROM passkey_evidence e WHERE e.payment_id = p.id)
               AND NOT EXISTS (SELECT FROM promise m WHERE m.payment_id = p.id)
             LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
CREATE FUNCTION forget_codes(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (SELECT bank_clock() - make_interval(days => greatest(days, 2)) AS upto), forgotten AS (
        DELETE FROM challenge WHERE id IN (
            SELECT c.id FROM challenge c
             WHERE c.issued_at < (SELECT upto FROM due) AND c.issued_at >= (SELECT upto - interval '31 days' FROM due)
               AND (c.purpose IN ('login', 'register', 'password', 'factor') OR c.consumed_at IS NULL)
               AND NOT EXISTS (SELECT FROM payment p WHERE p.challenge_id = c.id)
               AND NOT EXISTS (SELECT FROM passkey_evidence e WHERE e.challenge_id = c.id)
               AND NOT EXISTS (SELECT FROM standing_order o WHERE o.challenge_id = c.id OR o.stop_challenge_id = c.id)
               AND NOT EXISTS (SELECT FROM order_evidence e WHERE e.challenge_id = c.id)
               AND NOT EXISTS (SELECT FROM promise m WHERE m.challenge_id = c.id)
             LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION forget_drafts(integer, integer), forget_codes(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_drafts(integer, integer), forget_codes(integer, integer) TO dega_app;
CREATE INDEX standing_order_by_code ON standing_order (challenge_id) WHERE challenge_id IS NOT NULL;
CREATE INDEX standing_order_by_stop_code ON standing_order (stop_challenge_id) WHERE stop_challenge_id IS NOT NULL;
CREATE INDEX promise_by_code ON promise (challenge_id) WHERE challenge_id IS NOT NULL;
RESET ROLE;
