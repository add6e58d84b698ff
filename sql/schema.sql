-- The schema as the files of sql/migrations/ make it, in their order: what `dega db schema` prints, and what a test
-- compares with this file. It is for reading; changes are new migrations.

CREATE FUNCTION public.accounts_open_empty() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.balance_minor <> 0 OR NEW.last_seq <> 0 THEN
        RAISE EXCEPTION 'an account opens empty' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.balances_follow_entries() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE guilty bigint;
BEGIN
    SELECT step.id INTO guilty
      FROM (SELECT c.id, c.seq_after, c.balance_after,
                   coalesce(e.seq, c.seq_before) AS seq, coalesce(e.balance_after_minor, c.balance_before) AS balance,
                   c.seq_before + count(e.seq) OVER chain AS seq_due,
                   c.balance_before + coalesce(sum(e.amount_minor) OVER chain, 0) AS balance_due,
                   lead(e.seq) OVER chain IS NULL AS is_last
              FROM (SELECT id, max(seq_before) AS seq_before, max(balance_before) AS balance_before,
                           max(seq_after) AS seq_after, max(balance_after) AS balance_after
                      FROM (SELECT id, last_seq, balance_minor, NULL::bigint, NULL::bigint FROM before_change
                            UNION ALL
                            SELECT id, NULL, NULL, last_seq, balance_minor FROM after_change)
                        AS both_lists (id, seq_before, balance_before, seq_after, balance_after)
                     GROUP BY id) c
              LEFT JOIN entry e ON e.account_id = c.id AND e.seq > c.seq_before
            WINDOW chain AS (PARTITION BY c.id ORDER BY e.seq)) step
     WHERE step.seq <> step.seq_due OR step.balance <> step.balance_due
        OR step.is_last AND (step.seq <> step.seq_after OR step.balance <> step.balance_after)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'balance of account % is not what its entries say', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.bank_clock() RETURNS timestamp with time zone
    LANGUAGE sql
    AS $$SELECT clock_timestamp() + coalesce((SELECT moved_by FROM public.time_travel), interval '0')$$;

CREATE FUNCTION public.bears_interest_from(value_date date, by_night boolean, purpose text) RETURNS date
    LANGUAGE sql IMMUTABLE
    AS $$SELECT value_date + CASE WHEN by_night AND purpose IN ('interest', 'tax', 'fee') THEN 1 ELSE 0 END$$;

