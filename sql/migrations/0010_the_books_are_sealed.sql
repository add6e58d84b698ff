-- The bank now keeps seals of its books: whatever is changed in movements, transfers, entries or the audit trail after it
-- was sealed is found, and found where it is, since the key isn't in the database.
SET LOCAL ROLE dega_owner;

-- A seal covers what was booked since the one before it, by ids: after … up to and including …. `digest` is the SHA-256
-- of every column of those rows, `marks` 25 bytes for each row to find a guilty one by, and `mac` the HMAC of all other
-- columns under the key `kid`. The foreign key is the chain: a seal begins where the one before it ended, and names its mac.
CREATE TABLE seal (
    number         bigint PRIMARY KEY CONSTRAINT seals_count_from_one CHECK (number > 0),
    follows        bigint GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    previous       bytea,
    kid            text NOT NULL CONSTRAINT a_seal_names_its_key CHECK (kid ~ '^[0-9a-f]{8}$'),
    sealed_at      timestamptz NOT NULL,
    movement_after bigint NOT NULL,
    movement_upto  bigint NOT NULL CONSTRAINT seals_cover_movements_forwards CHECK (movement_upto >= movement_after),
    transfer_after bigint NOT NULL,
    transfer_upto  bigint NOT NULL CONSTRAINT seals_cover_transfers_forwards CHECK (transfer_upto >= transfer_after),
    audit_after    bigint NOT NULL,
    audit_upto     bigint NOT NULL CONSTRAINT seals_cover_the_audit_forwards CHECK (audit_upto >= audit_after),
    digest         bytea NOT NULL CONSTRAINT a_digest_has_32_bytes CHECK (octet_length(digest) = 32),
    marks          bytea NOT NULL CONSTRAINT a_mark_has_25_bytes CHECK (octet_length(marks) % 25 = 0),
    mac            bytea NOT NULL CONSTRAINT a_mac_has_32_bytes CHECK (octet_length(mac) = 32),
    CONSTRAINT only_the_first_seal_follows_none CHECK ((number = 1) = (previous IS NULL)),
    CONSTRAINT the_first_seal_begins_at_the_beginning
        CHECK (number > 1 OR (movement_after, transfer_after, audit_after) = (0, 0, 0)),
    CONSTRAINT where_a_seal_ends UNIQUE (number, mac, movement_upto, transfer_upto, audit_upto),
    CONSTRAINT a_seal_continues_the_one_before
        FOREIGN KEY (follows, previous, movement_after, transfer_after, audit_after)
        REFERENCES seal (number, mac, movement_upto, transfer_upto, audit_upto)
);
CREATE TRIGGER seal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The entries of a range of transfers are found without an index that each posting would have to keep in order: entries
-- are written in about the order of their transfers, so a summary of each few pages does.
CREATE INDEX entry_by_transfer ON entry USING brin (transfer_id) WITH (pages_per_range = 32, autosummarize = on);

GRANT SELECT, INSERT ON seal TO dega_app;
-- How far ids have been given out. These sequences give one id at a time (CACHE 1), or it would say less.
GRANT SELECT ON SEQUENCE movement_id, transfer_id, audit_id_seq TO dega_app;
RESET ROLE;
