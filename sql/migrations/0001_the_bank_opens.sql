-- The bank opens: who its customers are, what they have, what moves, what is said, and who may write what.
--
-- Roles. dega_owner owns everything and can't log in; dega_app is the web process; dega_staff is the command line of
-- operators and the call centre. They belong to the cluster, so they may be there already.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dega_owner') THEN CREATE ROLE dega_owner NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dega_app') THEN CREATE ROLE dega_app LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dega_staff') THEN CREATE ROLE dega_staff LOGIN; END IF;
END $$;
GRANT CREATE, USAGE ON SCHEMA public TO dega_owner;
GRANT USAGE ON SCHEMA public TO dega_app, dega_staff;
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- time
-- The bank's clock is the database's. Only the demo and the tests hold a row here; `dega serve` refuses to start on one.
CREATE TABLE time_travel (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT time_travel_has_one_row CHECK (only_row),
    moved_by interval NOT NULL
);
CREATE FUNCTION bank_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL UNSAFE AS
    'SELECT clock_timestamp() + coalesce((SELECT moved_by FROM time_travel), interval ''0'')';

-- ---------------------------------------------------------------- customers
CREATE TABLE customer (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number          text NOT NULL CONSTRAINT customer_number_is_unique UNIQUE
                    CONSTRAINT customer_number_has_nine_digits CHECK (number ~ '^[0-9]{9}$'),
    personal_number text CONSTRAINT personal_number_is_unique UNIQUE,
    kind            text NOT NULL CONSTRAINT customer_kind_is_known CHECK (kind IN ('individual', 'business')),
    name            text NOT NULL CONSTRAINT customer_has_a_name CHECK (name <> ''),
    mobile          text CONSTRAINT mobile_is_international CHECK (mobile ~ '^\+[0-9]{8,15}$'),
    email           text,
    kshbi_version   integer CONSTRAINT kshbi_version_is_positive CHECK (kshbi_version > 0),
    language        text NOT NULL DEFAULT 'sq' CONSTRAINT customer_language_is_known CHECK (language IN ('sq', 'en')),
    opened_at       timestamptz NOT NULL
);

-- A customer who registered for the internet branch. No row: not registered.
CREATE TABLE internet_user (
    customer_id         bigint PRIMARY KEY REFERENCES customer,
    state               text NOT NULL DEFAULT 'active'
                        CONSTRAINT internet_user_state_is_known CHECK (state IN ('active', 'reset', 'closed')),
    password_hash       text NOT NULL,
    password_changed_at timestamptz NOT NULL,
    auth_epoch          integer NOT NULL DEFAULT 1,
    registered_at       timestamptz NOT NULL
);
CREATE TABLE past_password (
    customer_id   bigint NOT NULL REFERENCES customer,
    replaced_at   timestamptz NOT NULL,
    password_hash text NOT NULL,
    PRIMARY KEY (customer_id, replaced_at)
);

-- Failures and blocks by whatever number was typed, known or not, so that strangers can't tell which exist.
-- The subject is an HMAC of the customer number (or of what was typed); it survives restarts and the loss of Valkey.
CREATE TABLE lockout (
    subject     bytea PRIMARY KEY,
    customer_id bigint REFERENCES customer,
    failures    integer NOT NULL DEFAULT 0 CONSTRAINT failures_are_counted_up CHECK (failures >= 0),
    failed_at   timestamptz,
    blocked_at  timestamptz,
    blocked_by  text
);
-- The subject is made of the customer's number, so it is one row a customer. A second unique index would make two first
-- failures at once collide where ON CONFLICT (subject) doesn't look.
CREATE INDEX lockout_by_customer ON lockout (customer_id);

-- One-time codes: what a code was for and whether it was used. Never the code. A challenge without a customer is the
-- one that strangers get, so that their pages and timings are the same.
CREATE TABLE challenge (
    id          uuid PRIMARY KEY,
    purpose     text NOT NULL CONSTRAINT challenge_purpose_is_known
                CHECK (purpose IN ('login', 'register', 'payment', 'password')),
    customer_id bigint REFERENCES customer,
    digest      bytea NOT NULL,
    issued_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    authorised_at timestamptz,
    consumed_at   timestamptz
);

CREATE TABLE sign_in (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id    bigint NOT NULL REFERENCES customer,
    at             timestamptz NOT NULL,
    succeeded      boolean NOT NULL,
    address_prefix text NOT NULL,
    browser        text NOT NULL
);
CREATE INDEX sign_in_by_customer ON sign_in (customer_id, id DESC);

