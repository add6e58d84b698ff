-- What the bank keeps of its days: on which it works, what came from outside and waits, what customers and staff are shown
-- of a day that is closed.
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- the calendar
-- Days on which the bank is closed, besides Saturdays and Sundays. A holiday that falls on one of those is kept on a day
-- of the week after, which stands here as well.
CREATE TABLE holiday (
    day  date PRIMARY KEY,
    name text NOT NULL CONSTRAINT a_holiday_has_a_name CHECK (btrim(name) <> '')
);
GRANT SELECT ON holiday TO dega_app;
GRANT INSERT, DELETE ON holiday TO dega_staff;

-- ---------------------------------------------------------------- credits from outside
-- Money that came for an account of the bank's: booked at once, or waiting for the night to book it. `key` is how the rail
-- that brought it calls it, `deed_key` what follows from that: the same again is the same credit. `refused` says why it couldn't be booked so far, by the
-- code of a refusal; `returned_at` stands where staff sent it back.
CREATE TABLE incoming_credit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           text NOT NULL CONSTRAINT a_credit_comes_once UNIQUE,
    deed_key      uuid NOT NULL,
    iban          text NOT NULL,
    currency      text NOT NULL CONSTRAINT credit_currency_is_known
                  CHECK (currency IN ('ALL', 'EUR', 'USD', 'GBP', 'CHF', 'CAD', 'AUD')),
    amount_minor  bigint NOT NULL CONSTRAINT credit_amount_is_positive CHECK (amount_minor > 0),
    payer_name    text NOT NULL,
    payer_iban    text,
    description   text NOT NULL,
    received_at   timestamptz NOT NULL,
    refused       text NOT NULL DEFAULT '',
    movement_id   bigint,
    returned_at   timestamptz,
    CONSTRAINT credit_key_is_short CHECK (char_length(key) BETWEEN 1 AND 140),
    CONSTRAINT a_credit_is_booked_or_returned CHECK (num_nonnulls(movement_id, returned_at) <= 1)
);
CREATE INDEX incoming_credit_waiting ON incoming_credit (id) WHERE movement_id IS NULL AND returned_at IS NULL;
CREATE TRIGGER credit_particulars_never_change
    BEFORE UPDATE OF id, key, deed_key, iban, currency, amount_minor, payer_name, payer_iban, description, received_at
    ON incoming_credit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER a_settled_credit_never_changes BEFORE UPDATE ON incoming_credit FOR EACH ROW
    WHEN (OLD.movement_id IS NOT NULL OR OLD.returned_at IS NOT NULL) EXECUTE FUNCTION refuse_return();
GRANT SELECT, INSERT ON incoming_credit TO dega_app;
GRANT UPDATE (refused, movement_id) ON incoming_credit TO dega_app;
GRANT UPDATE (returned_at) ON incoming_credit TO dega_staff;

-- ---------------------------------------------------------------- statements
-- What an account's statement says of a period: the numbers of its entries, seq_after + 1 to seq_upto, which stay where they
-- are, and what they come to. An entry belongs to the period of its value date; where the night of a day was made later,
-- among entries of later days, the later statement has it: no number is left out and none comes twice.
CREATE TABLE statement (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id     bigint NOT NULL REFERENCES account,
    period         text NOT NULL CONSTRAINT statement_period_is_known CHECK (period IN ('month', 'year')),
    first_day      date NOT NULL,
    last_day       date NOT NULL,
    seq_after      bigint NOT NULL,
    seq_upto       bigint NOT NULL,
    opening_minor  bigint NOT NULL,
    paid_in_minor  bigint NOT NULL,
    paid_out_minor bigint NOT NULL,
    closing_minor  bigint NOT NULL,
    made_at        timestamptz NOT NULL,
    CONSTRAINT one_statement_of_a_period UNIQUE (account_id, last_day, period),
    CONSTRAINT a_period_goes_forwards CHECK (first_day <= last_day),
    CONSTRAINT a_statement_goes_forwards CHECK (seq_after >= 0 AND seq_upto >= seq_after),
    CONSTRAINT what_went_in_and_out_has_no_sign CHECK (paid_in_minor >= 0 AND paid_out_minor >= 0),
    CONSTRAINT a_statement_adds_up CHECK (closing_minor = opening_minor + paid_in_minor - paid_out_minor)
);
CREATE TRIGGER statement_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON statement TO dega_app;
ALTER TABLE alert_choice DROP CONSTRAINT alert_kind_is_known;
ALTER TABLE alert_choice ADD CONSTRAINT alert_kind_is_known
    CHECK (kind IN ('new_device', 'credentials', 'payment', 'new_payee', 'large_payment', 'statement'));

-- ---------------------------------------------------------------- what is forgotten
-- The web process has no DELETE: it may only ask for these, a piece at a time, and never for anything younger than the days
-- that stand in them, whoever asks. What was made last is found by walking up from the oldest row that is left. Codes and
-- drafts (in 0016, with what else leans on them), most of whose neighbours stay for ever, are looked for in the month before their days were over: a bank that
-- stood still for longer keeps a few.
CREATE INDEX challenge_by_issue ON challenge USING brin (issued_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX payment_by_preparation ON payment USING brin (prepared_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX payment_by_code ON payment (challenge_id) WHERE challenge_id IS NOT NULL;

CREATE FUNCTION forget_notices(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (SELECT bank_clock() - make_interval(days => greatest(days, 7)) AS upto), forgotten AS (
        DELETE FROM outbox WHERE id IN (
            SELECT o.id FROM outbox o
             WHERE o.id < coalesce((SELECT n.id FROM outbox n WHERE n.written_at >= (SELECT upto FROM due)
                                     ORDER BY n.id LIMIT 1), 9223372036854775807)
               AND (o.sent_at IS NOT NULL OR o.given_up_at IS NOT NULL)
             ORDER BY o.id LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
CREATE FUNCTION forget_sign_ins(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (SELECT bank_clock() - make_interval(days => greatest(days, 30)) AS upto), forgotten AS (
        DELETE FROM sign_in WHERE id IN (
            SELECT s.id FROM sign_in s
             WHERE s.id < coalesce((SELECT n.id FROM sign_in n WHERE n.at >= (SELECT upto FROM due)
                                     ORDER BY n.id LIMIT 1), 9223372036854775807)
             ORDER BY s.id LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
CREATE FUNCTION forget_faults(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM fault_case WHERE number IN (
            SELECT f.number FROM fault_case f WHERE f.at < bank_clock() - make_interval(days => greatest(days, 30))
             LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION forget_notices(integer, integer), forget_sign_ins(integer, integer), forget_faults(integer, integer)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_notices(integer, integer), forget_sign_ins(integer, integer), forget_faults(integer, integer)
    TO dega_app;

-- ---------------------------------------------------------------- what is said of a day
-- The reports of a closed day, as they were when it was closed.
CREATE TABLE daily_report (
    day     date NOT NULL,
    name    text NOT NULL,
    data    jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (day, name)
);
CREATE TRIGGER daily_report_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON daily_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON daily_report TO dega_app;
-- The movements of a day are found without an index that each posting would have to keep in order.
CREATE INDEX movement_by_day ON movement USING brin (value_date) WITH (pages_per_range = 32, autosummarize = on);
RESET ROLE;