CREATE FUNCTION public.entries_are_two_sides() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.forget_codes(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.forget_devices() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH forgotten AS (
        DELETE FROM device WHERE greatest(last_seen_at, removed_at) < bank_clock() - interval '366 days' RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

CREATE FUNCTION public.forget_drafts(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.forget_faults(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH forgotten AS (
        DELETE FROM fault_case WHERE number IN (
            SELECT f.number FROM fault_case f WHERE f.at < bank_clock() - make_interval(days => greatest(days, 30))
             LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

CREATE FUNCTION public.forget_messages(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH old AS (
        SELECT id FROM letter
         WHERE state <> 'received' AND last_at < bank_clock() - make_interval(days => greatest(days, 365))
         ORDER BY id LIMIT most
    ), replies AS (
        DELETE FROM reply WHERE message_id IN (SELECT id FROM old)
    ), forgotten AS (
        DELETE FROM message WHERE id IN (SELECT id FROM old) RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

CREATE FUNCTION public.forget_notices(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.forget_order_drafts(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH due AS (SELECT bank_clock() - make_interval(days => greatest(days, 2)) AS upto), forgotten AS (
        DELETE FROM standing_order WHERE id IN (
            SELECT o.id FROM standing_order o
             WHERE o.made_at IS NULL AND o.state IN ('draft', 'stopped') AND o.prepared_at < (SELECT upto FROM due)
               AND NOT EXISTS (SELECT FROM order_evidence e WHERE e.order_id = o.id)
             LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

CREATE FUNCTION public.forget_sign_ins(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.forget_strangers() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH forgotten AS (
        DELETE FROM lockout
         WHERE customer_id IS NULL AND greatest(failed_at, blocked_at) < bank_clock() - interval '30 days'
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;

CREATE FUNCTION public.payments_name_their_movements() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE guilty uuid;
BEGIN
    SELECT n.id INTO guilty FROM after_change n LEFT JOIN movement m ON m.id = n.movement_id
     WHERE n.movement_id IS NOT NULL AND m.deed_key IS DISTINCT FROM n.id
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'payment % was not made by the movement that it names', guilty USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.rates_stay_as_they_accrued() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.first_day <= (SELECT max(day) FROM accrual) THEN
        RAISE EXCEPTION 'the rate of % in % from % on: interest has accrued since', NEW.product, NEW.currency,
            NEW.first_day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.refuse_return() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'what is used up or removed in % never comes back', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.stands(blocked_at timestamp with time zone, blocked_until timestamp with time zone) RETURNS boolean
    LANGUAGE sql
    AS $$SELECT blocked_at IS NOT NULL AND (blocked_until IS NULL OR blocked_until > public.bank_clock())$$;

CREATE FUNCTION public.transfers_come_with_their_movements() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

CREATE TABLE public.account (
    id bigint NOT NULL,
    iban text,
    code text,
    customer_id bigint,
    product text NOT NULL,
    currency text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    opened_on date NOT NULL,
    floor_minor bigint DEFAULT 0,
    balance_minor bigint DEFAULT 0 NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    CONSTRAINT account_currency_is_known CHECK ((currency = ANY (ARRAY['ALL'::text, 'EUR'::text, 'USD'::text, 'GBP'::text, 'CHF'::text, 'CAD'::text, 'AUD'::text]))),
    CONSTRAINT account_product_is_known CHECK ((product = ANY (ARRAY['current'::text, 'savings'::text, 'term'::text, 'bank'::text]))),
    CONSTRAINT account_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'blocked'::text, 'dormant'::text, 'closed'::text]))),
    CONSTRAINT balance_is_never_below_the_floor CHECK (((floor_minor IS NULL) OR (balance_minor >= floor_minor))),
    CONSTRAINT customers_accounts_have_an_iban_and_a_floor CHECK (((product = 'bank'::text) OR ((iban IS NOT NULL) AND (customer_id IS NOT NULL) AND (floor_minor IS NOT NULL)))),
    CONSTRAINT the_banks_accounts_have_a_code CHECK (((product = 'bank'::text) = ((code IS NOT NULL) AND (customer_id IS NULL))))
)
WITH (fillfactor='80');

ALTER TABLE public.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accrual (
    day date NOT NULL
);

CREATE TABLE public.alert_choice (
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    by_sms boolean NOT NULL,
    by_email boolean NOT NULL,
    chosen_at timestamp with time zone NOT NULL,
    CONSTRAINT alert_kind_is_known CHECK ((kind = ANY (ARRAY['new_device'::text, 'credentials'::text, 'payment'::text, 'new_payee'::text, 'large_payment'::text, 'statement'::text]))),
    CONSTRAINT changed_credentials_are_always_told CHECK (((kind <> 'credentials'::text) OR by_sms OR by_email))
);

CREATE TABLE public.alert_threshold (
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    least_minor bigint NOT NULL,
    chosen_at timestamp with time zone NOT NULL,
    CONSTRAINT alert_currency_is_known CHECK ((currency = ANY (ARRAY['ALL'::text, 'EUR'::text, 'USD'::text, 'GBP'::text, 'CHF'::text, 'CAD'::text, 'AUD'::text]))),
    CONSTRAINT alert_threshold_is_positive CHECK ((least_minor > 0))
);

CREATE TABLE public.approval (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    action text NOT NULL,
    arguments text NOT NULL,
    shown text NOT NULL,
    seen bytea NOT NULL,
    requested_by text NOT NULL,
    reason text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decision text,
    decided_by text,
    decided_at timestamp with time zone,
    CONSTRAINT approval_decision_is_known CHECK ((decision = ANY (ARRAY['approved'::text, 'declined'::text]))),
    CONSTRAINT approval_expires_after_it_is_asked_for CHECK ((expires_at > requested_at)),
    CONSTRAINT approval_names_a_reason CHECK ((btrim(reason) <> ''::text)),
    CONSTRAINT approval_names_an_action CHECK ((action <> ''::text)),
    CONSTRAINT approval_names_who_asks CHECK ((btrim(requested_by) <> ''::text)),
    CONSTRAINT decided_approvals_say_by_whom_and_when CHECK ((((decision IS NULL) = (decided_by IS NULL)) AND ((decision IS NULL) = (decided_at IS NULL)))),
    CONSTRAINT nobody_approves_what_they_asked_for CHECK (((decision <> 'approved'::text) OR (lower(btrim(decided_by)) <> lower(btrim(requested_by)))))
);

ALTER TABLE public.approval ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.approval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL,
    request_id text DEFAULT ''::text NOT NULL,
    address_prefix text DEFAULT ''::text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    written_by xid8 DEFAULT pg_current_xact_id() NOT NULL
);

ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bar (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    barred_at timestamp with time zone NOT NULL,
    barred_by text NOT NULL,
    lifted_at timestamp with time zone
);

ALTER TABLE public.bar ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bar_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.challenge (
    id uuid NOT NULL,
    purpose text NOT NULL,
    customer_id bigint,
    digest bytea NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    authorised_at timestamp with time zone,
    consumed_at timestamp with time zone,
    authorised_by text,
    nonce bytea DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    sms_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    sms_most integer DEFAULT 0 NOT NULL,
    CONSTRAINT challenge_is_answered_by_something_known CHECK ((authorised_by = ANY (ARRAY['sms'::text, 'app'::text, 'recovery'::text, 'passkey'::text]))),
    CONSTRAINT challenge_nonce_has_32_bytes CHECK ((octet_length(nonce) = 32)),
    CONSTRAINT challenge_purpose_is_known CHECK ((purpose = ANY (ARRAY['login'::text, 'register'::text, 'payment'::text, 'password'::text, 'factor'::text, 'order'::text])))
)
WITH (fillfactor='70');

CREATE TABLE public.customer (
    id bigint NOT NULL,
    number text NOT NULL,
    personal_number text,
    kind text NOT NULL,
    name text NOT NULL,
    mobile text,
    email text,
    kshbi_version integer,
    language text DEFAULT 'sq'::text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    mobile_index bytea,
    mobile_changed_at timestamp with time zone,
    CONSTRAINT customer_has_a_name CHECK ((name <> ''::text)),
    CONSTRAINT customer_kind_is_known CHECK ((kind = ANY (ARRAY['individual'::text, 'business'::text]))),
    CONSTRAINT customer_language_is_known CHECK ((language = ANY (ARRAY['sq'::text, 'en'::text]))),
    CONSTRAINT customer_number_has_nine_digits CHECK ((number ~ '^[0-9]{9}$'::text)),
    CONSTRAINT kshbi_version_is_positive CHECK ((kshbi_version > 0))
);

ALTER TABLE public.customer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.daily_report (
    day date NOT NULL,
    name text NOT NULL,
    data jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL
);

CREATE TABLE public.deposit (
    account_id bigint NOT NULL,
    first_day date NOT NULL,
    months integer NOT NULL,
    matures_on date NOT NULL,
    principal_minor bigint NOT NULL,
    rate_ppm integer NOT NULL,
    year integer NOT NULL,
    pays_to_id bigint NOT NULL,
    renewal text NOT NULL,
    ended_on date,
    outcome text,
    gross_minor bigint,
    tax_minor bigint,
    CONSTRAINT a_broken_deposit_earns_nothing CHECK (((outcome IS DISTINCT FROM 'broken'::text) OR (gross_minor = 0))),
    CONSTRAINT a_deposit_holds_something CHECK ((principal_minor > 0)),
    CONSTRAINT a_deposit_matures_after_it_began CHECK ((matures_on > first_day)),
    CONSTRAINT deposit_outcome_is_known CHECK ((outcome = ANY (ARRAY['paid'::text, 'renewed'::text, 'broken'::text]))),
    CONSTRAINT deposit_rate_is_a_fraction CHECK (((rate_ppm >= 0) AND (rate_ppm <= 1000000))),
    CONSTRAINT deposit_renewal_is_known CHECK ((renewal = ANY (ARRAY['none'::text, 'principal'::text, 'whole'::text]))),
    CONSTRAINT deposit_term_is_known CHECK ((months = ANY (ARRAY[1, 3, 6, 12, 24, 36]))),
    CONSTRAINT deposit_year_is_known CHECK ((year = ANY (ARRAY[360, 365]))),
    CONSTRAINT ended_deposits_say_how CHECK (((num_nonnulls(ended_on, outcome, gross_minor, tax_minor) = ANY (ARRAY[0, 4])) AND (ended_on >= first_day) AND ((tax_minor >= 0) AND (tax_minor <= gross_minor))))
);

CREATE TABLE public.device (
    id uuid NOT NULL,
    customer_id bigint NOT NULL,
    token_mac bytea NOT NULL,
    browser text NOT NULL,
    address_prefix text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone
);

CREATE TABLE public.entry (
    account_id bigint NOT NULL,
    seq bigint NOT NULL,
    transfer_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    balance_after_minor bigint NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    CONSTRAINT entries_count_from_one CHECK ((seq > 0)),
    CONSTRAINT entry_moves_something CHECK ((amount_minor <> 0))
);

CREATE TABLE public.factor (
    id uuid NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    usable_from timestamp with time zone NOT NULL,
    leaves_at timestamp with time zone,
    removed_at timestamp with time zone,
    last_used_at timestamp with time zone,
    sealed_seed text,
    last_step bigint,
    credential_id bytea,
    public_key bytea,
    sign_count bigint,
    CONSTRAINT a_factor_is_not_usable_before_it_is_added CHECK ((usable_from >= added_at)),
    CONSTRAINT a_passkey_has_its_public_key CHECK ((num_nonnulls(credential_id, public_key, sign_count) =
CASE kind
    WHEN 'passkey'::text THEN 3
    ELSE 0
END)),
    CONSTRAINT an_app_has_its_seed_until_it_is_removed CHECK ((((kind = 'app'::text) AND (removed_at IS NULL)) = (sealed_seed IS NOT NULL))),
    CONSTRAINT an_app_knows_its_last_step CHECK (((kind = 'app'::text) = (last_step IS NOT NULL))),
    CONSTRAINT factor_has_a_short_name CHECK (((char_length(name) >= 1) AND (char_length(name) <= 40))),
    CONSTRAINT factor_kind_is_known CHECK ((kind = ANY (ARRAY['app'::text, 'passkey'::text])))
);

CREATE VIEW public.factor_in_force AS
 SELECT id,
    customer_id,
    kind,
    name,
    added_at,
    usable_from,
    leaves_at,
    last_used_at,
    sealed_seed,
    last_step,
    credential_id,
    public_key,
    sign_count
   FROM public.factor
  WHERE ((usable_from <= public.bank_clock()) AND (removed_at IS NULL) AND ((leaves_at IS NULL) OR (leaves_at > public.bank_clock())));

CREATE TABLE public.fault_case (
    number text NOT NULL,
    at timestamp with time zone NOT NULL,
    route text NOT NULL,
    request_id text NOT NULL,
    kind text NOT NULL,
    detail text NOT NULL
);

CREATE TABLE public.gate (
    only_row boolean DEFAULT true NOT NULL,
    state text NOT NULL,
    closed_by text,
    reason text DEFAULT ''::text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    held_until timestamp with time zone,
    expected_at timestamp with time zone,
    CONSTRAINT a_closed_gate_says_by_whom CHECK (((state = 'closed'::text) = (closed_by IS NOT NULL))),
    CONSTRAINT gate_closer_is_known CHECK ((closed_by = ANY (ARRAY['night'::text, 'operator'::text]))),
    CONSTRAINT gate_has_one_row CHECK (only_row),
    CONSTRAINT gate_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

CREATE TABLE public.gate_closing (
    id bigint NOT NULL,
    closed_at timestamp with time zone NOT NULL,
    closed_by text NOT NULL,
    opened_at timestamp with time zone,
    in_flight integer,
    drained_ms integer,
    CONSTRAINT draining_takes_time CHECK ((drained_ms >= 0)),
    CONSTRAINT in_flight_is_counted CHECK ((in_flight >= 0))
);

ALTER TABLE public.gate_closing ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.gate_closing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.gate_window (
    since timestamp with time zone NOT NULL,
    starts time without time zone CONSTRAINT gate_window_starts_not_null1 NOT NULL,
    ends time without time zone CONSTRAINT gate_window_ends_not_null1 NOT NULL
);

CREATE TABLE public.holiday (
    day date NOT NULL,
    name text NOT NULL,
    CONSTRAINT a_holiday_has_a_name CHECK ((btrim(name) <> ''::text))
);

CREATE TABLE public.incoming_credit (
    id bigint NOT NULL,
    key text NOT NULL,
    deed_key uuid NOT NULL,
    iban text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    payer_name text NOT NULL,
    payer_iban text,
    description text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    refused text DEFAULT ''::text NOT NULL,
    movement_id bigint,
    returned_at timestamp with time zone,
    CONSTRAINT a_credit_is_booked_or_returned CHECK ((num_nonnulls(movement_id, returned_at) <= 1)),
    CONSTRAINT credit_amount_is_positive CHECK ((amount_minor > 0)),
    CONSTRAINT credit_currency_is_known CHECK ((currency = ANY (ARRAY['ALL'::text, 'EUR'::text, 'USD'::text, 'GBP'::text, 'CHF'::text, 'CAD'::text, 'AUD'::text]))),
    CONSTRAINT credit_key_is_short CHECK (((char_length(key) >= 1) AND (char_length(key) <= 140)))
);

ALTER TABLE public.incoming_credit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incoming_credit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.interest_period (
    account_id bigint NOT NULL,
    side text NOT NULL,
    first_day date NOT NULL,
    upto date NOT NULL,
    accrued numeric NOT NULL,
    closed_on date,
    settled_on date,
    gross_minor bigint,
    tax_minor bigint,
    movement_id bigint,
    CONSTRAINT a_period_ends_after_it_began CHECK (((first_day <= upto) AND (upto <= closed_on) AND (closed_on <= settled_on))),
    CONSTRAINT interest_accrues_in_whole_parts CHECK (((accrued >= (0)::numeric) AND (scale(accrued) = 0))),
    CONSTRAINT interest_side_is_known CHECK ((side = ANY (ARRAY['credit'::text, 'debit'::text]))),
    CONSTRAINT only_closed_periods_are_settled CHECK (((settled_on IS NULL) OR (closed_on IS NOT NULL))),
    CONSTRAINT settled_periods_say_what_they_came_to CHECK (((num_nonnulls(settled_on, gross_minor, tax_minor) = ANY (ARRAY[0, 3])) AND ((tax_minor >= 0) AND (tax_minor <= gross_minor)) AND ((movement_id IS NOT NULL) = (COALESCE(gross_minor, (0)::bigint) > 0))))
)
WITH (fillfactor='70');

CREATE TABLE public.interest_rate (
    product text NOT NULL,
    side text NOT NULL,
    currency text NOT NULL,
    first_day date NOT NULL,
    rate_ppm integer NOT NULL,
    year integer NOT NULL,
    CONSTRAINT rate_currency_is_known CHECK ((currency = ANY (ARRAY['ALL'::text, 'EUR'::text, 'USD'::text, 'GBP'::text, 'CHF'::text, 'CAD'::text, 'AUD'::text]))),
    CONSTRAINT rate_is_a_fraction CHECK (((rate_ppm >= 0) AND (rate_ppm <= 1000000))),
    CONSTRAINT rate_product_is_known CHECK ((product = ANY (ARRAY['current'::text, 'savings'::text]))),
    CONSTRAINT rate_side_is_known CHECK ((side = ANY (ARRAY['credit'::text, 'debit'::text]))),
    CONSTRAINT rate_year_is_known CHECK ((year = ANY (ARRAY[360, 365])))
);

CREATE VIEW public.interest_rate_span AS
 SELECT product,
    side,
    currency,
    first_day,
    lead(first_day, 1, 'infinity'::date) OVER (PARTITION BY product, side, currency ORDER BY first_day) AS before_day,
    rate_ppm,
    year
   FROM public.interest_rate;

CREATE TABLE public.internet_user (
    customer_id bigint NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamp with time zone NOT NULL,
    auth_epoch integer DEFAULT 1 NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    CONSTRAINT internet_user_state_is_known CHECK ((state = ANY (ARRAY['active'::text, 'reset'::text, 'closed'::text])))
);

CREATE TABLE public.job (
    name text NOT NULL,
    done_for date,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone,
    done bigint,
    failed_at timestamp with time zone,
    error text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.message (
    id bigint NOT NULL,
    reference text NOT NULL,
    kind text NOT NULL,
    customer_id bigint,
    name text NOT NULL,
    contact text,
    text text NOT NULL,
    language text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    topic text DEFAULT 'other'::text NOT NULL,
    expected text DEFAULT ''::text NOT NULL,
    due_on date NOT NULL,
    form_key bytea,
    assigned_to text,
    reminded_on date,
    read_upto bigint DEFAULT 0 NOT NULL,
    closed_at timestamp with time zone,
    closed_by text,
    CONSTRAINT closed_messages_say_by_whom CHECK (((closed_at IS NULL) = (closed_by IS NULL))),
    CONSTRAINT message_can_be_answered CHECK (((contact IS NOT NULL) OR (customer_id IS NOT NULL))),
    CONSTRAINT message_is_assigned_to_someone CHECK ((btrim(assigned_to) <> ''::text)),
    CONSTRAINT message_kind_is_known CHECK ((kind = ANY (ARRAY['message'::text, 'suggestion'::text, 'complaint'::text]))),
    CONSTRAINT message_says_something CHECK ((text <> ''::text)),
    CONSTRAINT message_topic_is_known CHECK ((topic = ANY (ARRAY['access'::text, 'account'::text, 'payment'::text, 'security'::text, 'branch'::text, 'other'::text])))
);

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    data jsonb NOT NULL,
    written_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    given_up_at timestamp with time zone,
    last_error text DEFAULT ''::text NOT NULL,
    CONSTRAINT outbox_channel_is_known CHECK ((channel = ANY (ARRAY['sms'::text, 'email'::text])))
);

CREATE TABLE public.reply (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    operator text,
    text text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    due_on date,
    form_key bytea,
    outbox_id bigint,
    CONSTRAINT only_authors_wait_for_an_answer CHECK (((operator IS NULL) = (due_on IS NOT NULL))),
    CONSTRAINT reply_names_who_answered CHECK ((btrim(operator) <> ''::text)),
    CONSTRAINT reply_says_something CHECK ((text <> ''::text))
);

CREATE VIEW public.letter AS
 SELECT m.id,
    m.reference,
    m.kind,
    m.topic,
    m.customer_id,
    m.name,
    m.contact,
    m.text,
    m.expected,
    m.language,
    m.received_at,
    m.assigned_to,
    m.closed_at,
        CASE
            WHEN (m.closed_at IS NOT NULL) THEN 'closed'::text
            WHEN (r.operator IS NOT NULL) THEN 'answered'::text
            ELSE 'received'::text
        END AS state,
    COALESCE(r.due_on, m.due_on) AS due_on,
    COALESCE(r.said_at, m.received_at) AS last_at,
    COALESCE(r.id, (0)::bigint) AS last_reply_id,
    COALESCE(((r.operator IS NOT NULL) AND (r.id > m.read_upto)), false) AS is_unread,
    ((m.closed_at IS NULL) AND (o.given_up_at IS NOT NULL)) AS is_undelivered
   FROM ((public.message m
     LEFT JOIN LATERAL ( SELECT reply.id,
            reply.operator,
            reply.said_at,
            reply.due_on,
            reply.outbox_id
           FROM public.reply
          WHERE (reply.message_id = m.id)
          ORDER BY reply.id DESC
         LIMIT 1) r ON (true))
     LEFT JOIN public.outbox o ON ((o.id = r.outbox_id)));

CREATE TABLE public.lockout (
    subject bytea NOT NULL,
    customer_id bigint,
    failures integer DEFAULT 0 NOT NULL,
    failed_at timestamp with time zone,
    blocked_at timestamp with time zone,
    blocks integer DEFAULT 0 NOT NULL,
    blocked_until timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT blocks_are_counted_up CHECK ((blocks >= 0)),
    CONSTRAINT failures_are_counted_up CHECK ((failures >= 0))
);

ALTER TABLE public.message ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.migration (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.monthly_fee (
    account_id bigint NOT NULL,
    month_end date NOT NULL,
    amount_minor bigint NOT NULL,
    settled_on date,
    movement_id bigint,
    CONSTRAINT a_fee_is_positive CHECK ((amount_minor > 0)),
    CONSTRAINT a_month_ends_on_its_last_day CHECK ((EXTRACT(day FROM (month_end + 1)) = (1)::numeric)),
    CONSTRAINT settled_fees_name_their_movement CHECK (((settled_on IS NULL) = (movement_id IS NULL)))
)
WITH (fillfactor='70');

CREATE TABLE public.movement (
    id bigint NOT NULL,
    deed_key uuid NOT NULL,
    kind text NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    value_date date NOT NULL,
    by_night boolean NOT NULL,
    payer_name text NOT NULL,
    payer_iban text,
    payee_name text NOT NULL,
    payee_iban text,
    description text NOT NULL
);

CREATE SEQUENCE public.movement_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.night (
    day date NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    waived_by text,
    CONSTRAINT a_night_ends_after_it_began CHECK ((ended_at >= begun_at))
);

CREATE TABLE public.night_stage (
    day date NOT NULL,
    stage text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    total bigint,
    done bigint DEFAULT 0 NOT NULL,
    after bigint DEFAULT 0 NOT NULL,
    failed_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    CONSTRAINT an_ended_stage_has_not_failed CHECK (((ended_at IS NULL) OR (failed_at IS NULL)))
);

CREATE TABLE public.order_attempt (
    order_id uuid NOT NULL,
    due_on date NOT NULL,
    day date NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    amount_minor bigint NOT NULL,
    movement_id bigint,
    again_until date,
    CONSTRAINT paid_attempts_have_a_movement CHECK (((outcome = 'paid'::text) = (movement_id IS NOT NULL))),
    CONSTRAINT what_is_paid_is_not_tried_again CHECK (((outcome <> 'paid'::text) OR (again_until IS NULL)))
);

CREATE TABLE public.order_evidence (
    challenge_id uuid NOT NULL,
    order_id uuid NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    nonce bytea NOT NULL,
    relying_party text NOT NULL,
    origin text NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT what_was_signed_is_this_order CHECK ((((convert_from(client_data, 'UTF8'::name))::json ->> 'challenge'::text) = rtrim(translate(encode(sha256((('\x646567612d6f726465722d7631'::bytea || digest) || nonce)), 'base64'::text), '+/'::text, '-_'::text), '='::text)))
);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.paid_payee (
    customer_id bigint NOT NULL,
    payee_iban text NOT NULL,
    paid_at timestamp with time zone NOT NULL
);

CREATE TABLE public.passkey_evidence (
    challenge_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    customer_id bigint NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    nonce bytea NOT NULL,
    relying_party text NOT NULL,
    origin text NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT evidence_digest_has_32_bytes CHECK ((octet_length(digest) = 32)),
    CONSTRAINT evidence_nonce_has_32_bytes CHECK ((octet_length(nonce) = 32)),
    CONSTRAINT what_was_signed_is_this_payment CHECK ((((convert_from(client_data, 'UTF8'::name))::json ->> 'challenge'::text) = rtrim(translate(encode(sha256((('\x646567612d7061792d7631'::bytea || digest) || nonce)), 'base64'::text), '+/'::text, '-_'::text), '='::text)))
);

CREATE TABLE public.passkey_holder (
    customer_id bigint NOT NULL,
    handle bytea DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) NOT NULL
);

CREATE TABLE public.past_password (
    customer_id bigint NOT NULL,
    replaced_at timestamp with time zone NOT NULL,
    password_hash text NOT NULL
);

CREATE TABLE public.payment (
    id uuid NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    debit_account_id bigint NOT NULL,
    credit_account_id bigint NOT NULL,
    payee_name text NOT NULL,
    payee_iban text NOT NULL,
    payee_typed text DEFAULT ''::text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    description text NOT NULL,
    prepared_at timestamp with time zone NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    challenge_id uuid,
    movement_id bigint,
    decided_at timestamp with time zone,
    CONSTRAINT decided_payments_say_when CHECK (((state = 'draft'::text) = (decided_at IS NULL))),
    CONSTRAINT payment_amount_is_positive CHECK ((amount_minor > 0)),
    CONSTRAINT payment_fee_is_not_negative CHECK ((fee_minor >= 0)),
    CONSTRAINT payment_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'posted'::text, 'cancelled'::text]))),
    CONSTRAINT posted_payments_have_a_movement CHECK (((state = 'posted'::text) = (movement_id IS NOT NULL)))
)
WITH (fillfactor='70');

CREATE TABLE public.promise (
    payment_id uuid NOT NULL,
    due_on date NOT NULL,
    promised_at timestamp with time zone NOT NULL,
    challenge_id uuid,
    state text DEFAULT 'waiting'::text NOT NULL,
    refusal text DEFAULT ''::text NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT decided_promises_say_when CHECK (((state = 'waiting'::text) = (decided_at IS NULL))),
    CONSTRAINT promise_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'kept'::text, 'refused'::text]))),
    CONSTRAINT refused_promises_say_why CHECK (((state = 'refused'::text) = (refusal <> ''::text)))
);

CREATE TABLE public.recovery_code (
    customer_id bigint NOT NULL,
    hash bytea NOT NULL,
    salt bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    replaced_at timestamp with time zone,
    kid text NOT NULL,
    CONSTRAINT a_recovery_code_ends_once CHECK ((num_nonnulls(used_at, replaced_at) <= 1)),
    CONSTRAINT recovery_code_names_its_key CHECK ((kid ~ '^[0-9a-f]{8}$'::text)),
    CONSTRAINT recovery_hash_has_32_bytes CHECK ((octet_length(hash) = 32)),
    CONSTRAINT recovery_salt_has_16_bytes CHECK ((octet_length(salt) = 16))
);

ALTER TABLE public.reply ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reply_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seal (
    number bigint NOT NULL,
    follows bigint GENERATED ALWAYS AS (NULLIF((number - 1), 0)) STORED,
    previous bytea,
    kid text NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    movement_after bigint NOT NULL,
    movement_upto bigint NOT NULL,
    transfer_after bigint NOT NULL,
    transfer_upto bigint NOT NULL,
    audit_after bigint NOT NULL,
    audit_upto bigint NOT NULL,
    digest bytea NOT NULL,
    marks bytea NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT a_digest_has_32_bytes CHECK ((octet_length(digest) = 32)),
    CONSTRAINT a_mac_has_32_bytes CHECK ((octet_length(mac) = 32)),
    CONSTRAINT a_mark_has_25_bytes CHECK (((octet_length(marks) % 25) = 0)),
    CONSTRAINT a_seal_names_its_key CHECK ((kid ~ '^[0-9a-f]{8}$'::text)),
    CONSTRAINT only_the_first_seal_follows_none CHECK (((number = 1) = (previous IS NULL))),
    CONSTRAINT seals_count_from_one CHECK ((number > 0)),
    CONSTRAINT seals_cover_movements_forwards CHECK ((movement_upto >= movement_after)),
    CONSTRAINT seals_cover_the_audit_forwards CHECK ((audit_upto >= audit_after)),
    CONSTRAINT seals_cover_transfers_forwards CHECK ((transfer_upto >= transfer_after)),
    CONSTRAINT the_first_seal_begins_at_the_beginning CHECK (((number > 1) OR ((movement_after = 0) AND (transfer_after = 0) AND (audit_after = 0))))
);

CREATE TABLE public.sign_in (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    succeeded boolean NOT NULL,
    address_prefix text NOT NULL,
    browser text NOT NULL
);

ALTER TABLE public.sign_in ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sign_in_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.spending_day (
    customer_id bigint NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    spent_minor bigint NOT NULL,
    limit_minor bigint NOT NULL,
    CONSTRAINT spending_is_counted_up CHECK ((spent_minor >= 0)),
    CONSTRAINT spending_stays_within_the_day_limit CHECK ((spent_minor <= limit_minor))
)
WITH (fillfactor='70');

CREATE TABLE public.standing_order (
    id uuid NOT NULL,
    number bigint NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    debit_account_id bigint NOT NULL,
    credit_account_id bigint NOT NULL,
    payee_name text NOT NULL,
    payee_iban text NOT NULL,
    payee_typed text DEFAULT ''::text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    sweeps boolean NOT NULL,
    fee_minor bigint NOT NULL,
    description text NOT NULL,
    frequency text NOT NULL,
    first_on date NOT NULL,
    last_on date,
    holiday_rule text NOT NULL,
    prepared_at timestamp with time zone NOT NULL,
    replaces uuid,
    state text DEFAULT 'draft'::text NOT NULL,
    challenge_id uuid,
    stop_challenge_id uuid,
    made_at timestamp with time zone,
    ended_at timestamp with time zone,
    next_on date,
    tried_on date,
    retry_until date,
    CONSTRAINT active_orders_have_a_date CHECK (((state = 'active'::text) = (next_on IS NOT NULL))),
    CONSTRAINT only_active_orders_are_tried_again CHECK (((retry_until IS NULL) OR (state = 'active'::text))),
    CONSTRAINT order_amount_is_positive CHECK ((amount_minor > 0)),
    CONSTRAINT order_fee_is_not_negative CHECK ((fee_minor >= 0)),
    CONSTRAINT order_frequency_is_known CHECK ((frequency = ANY (ARRAY['once'::text, 'weekly'::text, 'monthly'::text, 'quarterly'::text, 'yearly'::text]))),
    CONSTRAINT order_rule_is_known CHECK ((holiday_rule = ANY (ARRAY['same'::text, 'before'::text, 'after'::text]))),
    CONSTRAINT order_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'stopped'::text, 'ended'::text]))),
    CONSTRAINT orders_end_after_they_begin CHECK ((last_on >= first_on)),
    CONSTRAINT orders_that_are_over_say_when CHECK (((state = ANY (ARRAY['stopped'::text, 'ended'::text])) = (ended_at IS NOT NULL)))
)
WITH (fillfactor='70');