-- ---------------------------------------------------------------- the ledger
-- Customers' accounts and the bank's own (the chart: those have a code and no customer).
CREATE TABLE account (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    iban          text CONSTRAINT iban_is_unique UNIQUE,
    code          text,
    customer_id   bigint REFERENCES customer,
    product       text NOT NULL CONSTRAINT account_product_is_known CHECK (product IN ('current', 'savings', 'bank')),
    currency      text NOT NULL CONSTRAINT account_currency_is_known
                  CHECK (currency IN ('ALL', 'EUR', 'USD', 'GBP', 'CHF', 'CAD', 'AUD')),
    status        text NOT NULL DEFAULT 'active' CONSTRAINT account_status_is_known
                  CHECK (status IN ('active', 'blocked', 'dormant', 'closed')),
    opened_on     date NOT NULL,
    floor_minor   bigint DEFAULT 0,
    balance_minor bigint NOT NULL DEFAULT 0,
    last_seq      bigint NOT NULL DEFAULT 0,
    CONSTRAINT balance_is_never_below_the_floor CHECK (floor_minor IS NULL OR balance_minor >= floor_minor),
    CONSTRAINT customers_accounts_have_an_iban_and_a_floor
        CHECK (product = 'bank' OR (iban IS NOT NULL AND customer_id IS NOT NULL AND floor_minor IS NOT NULL)),
    CONSTRAINT the_banks_accounts_have_a_code CHECK ((product = 'bank') = (code IS NOT NULL AND customer_id IS NULL)),
    CONSTRAINT one_account_per_code_and_currency UNIQUE (code, currency)
) WITH (fillfactor = 80);
CREATE INDEX account_by_customer ON account (customer_id, id) WHERE customer_id IS NOT NULL;

-- A movement is one deed, whole: a payment with its fee, say. Who paid whom is kept as it was known then.
CREATE SEQUENCE movement_id;
CREATE SEQUENCE transfer_id;
CREATE TABLE movement (
    id          bigint PRIMARY KEY,
    deed_key    uuid NOT NULL CONSTRAINT a_deed_is_booked_once UNIQUE,
    kind        text NOT NULL,
    booked_at   timestamptz NOT NULL,
    value_date  date NOT NULL,
    by_night    boolean NOT NULL,
    payer_name  text NOT NULL,
    payer_iban  text,
    payee_name  text NOT NULL,
    payee_iban  text,
    description text NOT NULL
);
-- A transfer moves one amount in one currency from the debit to the credit account.
CREATE TABLE transfer (
    id                bigint PRIMARY KEY,
    movement_id       bigint NOT NULL,
    purpose           text NOT NULL CONSTRAINT transfer_purpose_is_known CHECK (purpose IN ('payment', 'fee')),
    debit_account_id  bigint NOT NULL,
    credit_account_id bigint NOT NULL,
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL CONSTRAINT transfer_amount_is_positive CHECK (amount_minor > 0),
    CONSTRAINT transfer_has_two_accounts CHECK (debit_account_id <> credit_account_id)
);
CREATE INDEX transfer_by_movement ON transfer (movement_id);
-- An entry is one side of a transfer in an account: negative is debit, positive is credit.
CREATE TABLE entry (
    account_id          bigint NOT NULL,
    seq                 bigint NOT NULL CONSTRAINT entries_count_from_one CHECK (seq > 0),
    transfer_id         bigint NOT NULL,
    amount_minor        bigint NOT NULL CONSTRAINT entry_moves_something CHECK (amount_minor <> 0),
    balance_after_minor bigint NOT NULL,
    booked_at           timestamptz NOT NULL,
    PRIMARY KEY (account_id, seq)
);

