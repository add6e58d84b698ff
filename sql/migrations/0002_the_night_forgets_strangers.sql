-- What is kept against numbers that nobody has doesn't grow for ever. The web process has no DELETE: it may only ask for
-- exactly this. A customer's failures and blocks are never forgotten.
SET LOCAL ROLE dega_owner;
CREATE FUNCTION forget_strangers() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM lockout
         WHERE customer_id IS NULL AND greatest(failed_at, blocked_at) < bank_clock() - interval '30 days'
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION forget_strangers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_strangers() TO dega_app;
RESET ROLE;
