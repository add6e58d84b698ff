-- The bank now pays and charges interest, withholds the tax on it, charges monthly fees, and keeps time deposits.
SET LOCAL ROLE dega_owner;

ALTER TABLE account DROP CONSTRAINT account_product_is_known;
ALTER TABLE account ADD CONSTRAINT account_product_is_known CHECK (product IN ('current', 'savings', 'term', 'bank'));
ALTER TABLE transfer DROP CONSTRAINT transfer_purpose_is_known;
ALTER TABLE transfer ADD CONSTRAINT transfer_purpose_is_known
    CHECK (purpose IN ('payment', 'fee', 'exchange', 'interest', 'tax'));

-- ---------------------------------------------------------------- rates
-- The interest of a year, by the first day on which it holds until a later one does: `credit` on what customers have,
-- `debit` on what they owe. In parts of a million; `year` is how many days a year counts (actual/360, actual/365).
CREATE TABLE interest_rate (
    product   text NOT NULL CONSTRAINT rate_product_is_known CHECK (product IN ('current', 'savings')),
    side      text NOT NULL CONSTRAINT rate_side_is_known CHECK (side IN ('credit', 'debit')),
    currency  text NOT NULL CONSTRAINT rate_currency_is_known
              CHECK (currency IN ('ALL', 'EUR', 'USD', 'GBP', 'CHF', 'CAD', 'AUD')),
    first_day date NOT NULL,
    rate_ppm  integer NOT NULL CONSTRAINT rate_is_a_fraction CHECK (rate_ppm BETWEEN 0 AND 1000000),
    year      integer NOT NULL CONSTRAINT rate_year_is_known CHECK (year IN (360, 365)),
    PRIMARY KEY (product, side, currency, first_day)
);
CREATE VIEW interest_rate_span AS
SELECT product, side, currency, first_day,
       lead(first_day, 1, 'infinity') OVER (PARTITION BY product, side, currency ORDER BY first_day) AS before_day,
       rate_ppm, year
  FROM interest_rate;

-- ---------------------------------------------------------------- accruals
-- The days whose interest has accrued, of all accounts. A day that has no row accrued with the next one that has.
CREATE TABLE accrual (day date PRIMARY KEY);
CREATE TRIGGER accrual_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accrual
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION rates_stay_as_they_accrued() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.first_day <= (SELECT max(day) FROM accrual) THEN
        RAISE EXCEPTION 'the rate of % in % from % on: interest has accrued since', NEW.product, NEW.currency,
            NEW.first_day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rates_stay_as_they_accrued BEFORE INSERT OR UPDATE ON interest_rate
    FOR EACH ROW EXECUTE FUNCTION rates_stay_as_they_accrued();
