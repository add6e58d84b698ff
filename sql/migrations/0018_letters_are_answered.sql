-- Messages, suggestions and complaints become letters that go back and forth: what each is about, what is expected, until
-- when it is to be answered, who has taken it, and what bank and author said to one another. Where to answer is sealed.
SET LOCAL ROLE dega_owner;

-- ---------------------------------------------------------------- the letter
ALTER TABLE message
    ADD COLUMN topic text NOT NULL DEFAULT 'other' CONSTRAINT message_topic_is_known
               CHECK (topic IN ('access', 'account', 'payment', 'security', 'branch', 'other')),
    ADD COLUMN expected text NOT NULL DEFAULT '',
    ADD COLUMN due_on date,
    ADD COLUMN form_key bytea CONSTRAINT message_form_is_sent_once UNIQUE,
    ADD COLUMN assigned_to text CONSTRAINT message_is_assigned_to_someone CHECK (btrim(assigned_to) <> ''),
    ADD COLUMN reminded_on date,
    ADD COLUMN read_upto bigint NOT NULL DEFAULT 0,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by text,
    ALTER COLUMN contact DROP NOT NULL,
    ADD CONSTRAINT message_can_be_answered CHECK (contact IS NOT NULL OR customer_id IS NOT NULL),
    ADD CONSTRAINT closed_messages_say_by_whom CHECK ((closed_at IS NULL) = (closed_by IS NULL));
-- What was left before: the fifteenth day from Monday to Friday after it came.
UPDATE message SET due_on = (
    SELECT day::date FROM generate_series(1, 30) AS days,
           LATERAL (SELECT (received_at AT TIME ZONE 'Europe/Tirane')::date + days AS day) AS later
     WHERE extract(isodow FROM day) < 6 ORDER BY day OFFSET 14 LIMIT 1);
ALTER TABLE message ALTER COLUMN due_on SET NOT NULL;
CREATE INDEX message_open ON message (id) WHERE closed_at IS NULL;
CREATE TRIGGER a_closed_letter_stays_closed BEFORE UPDATE ON message FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL AND (NEW.closed_at, NEW.closed_by) IS DISTINCT FROM (OLD.closed_at, OLD.closed_by))
    EXECUTE FUNCTION refuse_return();

-- ---------------------------------------------------------------- what was said on it
-- `operator` is who answered for the bank; null: the author of the letter, who is to be answered until `due_on`.
-- `outbox_id` is what tells the author of it, and is forgotten before it. A reply goes only with its letter.
CREATE TABLE reply (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bigint NOT NULL REFERENCES message,
    operator   text CONSTRAINT reply_names_who_answered CHECK (btrim(operator) <> ''),
    text       text NOT NULL CONSTRAINT reply_says_something CHECK (text <> ''),
    said_at    timestamptz NOT NULL,
    due_on     date,
    form_key   bytea CONSTRAINT reply_form_is_sent_once UNIQUE,
    outbox_id  bigint,
    CONSTRAINT only_authors_wait_for_an_answer CHECK ((operator IS NULL) = (due_on IS NOT NULL))
);
CREATE INDEX reply_by_message ON reply (message_id, id DESC);
CREATE TRIGGER reply_is_append_only BEFORE UPDATE OR TRUNCATE ON reply
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was answered before, the bank didn't keep: by telephone or e-mail.
INSERT INTO reply (message_id, operator, text, said_at)
SELECT id, 'dega', CASE language WHEN 'en' THEN 'We answered you by telephone or by e-mail.'
                                 ELSE 'Ju jemi përgjigjur me telefon ose me e-mail.' END, bank_clock()
  FROM message WHERE state = 'answered';
UPDATE message SET read_upto = (SELECT max(id) FROM reply WHERE message_id = message.id) WHERE state = 'answered';
UPDATE message SET closed_at = bank_clock(), closed_by = 'dega' WHERE state = 'closed';
-- Rows of before stay plain until `dega keys reseal`, and the bank isn't served as long.
ALTER TABLE message
    DROP COLUMN state,
    ADD CONSTRAINT contact_is_sealed
        CHECK (contact ~ '^v1\|[0-9a-f]{8}\|[A-Za-z0-9_-]{16}\|[A-Za-z0-9_-]+$') NOT VALID;

-- How letters stand: whoever spoke last decides who is waiting for whom.
CREATE VIEW letter AS
SELECT m.id, m.reference, m.kind, m.topic, m.customer_id, m.name, m.contact, m.text, m.expected, m.language,
       m.received_at, m.assigned_to, m.closed_at,
       CASE WHEN m.closed_at IS NOT NULL THEN 'closed' WHEN r.operator IS NOT NULL THEN 'answered' ELSE 'received' END
           AS state,
       coalesce(r.due_on, m.due_on) AS due_on,
       coalesce(r.said_at, m.received_at) AS last_at,
       coalesce(r.id, 0) AS last_reply_id,
       coalesce(r.operator IS NOT NULL AND r.id > m.read_upto, false) AS is_unread,
       m.closed_at IS NULL AND o.given_up_at IS NOT NULL AS is_undelivered
  FROM message m
  LEFT JOIN LATERAL (SELECT id, operator, said_at, due_on, outbox_id FROM reply
                      WHERE message_id = m.id ORDER BY id DESC LIMIT 1) r ON true
  LEFT JOIN outbox o ON o.id = r.outbox_id;

-- Letters that were answered or closed are forgotten together with what was said on them, so many days after the last word.
CREATE FUNCTION forget_messages(days integer, most integer) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
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

REVOKE ALL ON FUNCTION forget_messages(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_messages(integer, integer) TO dega_app;

-- ---------------------------------------------------------------- who may write what
-- The web process writes what authors say, and can't speak for the bank: an answer names its operator.
REVOKE INSERT ON message FROM dega_app;
GRANT INSERT (id, reference, kind, topic, customer_id, name, contact, text, expected, language, received_at, due_on,
    form_key) ON message TO dega_app;
GRANT USAGE ON SEQUENCE message_id_seq TO dega_app;
GRANT UPDATE (read_upto, reminded_on) ON message TO dega_app;
GRANT SELECT, INSERT (message_id, text, said_at, due_on, form_key) ON reply TO dega_app;
GRANT SELECT ON letter TO dega_app;
GRANT UPDATE (contact, assigned_to, closed_at, closed_by) ON message TO dega_staff;
GRANT INSERT (operator, outbox_id) ON reply TO dega_staff;
RESET ROLE;
