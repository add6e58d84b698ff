-- Browsers that a customer logged in with are known, and count their failures by themselves: strangers who type a
-- number can't lock its owner out. Blocks by failures end by themselves at first; bars are somebody's will.
SET LOCAL ROLE dega_owner;

-- A browser that a customer came in with. It proves itself by a token of which only an HMAC is kept.
CREATE TABLE device (
    id             uuid PRIMARY KEY,
    customer_id    bigint NOT NULL REFERENCES customer,
    token_mac      bytea NOT NULL,
    browser        text NOT NULL,
    address_prefix text NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    removed_at     timestamptz
);
CREATE UNIQUE INDEX a_browser_is_known_once_to_a_customer ON device (customer_id, token_mac) WHERE removed_at IS NULL;

-- The n-th block in a row without a success between them; one without an end is the Call Center's to end. Who is told of
-- a block is told a moment after it fell: the answer to whoever caused it takes no longer for it.
ALTER TABLE lockout
    ADD COLUMN blocks integer NOT NULL DEFAULT 0 CONSTRAINT blocks_are_counted_up CHECK (blocks >= 0),
    ADD COLUMN blocked_until timestamptz,
    ADD COLUMN told_at timestamptz;
CREATE INDEX lockout_untold ON lockout (blocked_at) WHERE blocked_at IS NOT NULL AND told_at IS NULL;

-- Access closed by the customer or an operator, until an operator lifts it. Whoever guesses at the number meanwhile is
-- answered as ever: a bar stands beside the counting of failures, not in it.
CREATE TABLE bar (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer,
    barred_at   timestamptz NOT NULL,
    barred_by   text NOT NULL,
    lifted_at   timestamptz
);
CREATE UNIQUE INDEX one_bar_at_a_time ON bar (customer_id) WHERE lifted_at IS NULL;
INSERT INTO bar (customer_id, barred_at, barred_by)
SELECT customer_id, blocked_at, coalesce(blocked_by, 'operator') FROM lockout
 WHERE blocked_at IS NOT NULL AND blocked_by IS DISTINCT FROM 'failures' AND customer_id IS NOT NULL;
UPDATE lockout SET blocked_at = NULL, blocked_by = NULL
 WHERE blocked_by IS DISTINCT FROM 'failures' AND customer_id IS NOT NULL;
UPDATE lockout SET told_at = blocked_at, blocks = 1 WHERE blocked_at IS NOT NULL;
ALTER TABLE lockout DROP COLUMN blocked_by;

-- A block that is in force: it has no end, or its end hasn't come.
CREATE FUNCTION stands(blocked_at timestamptz, blocked_until timestamptz) RETURNS boolean LANGUAGE sql VOLATILE AS
    'SELECT blocked_at IS NOT NULL AND (blocked_until IS NULL OR blocked_until > bank_clock())';

-- Browsers that nobody came in with for longer than any configuration knows them.
CREATE FUNCTION forget_devices() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM device WHERE greatest(last_seen_at, removed_at) < bank_clock() - interval '366 days' RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION forget_devices() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_devices() TO dega_app;

GRANT SELECT, INSERT ON device, bar TO dega_app;
GRANT UPDATE (last_seen_at, browser, address_prefix, removed_at) ON device TO dega_app;
GRANT UPDATE (lifted_at) ON bar TO dega_staff;
GRANT UPDATE (blocks, blocked_until, told_at) ON lockout TO dega_app;
RESET ROLE;