-- What the schema itself refuses, whoever writes. Triggers look at whole statements and only refuse.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION transfers_keep_one_currency() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE guilty bigint;
BEGIN
    SELECT t.id INTO guilty FROM written t
      LEFT JOIN account d ON d.id = t.debit_account_id
      LEFT JOIN account c ON c.id = t.credit_account_id
     WHERE d.currency IS DISTINCT FROM t.currency OR c.currency IS DISTINCT FROM t.currency
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % has another currency than its accounts', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION entries_balance_and_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE guilty bigint;
BEGIN
    SELECT coalesce(e.transfer_id, t.id) INTO guilty
      FROM (SELECT transfer_id, count(*) AS entries, sum(amount_minor) AS total, max(amount_minor) AS amount_minor,
                   max(account_id) FILTER (WHERE amount_minor < 0) AS debit,
                   max(account_id) FILTER (WHERE amount_minor > 0) AS credit
              FROM written GROUP BY transfer_id) e
      LEFT JOIN transfer t ON t.id = e.transfer_id
     WHERE e.entries <> 2 OR e.total <> 0 OR t.amount_minor IS DISTINCT FROM e.amount_minor
        OR t.debit_account_id IS DISTINCT FROM e.debit OR t.credit_account_id IS DISTINCT FROM e.credit
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entries of transfer % are not its two sides', guilty USING ERRCODE = 'check_violation';
    END IF;
    SELECT w.account_id INTO guilty
      FROM (SELECT account_id, seq, amount_minor, balance_after_minor,
                   lag(seq) OVER chain AS seq_before, lag(balance_after_minor) OVER chain AS balance_before
              FROM written WINDOW chain AS (PARTITION BY account_id ORDER BY seq)) w
      LEFT JOIN entry p ON w.seq_before IS NULL AND p.account_id = w.account_id AND p.seq = w.seq - 1
     WHERE coalesce(w.seq_before, p.seq, 0) <> w.seq - 1
        OR coalesce(w.balance_before, p.balance_after_minor, 0) + w.amount_minor <> w.balance_after_minor
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entries of account % do not follow its last one', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION balances_follow_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE guilty bigint;
BEGIN
    SELECT n.id INTO guilty FROM after_change n JOIN before_change o USING (id)
      LEFT JOIN entry e ON e.account_id = n.id AND e.seq = n.last_seq
     WHERE (n.balance_minor <> o.balance_minor OR n.last_seq <> o.last_seq)
       AND (e.balance_after_minor IS DISTINCT FROM n.balance_minor OR n.last_seq < o.last_seq)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'balance of account % is not what its entries say', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION accounts_open_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance_minor <> 0 OR NEW.last_seq <> 0 THEN
        RAISE EXCEPTION 'an account opens empty' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER movement_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON movement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_is_never_removed BEFORE DELETE OR TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_keep_one_currency AFTER INSERT ON transfer
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_keep_one_currency();
CREATE TRIGGER entries_balance_and_chain AFTER INSERT ON entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION entries_balance_and_chain();
CREATE TRIGGER balances_follow_entries AFTER UPDATE ON account
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
    FOR EACH STATEMENT EXECUTE FUNCTION balances_follow_entries();
CREATE TRIGGER accounts_open_empty BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION accounts_open_empty();

-- ---------------------------------------------------------------- payments
-- A prepared payment. Its particulars never change: editing makes a new one. Its id is the key of the deed.
CREATE TABLE payment (
    id                uuid PRIMARY KEY,
    customer_id       bigint NOT NULL REFERENCES customer,
    kind              text NOT NULL,
    debit_account_id  bigint NOT NULL REFERENCES account,
    credit_account_id bigint NOT NULL REFERENCES account,
    payee_name        text NOT NULL,
    payee_iban        text NOT NULL,
    payee_typed       text NOT NULL DEFAULT '',
    currency          text NOT NULL,
    amount_minor      bigint NOT NULL CONSTRAINT payment_amount_is_positive CHECK (amount_minor > 0),
    fee_minor         bigint NOT NULL CONSTRAINT payment_fee_is_not_negative CHECK (fee_minor >= 0),
    description       text NOT NULL,
    prepared_at       timestamptz NOT NULL,
    state             text NOT NULL DEFAULT 'draft'
                      CONSTRAINT payment_state_is_known CHECK (state IN ('draft', 'posted', 'cancelled')),
    challenge_id      uuid REFERENCES challenge,
    movement_id       bigint CONSTRAINT a_movement_belongs_to_one_payment UNIQUE,
    decided_at        timestamptz,
    CONSTRAINT posted_payments_have_a_movement CHECK ((state = 'posted') = (movement_id IS NOT NULL)),
    CONSTRAINT decided_payments_say_when CHECK ((state = 'draft') = (decided_at IS NULL))
);
CREATE INDEX payment_by_customer ON payment (customer_id, prepared_at DESC);
CREATE TRIGGER payment_particulars_never_change
    BEFORE UPDATE OF id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban,
                     payee_typed, currency, amount_minor, fee_minor, description, prepared_at ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a customer sent to others on one Tirana day in one currency. The limit stands beside the sum, so that the
-- schema itself refuses what a race would let through.
CREATE TABLE spending_day (
    customer_id bigint NOT NULL,
    day         date NOT NULL,
    currency    text NOT NULL,
    spent_minor bigint NOT NULL,
    limit_minor bigint NOT NULL,
    PRIMARY KEY (customer_id, day, currency),
    CONSTRAINT spending_stays_within_the_day_limit CHECK (spent_minor <= limit_minor)
);

