-- What the schema let through and now refuses: tables that a session of its own puts before the bank's, entries for
-- what was booked before, payments that name another's movement, codes that become unused again. Windows are kept with
-- the time from which on they hold, and SMS with the time at which they left.
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- the bank's tables and no others
-- Everybody may make temporary tables, and unless it is said otherwise they are found first: a table `entry` of the
-- web process's own made any balance right.
ALTER FUNCTION refuse_change() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION refuse_return() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION accounts_open_empty() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION balances_follow_entries() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION payments_name_their_movements() SET search_path = pg_catalog, public, pg_temp;
-- These stand inside other statements, which a setting of their own would make slower.
CREATE OR REPLACE FUNCTION bank_clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL UNSAFE AS
    'SELECT clock_timestamp() + coalesce((SELECT moved_by FROM public.time_travel), interval ''0'')';
CREATE OR REPLACE FUNCTION stands(blocked_at timestamptz, blocked_until timestamptz) RETURNS boolean
    LANGUAGE sql VOLATILE AS
    'SELECT blocked_at IS NOT NULL AND (blocked_until IS NULL OR blocked_until > public.bank_clock())';
CREATE OR REPLACE VIEW factor_in_force AS
SELECT id, customer_id, kind, name, added_at, usable_from, leaves_at, last_used_at, sealed_seed, last_step,
       credential_id, public_key, sign_count
  FROM factor
 WHERE usable_from <= bank_clock() AND removed_at IS NULL AND (leaves_at IS NULL OR leaves_at > bank_clock());

-- ---------------------------------------------------------------- one statement writes a movement
-- A movement, its transfers, their entries and what they leave in the accounts are written by one statement: nothing is
-- added to what stands there already. Rows of one statement have the same xmin and cmin, and no others have.
ALTER TABLE transfer DROP CONSTRAINT transfer_purpose_is_known;
ALTER TABLE transfer ADD CONSTRAINT transfer_purpose_is_known CHECK (purpose IN ('payment', 'fee', 'exchange'));

CREATE FUNCTION transfers_come_with_their_movements() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE guilty bigint;
BEGIN
    SELECT w.id INTO guilty
      FROM (SELECT t.xmin, t.cmin FROM written n JOIN transfer t ON t.id = n.id LIMIT 1) this, written w
      LEFT JOIN movement m ON m.id = w.movement_id
     WHERE m.id IS NULL OR m.xmin <> this.xmin OR NOT m.cmin = this.cmin
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % isn''t written with its movement', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfers_come_with_their_movements AFTER INSERT ON transfer
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION transfers_come_with_their_movements();

CREATE OR REPLACE FUNCTION entries_are_two_sides() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE guilty bigint;
BEGIN
    SELECT e.transfer_id INTO guilty
      FROM (SELECT e.xmin, e.cmin FROM written n JOIN entry e ON e.account_id = n.account_id AND e.seq = n.seq
             LIMIT 1) this,
           (SELECT transfer_id, count(*) AS entries, sum(amount_minor) AS total, max(amount_minor) AS amount_minor,
                   max(account_id) FILTER (WHERE amount_minor < 0) AS debit_id,
                   max(account_id) FILTER (WHERE amount_minor > 0) AS credit_id,
                   max(seq) FILTER (WHERE amount_minor < 0) AS debit_seq,
                   max(seq) FILTER (WHERE amount_minor > 0) AS credit_seq
              FROM written GROUP BY transfer_id) e
      LEFT JOIN transfer t ON t.id = e.transfer_id
      LEFT JOIN account d ON d.id = e.debit_id
      LEFT JOIN account c ON c.id = e.credit_id
     WHERE e.entries <> 2 OR e.total <> 0
        OR (t.amount_minor, t.debit_account_id, t.credit_account_id)
           IS DISTINCT FROM (e.amount_minor, e.debit_id, e.credit_id)
        OR t.xmin <> this.xmin OR NOT t.cmin = this.cmin
        OR (t.currency, t.currency) IS DISTINCT FROM (d.currency, c.currency)
        OR d.last_seq < e.debit_seq OR c.last_seq < e.credit_seq
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entries of transfer % are not its two sides, in its currency and in the balances', guilty
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- ---------------------------------------------------------------- what is used up never comes back
-- A decided payment stays as it is.
CREATE TRIGGER a_decided_payment_never_changes BEFORE UPDATE ON payment FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION refuse_return();
CREATE TRIGGER a_used_code_never_comes_back BEFORE UPDATE ON challenge FOR EACH ROW
    WHEN (OLD.consumed_at IS NOT NULL OR NEW.authorised_at IS DISTINCT FROM OLD.authorised_at
                                         AND OLD.authorised_at IS NOT NULL) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER what_was_spent_never_comes_back BEFORE UPDATE ON spending_day FOR EACH ROW
    WHEN (NEW.spent_minor < OLD.spent_minor) EXECUTE FUNCTION refuse_return();
ALTER TABLE spending_day ADD CONSTRAINT spending_is_counted_up CHECK (spent_minor >= 0);
CREATE TRIGGER an_ended_closing_never_changes BEFORE UPDATE ON gate_closing FOR EACH ROW
    WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION refuse_return();

-- ---------------------------------------------------------------- windows
-- Which window held from when on: what was booked is judged by the window of its time.
CREATE TABLE gate_window (
    since  timestamptz PRIMARY KEY,
    starts time NOT NULL,
    ends   time NOT NULL
);
INSERT INTO gate_window (since, starts, ends) SELECT '-infinity', window_starts, window_ends FROM gate;
ALTER TABLE gate DROP COLUMN window_starts, DROP COLUMN window_ends;
CREATE TRIGGER gate_window_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gate_window
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- codes by SMS
-- When the codes of a challenge left by SMS, and how many might leave in a day then: counted here, whatever becomes of
-- what Valkey counts, and by the customer, in whatever browser they are.
ALTER TABLE challenge
    ADD COLUMN sms_at timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN sms_most integer NOT NULL DEFAULT 0;
CREATE INDEX challenge_by_sms ON challenge (customer_id, issued_at) WHERE sms_at <> '{}';

-- ---------------------------------------------------------------- who may write what
GRANT UPDATE (sms_at, sms_most) ON challenge TO dega_app;
GRANT SELECT, INSERT ON gate_window TO dega_app;
-- Customers and their accounts are opened at a branch. The web process could open one with an overdraft as it likes.
REVOKE INSERT ON customer FROM dega_app;
REVOKE INSERT (iban, customer_id, product, currency, opened_on, floor_minor) ON account FROM dega_app;
REVOKE USAGE ON SEQUENCE customer_id_seq FROM dega_app;
GRANT INSERT ON customer TO dega_staff;
GRANT INSERT (iban, customer_id, product, currency, opened_on, floor_minor) ON account TO dega_staff;
GRANT USAGE ON SEQUENCE customer_id_seq TO dega_staff;
RESET ROLE;