CREATE TRIGGER interest_rate_is_never_removed BEFORE DELETE OR TRUNCATE ON interest_rate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What an account accrued from one settlement to the next. `accrued` is a whole number of parts of a minor unit: a day adds
-- balance * rate_ppm * (26280 / year), so a minor unit has 1 000 000 * 26280 of them (26280 is divisible by 360 and 365).
-- `upto` is the last day that added something. Closed on the day that is settled; settled once it is booked, or comes to
-- nothing: what is refused stays due.
CREATE TABLE interest_period (
    account_id  bigint NOT NULL REFERENCES account,
    side        text NOT NULL CONSTRAINT interest_side_is_known CHECK (side IN ('credit', 'debit')),
    first_day   date NOT NULL,
    upto        date NOT NULL,
    accrued     numeric NOT NULL CONSTRAINT interest_accrues_in_whole_parts CHECK (accrued >= 0 AND scale(accrued) = 0),
    closed_on   date,
    settled_on  date,
    gross_minor bigint,
    tax_minor   bigint,
    movement_id bigint,
    PRIMARY KEY (account_id, side, first_day),
    CONSTRAINT a_period_ends_after_it_began CHECK (first_day <= upto AND upto <= closed_on AND closed_on <= settled_on),
    CONSTRAINT only_closed_periods_are_settled CHECK (settled_on IS NULL OR closed_on IS NOT NULL),
    CONSTRAINT settled_periods_say_what_they_came_to
        CHECK (num_nonnulls(settled_on, gross_minor, tax_minor) IN (0, 3) AND tax_minor BETWEEN 0 AND gross_minor
               AND (movement_id IS NOT NULL) = (coalesce(gross_minor, 0) > 0))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX one_open_period_for_each_side ON interest_period (account_id, side) WHERE closed_on IS NULL;
CREATE INDEX interest_period_unsettled ON interest_period (side, account_id, closed_on) WHERE settled_on IS NULL;
CREATE TRIGGER a_settled_period_never_changes BEFORE UPDATE ON interest_period FOR EACH ROW
    WHEN (OLD.settled_on IS NOT NULL) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER what_accrued_never_comes_back BEFORE UPDATE ON interest_period FOR EACH ROW
    WHEN (NEW.accrued < OLD.accrued OR NEW.upto < OLD.upto OR OLD.closed_on IS NOT NULL AND NEW.accrued <> OLD.accrued)
    EXECUTE FUNCTION refuse_return();
CREATE TRIGGER interest_period_is_never_removed BEFORE DELETE OR TRUNCATE ON interest_period
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- From which day on a booking counts for interest: its value date; what the night itself credits and charges, once the
-- day's interest has accrued, the day after.
CREATE FUNCTION bears_interest_from(value_date date, by_night boolean, purpose text) RETURNS date
    LANGUAGE sql IMMUTABLE AS
    'SELECT value_date + CASE WHEN by_night AND purpose IN (''interest'', ''tax'', ''fee'') THEN 1 ELSE 0 END';

-- ---------------------------------------------------------------- monthly fees
-- What an account is charged for a month, by the month's last day. Owed until it is booked.
CREATE TABLE monthly_fee (
    account_id   bigint NOT NULL REFERENCES account,
    month_end    date NOT NULL
                 CONSTRAINT a_month_ends_on_its_last_day CHECK (extract(day FROM month_end + 1) = 1),
    amount_minor bigint NOT NULL CONSTRAINT a_fee_is_positive CHECK (amount_minor > 0),
    settled_on   date,
    movement_id  bigint,
    PRIMARY KEY (account_id, month_end),
    CONSTRAINT settled_fees_name_their_movement CHECK ((settled_on IS NULL) = (movement_id IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX monthly_fee_owed ON monthly_fee (account_id) WHERE settled_on IS NULL;
CREATE TRIGGER a_settled_fee_never_changes BEFORE UPDATE ON monthly_fee FOR EACH ROW
    WHEN (OLD.settled_on IS NOT NULL) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER monthly_fee_is_never_removed BEFORE DELETE OR TRUNCATE ON monthly_fee
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- time deposits
-- One term of a time deposit, from its first day on; a renewed deposit has a row for each. The rate is the contract's. What
-- it pays goes to `pays_to_id`. `renewal`: nothing, the principal, or the principal with its interest.
CREATE TABLE deposit (
    account_id      bigint NOT NULL REFERENCES account,
    first_day       date NOT NULL,
    months          integer NOT NULL CONSTRAINT deposit_term_is_known CHECK (months IN (1, 3, 6, 12, 24, 36)),
    matures_on      date NOT NULL CONSTRAINT a_deposit_matures_after_it_began CHECK (matures_on > first_day),
    principal_minor bigint NOT NULL CONSTRAINT a_deposit_holds_something CHECK (principal_minor > 0),
    rate_ppm        integer NOT NULL CONSTRAINT deposit_rate_is_a_fraction CHECK (rate_ppm BETWEEN 0 AND 1000000),
    year            integer NOT NULL CONSTRAINT deposit_year_is_known CHECK (year IN (360, 365)),
    pays_to_id      bigint NOT NULL REFERENCES account,
    renewal         text NOT NULL CONSTRAINT deposit_renewal_is_known CHECK (renewal IN ('none', 'principal', 'whole')),
    ended_on        date,
    outcome         text CONSTRAINT deposit_outcome_is_known CHECK (outcome IN ('paid', 'renewed', 'broken')),
    gross_minor     bigint,
    tax_minor       bigint,
    PRIMARY KEY (account_id, first_day),
    CONSTRAINT ended_deposits_say_how
        CHECK (num_nonnulls(ended_on, outcome, gross_minor, tax_minor) IN (0, 4) AND ended_on >= first_day
               AND tax_minor BETWEEN 0 AND gross_minor),
    CONSTRAINT a_broken_deposit_earns_nothing CHECK (outcome IS DISTINCT FROM 'broken' OR gross_minor = 0)
);
CREATE UNIQUE INDEX one_term_at_a_time ON deposit (account_id) WHERE ended_on IS NULL;
CREATE INDEX deposit_maturing ON deposit (matures_on) WHERE ended_on IS NULL;
CREATE TRIGGER an_ended_deposit_never_changes BEFORE UPDATE ON deposit FOR EACH ROW
    WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER deposit_is_never_removed BEFORE DELETE OR TRUNCATE ON deposit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------- who may write what
GRANT SELECT, INSERT, UPDATE (rate_ppm, year) ON interest_rate TO dega_app;
GRANT SELECT ON interest_rate_span TO dega_app;
GRANT SELECT, INSERT ON accrual TO dega_app;
GRANT SELECT, INSERT (account_id, side, first_day, upto, accrued),
    UPDATE (upto, accrued, closed_on, settled_on, gross_minor, tax_minor, movement_id) ON interest_period TO dega_app;
GRANT SELECT, INSERT (account_id, month_end, amount_minor), UPDATE (settled_on, movement_id) ON monthly_fee TO dega_app;
GRANT SELECT, UPDATE (ended_on, outcome, gross_minor, tax_minor) ON deposit TO dega_app;
-- The night begins a renewed deposit's next term; a first one needs an account, which only staff open.
GRANT INSERT (account_id, first_day, months, matures_on, principal_minor, rate_ppm, year, pays_to_id, renewal)
    ON deposit TO dega_app;
GRANT UPDATE (renewal) ON deposit TO dega_staff;
RESET ROLE;
