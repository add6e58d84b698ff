-- name: applied
-- The migrations that this database has, with the digest of the file that each was made from.
SELECT name, sha256, applied_at FROM migration ORDER BY name;