ALTER TABLE public.standing_order ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.standing_order_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.statement (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    period text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    seq_after bigint NOT NULL,
    seq_upto bigint NOT NULL,
    opening_minor bigint NOT NULL,
    paid_in_minor bigint NOT NULL,
    paid_out_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT a_period_goes_forwards CHECK ((first_day <= last_day)),
    CONSTRAINT a_statement_adds_up CHECK ((closing_minor = ((opening_minor + paid_in_minor) - paid_out_minor))),
    CONSTRAINT a_statement_goes_forwards CHECK (((seq_after >= 0) AND (seq_upto >= seq_after))),
    CONSTRAINT statement_period_is_known CHECK ((period = ANY (ARRAY['month'::text, 'year'::text]))),
    CONSTRAINT what_went_in_and_out_has_no_sign CHECK (((paid_in_minor >= 0) AND (paid_out_minor >= 0)))
);

ALTER TABLE public.statement ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.statement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.time_travel (
    only_row boolean DEFAULT true NOT NULL,
    moved_by interval NOT NULL,
    CONSTRAINT time_travel_has_one_row CHECK (only_row)
);

CREATE TABLE public.transfer (
    id bigint NOT NULL,
    movement_id bigint NOT NULL,
    purpose text NOT NULL,
    debit_account_id bigint NOT NULL,
    credit_account_id bigint NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT transfer_amount_is_positive CHECK ((amount_minor > 0)),
    CONSTRAINT transfer_has_two_accounts CHECK ((debit_account_id <> credit_account_id)),
    CONSTRAINT transfer_purpose_is_known CHECK ((purpose = ANY (ARRAY['payment'::text, 'fee'::text, 'exchange'::text, 'interest'::text, 'tax'::text])))
);

