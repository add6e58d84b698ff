-- name: set_language
-- The language that the customer chose.
UPDATE customer SET language = $2 WHERE id = $1;