-- ---------------------------------------------------------------- the gate
-- Open or closed for financial operations. The window stands here too, for the checks of the books.
CREATE TABLE gate (
    only_row      boolean PRIMARY KEY DEFAULT true CONSTRAINT gate_has_one_row CHECK (only_row),
    state         text NOT NULL CONSTRAINT gate_state_is_known CHECK (state IN ('open', 'closed')),
    closed_by     text CONSTRAINT gate_closer_is_known CHECK (closed_by IN ('night', 'operator')),
    reason        text NOT NULL DEFAULT '',
    changed_at    timestamptz NOT NULL,
    window_starts time NOT NULL,
    window_ends   time NOT NULL,
    CONSTRAINT a_closed_gate_says_by_whom CHECK ((state = 'closed') = (closed_by IS NOT NULL))
);
INSERT INTO gate (state, changed_at, window_starts, window_ends) VALUES ('open', '-infinity', '21:00', '00:00');
CREATE TABLE gate_closing (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    closed_at timestamptz NOT NULL,
    closed_by text NOT NULL,
    opened_at timestamptz
);

-- ---------------------------------------------------------------- what is kept, told and said
CREATE TABLE audit (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    actor          text NOT NULL,
    action         text NOT NULL,
    subject        text NOT NULL,
    outcome        text NOT NULL,
    request_id     text NOT NULL DEFAULT '',
    address_prefix text NOT NULL DEFAULT '',
    data           jsonb NOT NULL DEFAULT '{}',
    written_by     xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_by_subject ON audit (subject, id DESC);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What must be told to someone. Written with the deed, sent later. Never a code.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    text NOT NULL CONSTRAINT outbox_channel_is_known CHECK (channel IN ('sms', 'email')),
    recipient  text NOT NULL,
    template   text NOT NULL,
    language   text NOT NULL,
    data       jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    sent_at    timestamptz,
    given_up_at timestamptz,
    last_error text NOT NULL DEFAULT ''
);
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE sent_at IS NULL AND given_up_at IS NULL;

CREATE TABLE message (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference   text NOT NULL CONSTRAINT message_reference_is_unique UNIQUE,
    kind        text NOT NULL CONSTRAINT message_kind_is_known CHECK (kind IN ('message', 'suggestion', 'complaint')),
    customer_id bigint REFERENCES customer,
    name        text NOT NULL,
    contact     text NOT NULL,
    text        text NOT NULL CONSTRAINT message_says_something CHECK (text <> ''),
    language    text NOT NULL,
    received_at timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'received'
                CONSTRAINT message_state_is_known CHECK (state IN ('received', 'answered', 'closed'))
);

CREATE INDEX message_by_customer ON message (customer_id, id DESC);

-- A fault that a customer saw, by the case number on their page.
CREATE TABLE fault_case (
    number     text PRIMARY KEY,
    at         timestamptz NOT NULL,
    route      text NOT NULL,
    request_id text NOT NULL,
    kind       text NOT NULL,
    detail     text NOT NULL
);

-- ---------------------------------------------------------------- who may write what
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dega_app;
GRANT USAGE ON SEQUENCE movement_id, transfer_id TO dega_app;
GRANT INSERT ON customer, internet_user, past_password, lockout, challenge, sign_in, movement, transfer, entry,
    spending_day, gate_closing, audit, outbox, message, fault_case TO dega_app;
-- An account opens empty and active, a payment begins as a draft: their other columns can't be written at the start.
GRANT INSERT (iban, customer_id, product, currency, opened_on, floor_minor) ON account TO dega_app;
GRANT INSERT (id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed, currency,
    amount_minor, fee_minor, description, prepared_at) ON payment TO dega_app;
GRANT UPDATE (language) ON customer TO dega_app;
GRANT UPDATE (state, password_hash, password_changed_at, auth_epoch) ON internet_user TO dega_app;
GRANT UPDATE (failures, failed_at, blocked_at, blocked_by, customer_id) ON lockout TO dega_app;
GRANT UPDATE (authorised_at, consumed_at, expires_at) ON challenge TO dega_app;
GRANT UPDATE (balance_minor, last_seq) ON account TO dega_app;
GRANT UPDATE (state, challenge_id, movement_id, decided_at) ON payment TO dega_app;
GRANT UPDATE (spent_minor, limit_minor) ON spending_day TO dega_app;
GRANT UPDATE (state, closed_by, reason, changed_at, window_starts, window_ends) ON gate TO dega_app;
GRANT UPDATE (opened_at) ON gate_closing TO dega_app;
GRANT UPDATE (due_at, attempts, sent_at, given_up_at, last_error) ON outbox TO dega_app;
GRANT INSERT (code) ON account TO dega_staff;
GRANT UPDATE (mobile, email, kshbi_version) ON customer TO dega_staff;
GRANT UPDATE (status) ON account TO dega_staff;
GRANT UPDATE (state) ON message TO dega_staff;
RESET ROLE;
GRANT dega_app TO dega_staff;
