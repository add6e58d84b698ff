-- The bank now keeps which key a recovery code was kept under: as long as one can be used, that key isn't dropped.
SET LOCAL ROLE dega_owner;
ALTER TABLE recovery_code ADD COLUMN kid text NOT NULL CONSTRAINT recovery_code_names_its_key CHECK (kid ~ '^[0-9a-f]{8}$');
GRANT INSERT (kid) ON recovery_code TO dega_app;
RESET ROLE;
