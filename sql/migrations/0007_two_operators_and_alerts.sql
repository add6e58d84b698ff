-- The bank now keeps what two operators must agree on, since when a mobile number is declared, and which alerts a
-- customer wants, on which way and from which amount on.
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- four eyes
-- What one operator asked for and another one decides. The arguments are sealed: they may hold a phone number; `shown` is
-- what may be read of them. `seen` is a digest of how the customer stood when it was asked for.
CREATE TABLE approval (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customer,
    action       text NOT NULL CONSTRAINT approval_names_an_action CHECK (action <> ''),
    arguments    text NOT NULL,
    shown        text NOT NULL,
    seen         bytea NOT NULL,
    requested_by text NOT NULL CONSTRAINT approval_names_who_asks CHECK (btrim(requested_by) <> ''),
    reason       text NOT NULL CONSTRAINT approval_names_a_reason CHECK (btrim(reason) <> ''),
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CONSTRAINT approval_expires_after_it_is_asked_for CHECK (expires_at > requested_at),
    decision     text CONSTRAINT approval_decision_is_known CHECK (decision IN ('approved', 'declined')),
    decided_by   text,
    decided_at   timestamptz,
    CONSTRAINT decided_approvals_say_by_whom_and_when
        CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
    CONSTRAINT nobody_approves_what_they_asked_for
        CHECK (decision <> 'approved' OR lower(btrim(decided_by)) <> lower(btrim(requested_by)))
);
CREATE INDEX approval_open ON approval (customer_id, id) WHERE decision IS NULL;

-- ---------------------------------------------------------------- the mobile number
-- Null where it was declared when the customer was opened, or for the first time: nobody can have taken it over.
ALTER TABLE customer ADD COLUMN mobile_changed_at timestamptz;

-- ---------------------------------------------------------------- alerts
-- What the customer chose for one kind of alert. No row: as the bank does it.
CREATE TABLE alert_choice (
    customer_id bigint NOT NULL REFERENCES customer,
    kind        text NOT NULL CONSTRAINT alert_kind_is_known
                CHECK (kind IN ('new_device', 'credentials', 'payment', 'new_payee', 'large_payment')),
    by_sms      boolean NOT NULL,
    by_email    boolean NOT NULL,
    chosen_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, kind),
    CONSTRAINT changed_credentials_are_always_told CHECK (kind <> 'credentials' OR by_sms OR by_email)
);
-- From which amount on a payment is a large one to the customer. No row: as the bank does it.
CREATE TABLE alert_threshold (
    customer_id bigint NOT NULL REFERENCES customer,
    currency    text NOT NULL CONSTRAINT alert_currency_is_known
                CHECK (currency IN ('ALL', 'EUR', 'USD', 'GBP', 'CHF', 'CAD', 'AUD')),
    least_minor bigint NOT NULL CONSTRAINT alert_threshold_is_positive CHECK (least_minor > 0),
    chosen_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, currency)
);
-- Whom a customer has paid before, for the alert of a new payee and the hold after a change of the mobile number.
CREATE INDEX payment_by_payee ON payment (customer_id, payee_iban) WHERE state = 'posted';

-- ---------------------------------------------------------------- who may write what
-- The web process never learns what operators ask of one another.
GRANT SELECT, INSERT (customer_id, action, arguments, shown, seen, requested_by, reason, requested_at, expires_at),
    UPDATE (decision, decided_by, decided_at, arguments) ON approval TO dega_staff;
GRANT UPDATE (mobile_changed_at) ON customer TO dega_staff;
GRANT SELECT, INSERT, UPDATE (by_sms, by_email, chosen_at) ON alert_choice TO dega_app;
GRANT SELECT, INSERT, UPDATE (least_minor, chosen_at) ON alert_threshold TO dega_app;
RESET ROLE;
