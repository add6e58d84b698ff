-- Orders that were prepared and never made, cancelled or not, are forgotten as such payments are.
SET LOCAL ROLE dega_owner;

CREATE INDEX standing_order_unmade ON standing_order (prepared_at) WHERE made_at IS NULL;

CREATE FUNCTION forget_order_drafts(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
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
REVOKE ALL ON FUNCTION forget_order_drafts(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_order_drafts(integer, integer) TO dega_app;
RESET ROLE;
