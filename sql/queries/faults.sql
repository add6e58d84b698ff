-- name: keep
-- A fault that a customer saw.
INSERT INTO fault_case (number, at, route, request_id, kind, detail) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (number) DO NOTHING;

-- name: find
-- What staff see about a case number.
SELECT number, at, route, request_id, kind, detail FROM fault_case WHERE number = $1;