CREATE SEQUENCE public.transfer_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE ONLY public.incoming_credit
    ADD CONSTRAINT a_credit_comes_once UNIQUE (key);

ALTER TABLE ONLY public.movement
    ADD CONSTRAINT a_deed_is_booked_once UNIQUE (deed_key);

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT a_passkey_is_added_once UNIQUE (credential_id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accrual
    ADD CONSTRAINT accrual_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.alert_choice
    ADD CONSTRAINT alert_choice_pkey PRIMARY KEY (customer_id, kind);

ALTER TABLE ONLY public.alert_threshold
    ADD CONSTRAINT alert_threshold_pkey PRIMARY KEY (customer_id, currency);

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bar
    ADD CONSTRAINT bar_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.challenge
    ADD CONSTRAINT challenge_pkey PRIMARY KEY (id);

ALTER TABLE public.message
    ADD CONSTRAINT contact_is_sealed CHECK ((contact ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$'::text)) NOT VALID;

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_number_is_unique UNIQUE (number);

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.daily_report
    ADD CONSTRAINT daily_report_pkey PRIMARY KEY (day, name);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_pkey PRIMARY KEY (account_id, first_day);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (id);

ALTER TABLE public.customer
    ADD CONSTRAINT email_is_sealed CHECK ((email ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$'::text)) NOT VALID;

ALTER TABLE ONLY public.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (account_id, seq);

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT factor_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fault_case
    ADD CONSTRAINT fault_case_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.gate_closing
    ADD CONSTRAINT gate_closing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.gate
    ADD CONSTRAINT gate_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.gate_window
    ADD CONSTRAINT gate_window_pkey PRIMARY KEY (since);

ALTER TABLE ONLY public.holiday
    ADD CONSTRAINT holiday_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT iban_is_unique UNIQUE (iban);

ALTER TABLE ONLY public.incoming_credit
    ADD CONSTRAINT incoming_credit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.interest_period
    ADD CONSTRAINT interest_period_pkey PRIMARY KEY (account_id, side, first_day);

ALTER TABLE ONLY public.interest_rate
    ADD CONSTRAINT interest_rate_pkey PRIMARY KEY (product, side, currency, first_day);

ALTER TABLE ONLY public.internet_user
    ADD CONSTRAINT internet_user_pkey PRIMARY KEY (customer_id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.lockout
    ADD CONSTRAINT lockout_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_form_is_sent_once UNIQUE (form_key);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_reference_is_unique UNIQUE (reference);

ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);

ALTER TABLE public.customer
    ADD CONSTRAINT mobile_is_indexed CHECK (((mobile IS NULL) = (mobile_index IS NULL))) NOT VALID;

ALTER TABLE public.customer
    ADD CONSTRAINT mobile_is_sealed CHECK ((mobile ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$'::text)) NOT VALID;

ALTER TABLE ONLY public.monthly_fee
    ADD CONSTRAINT monthly_fee_pkey PRIMARY KEY (account_id, month_end);

ALTER TABLE ONLY public.movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.night
    ADD CONSTRAINT night_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.night_stage
    ADD CONSTRAINT night_stage_pkey PRIMARY KEY (day, stage);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT one_account_per_code_and_currency UNIQUE (code, currency);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT one_statement_of_a_period UNIQUE (account_id, last_day, period);

ALTER TABLE ONLY public.order_attempt
    ADD CONSTRAINT order_attempt_pkey PRIMARY KEY (order_id, due_on, day);

ALTER TABLE ONLY public.order_evidence
    ADD CONSTRAINT order_evidence_pkey PRIMARY KEY (challenge_id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT orders_have_their_number UNIQUE (number);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.paid_payee
    ADD CONSTRAINT paid_payee_pkey PRIMARY KEY (customer_id, payee_iban);

ALTER TABLE ONLY public.passkey_evidence
    ADD CONSTRAINT passkey_evidence_pkey PRIMARY KEY (challenge_id);

ALTER TABLE ONLY public.passkey_holder
    ADD CONSTRAINT passkey_handle_is_unique UNIQUE (handle);

ALTER TABLE ONLY public.passkey_holder
    ADD CONSTRAINT passkey_holder_pkey PRIMARY KEY (customer_id);

ALTER TABLE ONLY public.past_password
    ADD CONSTRAINT past_password_pkey PRIMARY KEY (customer_id, replaced_at);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT personal_number_is_unique UNIQUE (personal_number);

ALTER TABLE ONLY public.promise
    ADD CONSTRAINT promise_pkey PRIMARY KEY (payment_id, due_on);

ALTER TABLE public.outbox
    ADD CONSTRAINT recipient_is_sealed CHECK ((recipient ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$'::text)) NOT VALID;

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (customer_id, hash);

ALTER TABLE ONLY public.reply
    ADD CONSTRAINT reply_form_is_sent_once UNIQUE (form_key);

ALTER TABLE ONLY public.reply
    ADD CONSTRAINT reply_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seal
    ADD CONSTRAINT seal_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT sign_in_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.spending_day
    ADD CONSTRAINT spending_day_pkey PRIMARY KEY (customer_id, day, currency);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.time_travel
    ADD CONSTRAINT time_travel_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seal
    ADD CONSTRAINT where_a_seal_ends UNIQUE (number, mac, movement_upto, transfer_upto, audit_upto);

CREATE UNIQUE INDEX a_browser_is_known_once_to_a_customer ON public.device USING btree (customer_id, token_mac) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX a_customer_has_one_app ON public.factor USING btree (customer_id) WHERE ((kind = 'app'::text) AND (removed_at IS NULL));

CREATE UNIQUE INDEX a_date_of_an_order_is_paid_once ON public.order_attempt USING btree (order_id, due_on) WHERE (outcome = 'paid'::text);

CREATE INDEX account_by_customer ON public.account USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);

CREATE INDEX approval_open ON public.approval USING btree (customer_id, id) WHERE (decision IS NULL);

CREATE INDEX audit_by_moment ON public.audit USING brin (at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX audit_by_subject ON public.audit USING btree (subject, id DESC) WHERE (subject !~~ 'deed:%'::text);

CREATE INDEX challenge_by_issue ON public.challenge USING brin (issued_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX challenge_by_sms ON public.challenge USING btree (customer_id, issued_at) WHERE (sms_at <> '{}'::timestamp with time zone[]);

CREATE INDEX customer_by_mobile ON public.customer USING btree (mobile_index);

CREATE INDEX deposit_maturing ON public.deposit USING btree (matures_on) WHERE (ended_on IS NULL);

CREATE INDEX entry_by_transfer ON public.entry USING brin (transfer_id) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX factor_by_customer ON public.factor USING btree (customer_id, added_at) WHERE (removed_at IS NULL);

CREATE INDEX incoming_credit_waiting ON public.incoming_credit USING btree (id) WHERE ((movement_id IS NULL) AND (returned_at IS NULL));

CREATE INDEX interest_period_unsettled ON public.interest_period USING btree (side, account_id, closed_on) WHERE (settled_on IS NULL);

CREATE INDEX lockout_by_customer ON public.lockout USING btree (customer_id);

CREATE INDEX lockout_untold ON public.lockout USING btree (blocked_at) WHERE ((blocked_at IS NOT NULL) AND (told_at IS NULL));

CREATE INDEX message_by_customer ON public.message USING btree (customer_id, id DESC);

CREATE INDEX message_open ON public.message USING btree (id) WHERE (closed_at IS NULL);

CREATE INDEX monthly_fee_owed ON public.monthly_fee USING btree (account_id) WHERE (settled_on IS NULL);

CREATE INDEX movement_by_day ON public.movement USING brin (value_date) WITH (pages_per_range='32', autosummarize='on');

CREATE UNIQUE INDEX one_bar_at_a_time ON public.bar USING btree (customer_id) WHERE (lifted_at IS NULL);

CREATE UNIQUE INDEX one_open_period_for_each_side ON public.interest_period USING btree (account_id, side) WHERE (closed_on IS NULL);

CREATE UNIQUE INDEX one_term_at_a_time ON public.deposit USING btree (account_id) WHERE (ended_on IS NULL);

CREATE INDEX outbox_waiting ON public.outbox USING btree (due_at, id) WHERE ((sent_at IS NULL) AND (given_up_at IS NULL));

CREATE INDEX passkey_evidence_by_payment ON public.passkey_evidence USING btree (payment_id);

CREATE INDEX payment_by_code ON public.payment USING btree (challenge_id) WHERE (challenge_id IS NOT NULL);

CREATE INDEX payment_by_customer ON public.payment USING btree (customer_id, prepared_at DESC);

CREATE INDEX payment_by_preparation ON public.payment USING brin (prepared_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX promise_by_code ON public.promise USING btree (challenge_id) WHERE (challenge_id IS NOT NULL);

CREATE INDEX promise_waiting ON public.promise USING btree (due_on, payment_id) WHERE (state = 'waiting'::text);

CREATE INDEX reply_by_message ON public.reply USING btree (message_id, id DESC);

CREATE INDEX sign_in_by_customer ON public.sign_in USING btree (customer_id, id DESC);

CREATE INDEX standing_order_active ON public.standing_order USING btree (number) WHERE (state = 'active'::text);

CREATE INDEX standing_order_by_code ON public.standing_order USING btree (challenge_id) WHERE (challenge_id IS NOT NULL);

CREATE INDEX standing_order_by_customer ON public.standing_order USING btree (customer_id, number DESC);

CREATE INDEX standing_order_by_stop_code ON public.standing_order USING btree (stop_challenge_id) WHERE (stop_challenge_id IS NOT NULL);

CREATE INDEX standing_order_unmade ON public.standing_order USING btree (prepared_at) WHERE (made_at IS NULL);

CREATE INDEX transfer_by_movement ON public.transfer USING btree (movement_id);

CREATE TRIGGER a_closed_letter_stays_closed BEFORE UPDATE ON public.message FOR EACH ROW WHEN (((old.closed_at IS NOT NULL) AND ((new.closed_at IS DISTINCT FROM old.closed_at) OR (new.closed_by IS DISTINCT FROM old.closed_by)))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_decided_payment_never_changes BEFORE UPDATE ON public.payment FOR EACH ROW WHEN ((old.state <> 'draft'::text)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_decided_promise_never_changes BEFORE UPDATE ON public.promise FOR EACH ROW WHEN ((old.state <> 'waiting'::text)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_recovery_code_never_comes_back BEFORE UPDATE ON public.recovery_code FOR EACH ROW WHEN ((num_nonnulls(old.used_at, old.replaced_at) > num_nonnulls(new.used_at, new.replaced_at))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_removed_factor_never_comes_back BEFORE UPDATE ON public.factor FOR EACH ROW WHEN (((old.removed_at IS NOT NULL) AND (new.removed_at IS NULL))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_settled_credit_never_changes BEFORE UPDATE ON public.incoming_credit FOR EACH ROW WHEN (((old.movement_id IS NOT NULL) OR (old.returned_at IS NOT NULL))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_settled_fee_never_changes BEFORE UPDATE ON public.monthly_fee FOR EACH ROW WHEN ((old.settled_on IS NOT NULL)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_settled_period_never_changes BEFORE UPDATE ON public.interest_period FOR EACH ROW WHEN ((old.settled_on IS NOT NULL)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_step_of_an_app_never_comes_back BEFORE UPDATE ON public.factor FOR EACH ROW WHEN ((new.last_step < old.last_step)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER a_used_code_never_comes_back BEFORE UPDATE ON public.challenge FOR EACH ROW WHEN (((old.consumed_at IS NOT NULL) OR ((new.authorised_at IS DISTINCT FROM old.authorised_at) AND (old.authorised_at IS NOT NULL)))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER account_is_never_removed BEFORE DELETE OR TRUNCATE ON public.account FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER accounts_open_empty BEFORE INSERT ON public.account FOR EACH ROW EXECUTE FUNCTION public.accounts_open_empty();

CREATE TRIGGER accrual_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.accrual FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER an_ended_closing_never_changes BEFORE UPDATE ON public.gate_closing FOR EACH ROW WHEN ((old.opened_at IS NOT NULL)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER an_ended_deposit_never_changes BEFORE UPDATE ON public.deposit FOR EACH ROW WHEN ((old.ended_on IS NOT NULL)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER an_order_that_is_over_never_comes_back BEFORE UPDATE ON public.standing_order FOR EACH ROW WHEN (((old.state = ANY (ARRAY['stopped'::text, 'ended'::text])) OR ((old.state = 'active'::text) AND (new.state = 'draft'::text)))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER audit_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER balances_follow_entries AFTER UPDATE ON public.account REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION public.balances_follow_entries();

CREATE TRIGGER credit_particulars_never_change BEFORE UPDATE OF id, key, deed_key, iban, currency, amount_minor, payer_name, payer_iban, description, received_at ON public.incoming_credit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER daily_report_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.daily_report FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER deposit_is_never_removed BEFORE DELETE OR TRUNCATE ON public.deposit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER entries_are_two_sides AFTER INSERT ON public.entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.entries_are_two_sides();

CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER gate_window_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gate_window FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER interest_period_is_never_removed BEFORE DELETE OR TRUNCATE ON public.interest_period FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER interest_rate_is_never_removed BEFORE DELETE OR TRUNCATE ON public.interest_rate FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER monthly_fee_is_never_removed BEFORE DELETE OR TRUNCATE ON public.monthly_fee FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER movement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.movement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER order_attempt_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.order_attempt FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER order_evidence_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.order_evidence FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER order_particulars_never_change BEFORE UPDATE OF id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed, currency, amount_minor, sweeps, fee_minor, description, frequency, first_on, last_on, holiday_rule, prepared_at, replaces ON public.standing_order FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER paid_payee_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.paid_payee FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER passkey_evidence_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.passkey_evidence FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payment_particulars_never_change BEFORE UPDATE OF id, customer_id, kind, debit_account_id, credit_account_id, payee_name, payee_iban, payee_typed, currency, amount_minor, fee_minor, description, prepared_at ON public.payment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER payments_name_their_movements AFTER UPDATE ON public.payment REFERENCING NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION public.payments_name_their_movements();

CREATE TRIGGER rates_stay_as_they_accrued BEFORE INSERT OR UPDATE ON public.interest_rate FOR EACH ROW EXECUTE FUNCTION public.rates_stay_as_they_accrued();

CREATE TRIGGER reply_is_append_only BEFORE UPDATE OR TRUNCATE ON public.reply FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seal_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.seal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER statement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.statement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER the_count_of_a_passkey_never_goes_back BEFORE UPDATE ON public.factor FOR EACH ROW WHEN ((new.sign_count < old.sign_count)) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER transfer_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.transfer FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER transfers_come_with_their_movements AFTER INSERT ON public.transfer REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.transfers_come_with_their_movements();

CREATE TRIGGER what_accrued_never_comes_back BEFORE UPDATE ON public.interest_period FOR EACH ROW WHEN (((new.accrued < old.accrued) OR (new.upto < old.upto) OR ((old.closed_on IS NOT NULL) AND (new.accrued <> old.accrued)))) EXECUTE FUNCTION public.refuse_return();

CREATE TRIGGER what_was_spent_never_comes_back BEFORE UPDATE ON public.spending_day FOR EACH ROW WHEN ((new.spent_minor < old.spent_minor)) EXECUTE FUNCTION public.refuse_return();

ALTER TABLE ONLY public.seal
    ADD CONSTRAINT a_seal_continues_the_one_before FOREIGN KEY (follows, previous, movement_after, transfer_after, audit_after) REFERENCES public.seal(number, mac, movement_upto, transfer_upto, audit_upto);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.alert_choice
    ADD CONSTRAINT alert_choice_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.alert_threshold
    ADD CONSTRAINT alert_threshold_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.bar
    ADD CONSTRAINT bar_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.challenge
    ADD CONSTRAINT challenge_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.deposit
    ADD CONSTRAINT deposit_pays_to_id_fkey FOREIGN KEY (pays_to_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.factor
    ADD CONSTRAINT factor_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.interest_period
    ADD CONSTRAINT interest_period_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.internet_user
    ADD CONSTRAINT internet_user_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.lockout
    ADD CONSTRAINT lockout_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.monthly_fee
    ADD CONSTRAINT monthly_fee_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.night_stage
    ADD CONSTRAINT night_stage_day_fkey FOREIGN KEY (day) REFERENCES public.night(day);

ALTER TABLE ONLY public.order_attempt
    ADD CONSTRAINT order_attempt_movement_id_fkey FOREIGN KEY (movement_id) REFERENCES public.movement(id);

ALTER TABLE ONLY public.order_attempt
    ADD CONSTRAINT order_attempt_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.standing_order(id);

ALTER TABLE ONLY public.order_evidence
    ADD CONSTRAINT order_evidence_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.order_evidence
    ADD CONSTRAINT order_evidence_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.standing_order(id);

ALTER TABLE ONLY public.passkey_evidence
    ADD CONSTRAINT passkey_evidence_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.passkey_evidence
    ADD CONSTRAINT passkey_evidence_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.passkey_evidence
    ADD CONSTRAINT passkey_evidence_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES public.payment(id);

ALTER TABLE ONLY public.passkey_holder
    ADD CONSTRAINT passkey_holder_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.past_password
    ADD CONSTRAINT past_password_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_credit_account_id_fkey FOREIGN KEY (credit_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_debit_account_id_fkey FOREIGN KEY (debit_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.promise
    ADD CONSTRAINT promise_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.promise
    ADD CONSTRAINT promise_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES public.payment(id);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.reply
    ADD CONSTRAINT reply_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.message(id);

ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT sign_in_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_challenge_id_fkey FOREIGN KEY (challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_credit_account_id_fkey FOREIGN KEY (credit_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customer(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_debit_account_id_fkey FOREIGN KEY (debit_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_replaces_fkey FOREIGN KEY (replaces) REFERENCES public.standing_order(id);

ALTER TABLE ONLY public.standing_order
    ADD CONSTRAINT standing_order_stop_challenge_id_fkey FOREIGN KEY (stop_challenge_id) REFERENCES public.challenge(id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

GRANT ALL ON SCHEMA public TO dega_owner;
GRANT USAGE ON SCHEMA public TO dega_app;
GRANT USAGE ON SCHEMA public TO dega_staff;

REVOKE ALL ON FUNCTION public.forget_codes(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_codes(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_devices() FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_devices() TO dega_app;

REVOKE ALL ON FUNCTION public.forget_drafts(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_drafts(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_faults(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_faults(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_messages(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_messages(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_notices(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_notices(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_order_drafts(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_order_drafts(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_sign_ins(days integer, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_sign_ins(days integer, most integer) TO dega_app;

REVOKE ALL ON FUNCTION public.forget_strangers() FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_strangers() TO dega_app;

GRANT SELECT ON TABLE public.account TO dega_app;
GRANT INSERT(iban) ON TABLE public.account TO dega_staff;
GRANT INSERT(code) ON TABLE public.account TO dega_staff;
GRANT INSERT(customer_id) ON TABLE public.account TO dega_staff;
GRANT INSERT(product) ON TABLE public.account TO dega_staff;
GRANT INSERT(currency) ON TABLE public.account TO dega_staff;
GRANT UPDATE(status) ON TABLE public.account TO dega_staff;
GRANT INSERT(opened_on) ON TABLE public.account TO dega_staff;
GRANT INSERT(floor_minor) ON TABLE public.account TO dega_staff;
GRANT UPDATE(balance_minor) ON TABLE public.account TO dega_app;
GRANT UPDATE(last_seq) ON TABLE public.account TO dega_app;
GRANT SELECT,INSERT ON TABLE public.accrual TO dega_app;
GRANT SELECT,INSERT ON TABLE public.alert_choice TO dega_app;
GRANT UPDATE(by_sms) ON TABLE public.alert_choice TO dega_app;
GRANT UPDATE(by_email) ON TABLE public.alert_choice TO dega_app;
GRANT UPDATE(chosen_at) ON TABLE public.alert_choice TO dega_app;
GRANT SELECT,INSERT ON TABLE public.alert_threshold TO dega_app;
GRANT UPDATE(least_minor) ON TABLE public.alert_threshold TO dega_app;
GRANT UPDATE(chosen_at) ON TABLE public.alert_threshold TO dega_app;
GRANT SELECT ON TABLE public.approval TO dega_staff;
GRANT INSERT(customer_id) ON TABLE public.approval TO dega_staff;
GRANT INSERT(action) ON TABLE public.approval TO dega_staff;
GRANT INSERT(arguments),UPDATE(arguments) ON TABLE public.approval TO dega_staff;
GRANT INSERT(shown) ON TABLE public.approval TO dega_staff;
GRANT INSERT(seen) ON TABLE public.approval TO dega_staff;
GRANT INSERT(requested_by) ON TABLE public.approval TO dega_staff;
GRANT INSERT(reason) ON TABLE public.approval TO dega_staff;
GRANT INSERT(requested_at) ON TABLE public.approval TO dega_staff;
GRANT INSERT(expires_at) ON TABLE public.approval TO dega_staff;
GRANT UPDATE(decision) ON TABLE public.approval TO dega_staff;
GRANT UPDATE(decided_by) ON TABLE public.approval TO dega_staff;
GRANT UPDATE(decided_at) ON TABLE public.approval TO dega_staff;
GRANT SELECT,INSERT ON TABLE public.audit TO dega_app;
GRANT SELECT ON SEQUENCE public.audit_id_seq TO dega_app;
GRANT SELECT,INSERT ON TABLE public.bar TO dega_app;
GRANT UPDATE(lifted_at) ON TABLE public.bar TO dega_staff;
GRANT SELECT,INSERT ON TABLE public.challenge TO dega_app;
GRANT UPDATE(expires_at) ON TABLE public.challenge TO dega_app;
GRANT UPDATE(authorised_at) ON TABLE public.challenge TO dega_app;
GRANT UPDATE(consumed_at) ON TABLE public.challenge TO dega_app;
GRANT UPDATE(authorised_by) ON TABLE public.challenge TO dega_app;
GRANT UPDATE(sms_at) ON TABLE public.challenge TO dega_app;
GRANT UPDATE(sms_most) ON TABLE public.challenge TO dega_app;
GRANT SELECT ON TABLE public.customer TO dega_app;
GRANT INSERT ON TABLE public.customer TO dega_staff;
GRANT UPDATE(mobile) ON TABLE public.customer TO dega_staff;
GRANT UPDATE(email) ON TABLE public.customer TO dega_staff;
GRANT UPDATE(kshbi_version) ON TABLE public.customer TO dega_staff;
GRANT UPDATE(language) ON TABLE public.customer TO dega_app;
GRANT UPDATE(mobile_index) ON TABLE public.customer TO dega_staff;
GRANT UPDATE(mobile_changed_at) ON TABLE public.customer TO dega_staff;
GRANT USAGE ON SEQUENCE public.customer_id_seq TO dega_staff;
GRANT SELECT,INSERT ON TABLE public.daily_report TO dega_app;
GRANT SELECT ON TABLE public.deposit TO dega_app;
GRANT INSERT(account_id) ON TABLE public.deposit TO dega_app;
GRANT INSERT(first_day) ON TABLE public.deposit TO dega_app;
GRANT INSERT(months) ON TABLE public.deposit TO dega_app;
GRANT INSERT(matures_on) ON TABLE public.deposit TO dega_app;
GRANT INSERT(principal_minor) ON TABLE public.deposit TO dega_app;
GRANT INSERT(rate_ppm) ON TABLE public.deposit TO dega_app;
GRANT INSERT(year) ON TABLE public.deposit TO dega_app;
GRANT INSERT(pays_to_id) ON TABLE public.deposit TO dega_app;
GRANT INSERT(renewal) ON TABLE public.deposit TO dega_app;
GRANT UPDATE(renewal) ON TABLE public.deposit TO dega_staff;
GRANT UPDATE(ended_on) ON TABLE public.deposit TO dega_app;
GRANT UPDATE(outcome) ON TABLE public.deposit TO dega_app;
GRANT UPDATE(gross_minor) ON TABLE public.deposit TO dega_app;
GRANT UPDATE(tax_minor) ON TABLE public.deposit TO dega_app;
GRANT SELECT,INSERT ON TABLE public.device TO dega_app;
GRANT UPDATE(browser) ON TABLE public.device TO dega_app;
GRANT UPDATE(address_prefix) ON TABLE public.device TO dega_app;
GRANT UPDATE(last_seen_at) ON TABLE public.device TO dega_app;
GRANT UPDATE(removed_at) ON TABLE public.device TO dega_app;
GRANT SELECT,INSERT ON TABLE public.entry TO dega_app;
GRANT SELECT ON TABLE public.factor TO dega_app;
GRANT INSERT(id) ON TABLE public.factor TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.factor TO dega_app;
GRANT INSERT(kind) ON TABLE public.factor TO dega_app;
GRANT INSERT(name),UPDATE(name) ON TABLE public.factor TO dega_app;
GRANT INSERT(added_at) ON TABLE public.factor TO dega_app;
GRANT INSERT(usable_from) ON TABLE public.factor TO dega_app;
GRANT UPDATE(leaves_at) ON TABLE public.factor TO dega_app;
GRANT UPDATE(removed_at) ON TABLE public.factor TO dega_app;
GRANT UPDATE(last_used_at) ON TABLE public.factor TO dega_app;
GRANT INSERT(sealed_seed),UPDATE(sealed_seed) ON TABLE public.factor TO dega_app;
GRANT INSERT(last_step),UPDATE(last_step) ON TABLE public.factor TO dega_app;
GRANT INSERT(credential_id) ON TABLE public.factor TO dega_app;
GRANT INSERT(public_key) ON TABLE public.factor TO dega_app;
GRANT INSERT(sign_count),UPDATE(sign_count) ON TABLE public.factor TO dega_app;
GRANT SELECT ON TABLE public.factor_in_force TO dega_app;
GRANT SELECT,INSERT ON TABLE public.fault_case TO dega_app;
GRANT SELECT ON TABLE public.gate TO dega_app;
GRANT UPDATE(state) ON TABLE public.gate TO dega_app;
GRANT UPDATE(closed_by) ON TABLE public.gate TO dega_app;
GRANT UPDATE(reason) ON TABLE public.gate TO dega_app;
GRANT UPDATE(changed_at) ON TABLE public.gate TO dega_app;
GRANT UPDATE(held_until) ON TABLE public.gate TO dega_app;
GRANT UPDATE(expected_at) ON TABLE public.gate TO dega_app;
GRANT SELECT,INSERT ON TABLE public.gate_closing TO dega_app;
GRANT UPDATE(opened_at) ON TABLE public.gate_closing TO dega_app;
GRANT SELECT,INSERT ON TABLE public.gate_window TO dega_app;
GRANT SELECT ON TABLE public.holiday TO dega_app;
GRANT INSERT,DELETE ON TABLE public.holiday TO dega_staff;
GRANT SELECT,INSERT ON TABLE public.incoming_credit TO dega_app;
GRANT UPDATE(refused) ON TABLE public.incoming_credit TO dega_app;
GRANT UPDATE(movement_id) ON TABLE public.incoming_credit TO dega_app;
GRANT UPDATE(returned_at) ON TABLE public.incoming_credit TO dega_staff;
GRANT SELECT ON TABLE public.interest_period TO dega_app;
GRANT INSERT(account_id) ON TABLE public.interest_period TO dega_app;
GRANT INSERT(side) ON TABLE public.interest_period TO dega_app;
GRANT INSERT(first_day) ON TABLE public.interest_period TO dega_app;
GRANT INSERT(upto),UPDATE(upto) ON TABLE public.interest_period TO dega_app;
GRANT INSERT(accrued),UPDATE(accrued) ON TABLE public.interest_period TO dega_app;
GRANT UPDATE(closed_on) ON TABLE public.interest_period TO dega_app;
GRANT UPDATE(settled_on) ON TABLE public.interest_period TO dega_app;
GRANT UPDATE(gross_minor) ON TABLE public.interest_period TO dega_app;
GRANT UPDATE(tax_minor) ON TABLE public.interest_period TO dega_app;
GRANT UPDATE(movement_id) ON TABLE public.interest_period TO dega_app;
GRANT SELECT,INSERT ON TABLE public.interest_rate TO dega_app;
GRANT UPDATE(rate_ppm) ON TABLE public.interest_rate TO dega_app;
GRANT UPDATE(year) ON TABLE public.interest_rate TO dega_app;
GRANT SELECT ON TABLE public.interest_rate_span TO dega_app;
GRANT SELECT,INSERT ON TABLE public.internet_user TO dega_app;
GRANT UPDATE(state) ON TABLE public.internet_user TO dega_app;
GRANT UPDATE(password_hash) ON TABLE public.internet_user TO dega_app;
GRANT UPDATE(password_changed_at) ON TABLE public.internet_user TO dega_app;
GRANT UPDATE(auth_epoch) ON TABLE public.internet_user TO dega_app;
GRANT SELECT,INSERT ON TABLE public.job TO dega_app;
GRANT UPDATE(done_for) ON TABLE public.job TO dega_app;
GRANT UPDATE(begun_at) ON TABLE public.job TO dega_app;
GRANT UPDATE(ended_at) ON TABLE public.job TO dega_app;
GRANT UPDATE(done) ON TABLE public.job TO dega_app;
GRANT UPDATE(failed_at) ON TABLE public.job TO dega_app;
GRANT UPDATE(error) ON TABLE public.job TO dega_app;
GRANT SELECT ON TABLE public.message TO dega_app;
GRANT INSERT(id) ON TABLE public.message TO dega_app;
GRANT INSERT(reference) ON TABLE public.message TO dega_app;
GRANT INSERT(kind) ON TABLE public.message TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.message TO dega_app;
GRANT INSERT(name) ON TABLE public.message TO dega_app;
GRANT INSERT(contact) ON TABLE public.message TO dega_app;
GRANT UPDATE(contact) ON TABLE public.message TO dega_staff;
GRANT INSERT(text) ON TABLE public.message TO dega_app;
GRANT INSERT(language) ON TABLE public.message TO dega_app;
GRANT INSERT(received_at) ON TABLE public.message TO dega_app;
GRANT INSERT(topic) ON TABLE public.message TO dega_app;
GRANT INSERT(expected) ON TABLE public.message TO dega_app;
GRANT INSERT(due_on) ON TABLE public.message TO dega_app;
GRANT INSERT(form_key) ON TABLE public.message TO dega_app;
GRANT UPDATE(assigned_to) ON TABLE public.message TO dega_staff;
GRANT UPDATE(reminded_on) ON TABLE public.message TO dega_app;
GRANT UPDATE(read_upto) ON TABLE public.message TO dega_app;
GRANT UPDATE(closed_at) ON TABLE public.message TO dega_staff;
GRANT UPDATE(closed_by) ON TABLE public.message TO dega_staff;
GRANT SELECT,INSERT ON TABLE public.outbox TO dega_app;
GRANT UPDATE(recipient) ON TABLE public.outbox TO dega_staff;
GRANT UPDATE(due_at) ON TABLE public.outbox TO dega_app;
GRANT UPDATE(attempts) ON TABLE public.outbox TO dega_app;
GRANT UPDATE(sent_at) ON TABLE public.outbox TO dega_app;
GRANT UPDATE(given_up_at) ON TABLE public.outbox TO dega_app;
GRANT UPDATE(last_error) ON TABLE public.outbox TO dega_app;
GRANT SELECT ON TABLE public.reply TO dega_app;
GRANT INSERT(message_id) ON TABLE public.reply TO dega_app;
GRANT INSERT(operator) ON TABLE public.reply TO dega_staff;
GRANT INSERT(text) ON TABLE public.reply TO dega_app;
GRANT INSERT(said_at) ON TABLE public.reply TO dega_app;
GRANT INSERT(due_on) ON TABLE public.reply TO dega_app;
GRANT INSERT(form_key) ON TABLE public.reply TO dega_app;
GRANT INSERT(outbox_id) ON TABLE public.reply TO dega_staff;
GRANT SELECT ON TABLE public.letter TO dega_app;
GRANT SELECT,INSERT ON TABLE public.lockout TO dega_app;
GRANT UPDATE(customer_id) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(failures) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(failed_at) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(blocked_at) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(blocks) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(blocked_until) ON TABLE public.lockout TO dega_app;
GRANT UPDATE(told_at) ON TABLE public.lockout TO dega_app;
GRANT USAGE ON SEQUENCE public.message_id_seq TO dega_app;
GRANT SELECT ON TABLE public.migration TO PUBLIC;
GRANT SELECT ON TABLE public.monthly_fee TO dega_app;
GRANT INSERT(account_id) ON TABLE public.monthly_fee TO dega_app;
GRANT INSERT(month_end) ON TABLE public.monthly_fee TO dega_app;
GRANT INSERT(amount_minor) ON TABLE public.monthly_fee TO dega_app;
GRANT UPDATE(settled_on) ON TABLE public.monthly_fee TO dega_app;
GRANT UPDATE(movement_id) ON TABLE public.monthly_fee TO dega_app;
GRANT SELECT,INSERT ON TABLE public.movement TO dega_app;
GRANT SELECT,USAGE ON SEQUENCE public.movement_id TO dega_app;
GRANT SELECT,INSERT ON TABLE public.night TO dega_app;
GRANT UPDATE(ended_at) ON TABLE public.night TO dega_app;
GRANT UPDATE(waived_by) ON TABLE public.night TO dega_app;
GRANT SELECT,INSERT ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(ended_at) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(total) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(done) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(after) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(failed_at) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(failures) ON TABLE public.night_stage TO dega_app;
GRANT UPDATE(error) ON TABLE public.night_stage TO dega_app;
GRANT SELECT,INSERT ON TABLE public.order_attempt TO dega_app;
GRANT SELECT,INSERT ON TABLE public.order_evidence TO dega_app;
GRANT USAGE ON SEQUENCE public.outbox_id_seq TO dega_app;
GRANT SELECT,INSERT ON TABLE public.paid_payee TO dega_app;
GRANT SELECT,INSERT ON TABLE public.passkey_evidence TO dega_app;
GRANT SELECT ON TABLE public.passkey_holder TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.passkey_holder TO dega_app;
GRANT SELECT,INSERT ON TABLE public.past_password TO dega_app;
GRANT UPDATE(password_hash) ON TABLE public.past_password TO dega_staff;
GRANT SELECT ON TABLE public.payment TO dega_app;
GRANT INSERT(id) ON TABLE public.payment TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.payment TO dega_app;
GRANT INSERT(kind) ON TABLE public.payment TO dega_app;
GRANT INSERT(debit_account_id) ON TABLE public.payment TO dega_app;
GRANT INSERT(credit_account_id) ON TABLE public.payment TO dega_app;
GRANT INSERT(payee_name) ON TABLE public.payment TO dega_app;
GRANT INSERT(payee_iban) ON TABLE public.payment TO dega_app;
GRANT INSERT(payee_typed) ON TABLE public.payment TO dega_app;
GRANT INSERT(currency) ON TABLE public.payment TO dega_app;
GRANT INSERT(amount_minor) ON TABLE public.payment TO dega_app;
GRANT INSERT(fee_minor) ON TABLE public.payment TO dega_app;
GRANT INSERT(description) ON TABLE public.payment TO dega_app;
GRANT INSERT(prepared_at) ON TABLE public.payment TO dega_app;
GRANT UPDATE(state) ON TABLE public.payment TO dega_app;
GRANT UPDATE(challenge_id) ON TABLE public.payment TO dega_app;
GRANT UPDATE(movement_id) ON TABLE public.payment TO dega_app;
GRANT UPDATE(decided_at) ON TABLE public.payment TO dega_app;
GRANT SELECT ON TABLE public.promise TO dega_app;
GRANT INSERT(payment_id) ON TABLE public.promise TO dega_app;
GRANT INSERT(due_on) ON TABLE public.promise TO dega_app;
GRANT INSERT(promised_at) ON TABLE public.promise TO dega_app;
GRANT INSERT(challenge_id) ON TABLE public.promise TO dega_app;
GRANT UPDATE(state) ON TABLE public.promise TO dega_app;
GRANT UPDATE(refusal) ON TABLE public.promise TO dega_app;
GRANT UPDATE(decided_at) ON TABLE public.promise TO dega_app;
GRANT SELECT ON TABLE public.recovery_code TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.recovery_code TO dega_app;
GRANT INSERT(hash) ON TABLE public.recovery_code TO dega_app;
GRANT INSERT(salt) ON TABLE public.recovery_code TO dega_app;
GRANT INSERT(made_at) ON TABLE public.recovery_code TO dega_app;
GRANT UPDATE(used_at) ON TABLE public.recovery_code TO dega_app;
GRANT UPDATE(replaced_at) ON TABLE public.recovery_code TO dega_app;
GRANT INSERT(kid) ON TABLE public.recovery_code TO dega_app;
GRANT SELECT,INSERT ON TABLE public.seal TO dega_app;
GRANT SELECT,INSERT ON TABLE public.sign_in TO dega_app;
GRANT SELECT,INSERT ON TABLE public.spending_day TO dega_app;
GRANT UPDATE(spent_minor) ON TABLE public.spending_day TO dega_app;
GRANT UPDATE(limit_minor) ON TABLE public.spending_day TO dega_app;
GRANT SELECT ON TABLE public.standing_order TO dega_app;
GRANT INSERT(id) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(customer_id) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(kind) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(debit_account_id) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(credit_account_id) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(payee_name) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(payee_iban) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(payee_typed) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(currency) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(amount_minor) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(sweeps) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(fee_minor) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(description) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(frequency) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(first_on) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(last_on) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(holiday_rule) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(prepared_at) ON TABLE public.standing_order TO dega_app;
GRANT INSERT(replaces) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(state) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(challenge_id) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(stop_challenge_id) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(made_at) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(ended_at) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(next_on) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(tried_on) ON TABLE public.standing_order TO dega_app;
GRANT UPDATE(retry_until) ON TABLE public.standing_order TO dega_app;
GRANT SELECT,INSERT ON TABLE public.statement TO dega_app;
GRANT SELECT ON TABLE public.time_travel TO dega_app;
GRANT SELECT,INSERT ON TABLE public.transfer TO dega_app;
GRANT SELECT,USAGE ON SEQUENCE public.transfer_id TO dega_app;
