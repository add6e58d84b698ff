-- A code may also confirm a change to how its customer signs in: an app, a passkey, recovery codes.
SET LOCAL ROLE dega_owner;
ALTER TABLE challenge
    DROP CONSTRAINT challenge_purpose_is_known,
    ADD CONSTRAINT challenge_purpose_is_known
        CHECK (purpose IN ('login', 'register', 'payment', 'password', 'factor'));
RESET ROLE;
