-- Phones and e-mail addresses are sealed: a copy of the database tells neither, and staff find a phone by a blind index.
-- Rows of before stay plain until `dega keys reseal`, and the bank isn't served as long; that is why the constraints
-- aren't validated here. They hold for every row that is written from now on.
SET LOCAL ROLE dega_owner;
ALTER TABLE customer
    DROP CONSTRAINT mobile_is_international,
    ADD COLUMN mobile_index bytea,
    ADD CONSTRAINT mobile_is_sealed
        CHECK (mobile ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$') NOT VALID,
    ADD CONSTRAINT mobile_is_indexed CHECK ((mobile IS NULL) = (mobile_index IS NULL)) NOT VALID,
    ADD CONSTRAINT email_is_sealed
        CHECK (email ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$') NOT VALID;
CREATE INDEX customer_by_mobile ON customer (mobile_index);
ALTER TABLE outbox
    ADD CONSTRAINT recipient_is_sealed
        CHECK (recipient ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$') NOT VALID;

-- A value is sealed for its row, so the row's id is taken before the row is written.
GRANT USAGE ON SEQUENCE customer_id_seq, outbox_id_seq TO dega_app;
GRANT UPDATE (mobile_index) ON customer TO dega_staff;
-- What `dega keys reseal` needs besides.
GRANT UPDATE (recipient) ON outbox TO dega_staff;
GRANT UPDATE (password_hash) ON past_password TO dega_staff;
RESET ROLE;
