-- name: forget_drafts
-- Payments that were prepared and never made, so many days later, at most so many of them; how many.
SELECT forget_drafts($1, $2);

-- name: forget_order_drafts
-- Orders that were prepared and never made, so many days later, at most so many of them; how many.
SELECT forget_order_drafts($1, $2);

-- name: forget_codes
-- Codes that proved no payment, so many days later, at most so many of them; how many.
SELECT forget_codes($1, $2);

-- name: forget_notices
-- Notices that were told, or given up, so many days later, at most so many of them; how many.
SELECT forget_notices($1, $2);

-- name: forget_messages
-- Messages that were answered, so many days later, at most so many of them; how many.
SELECT forget_messages($1, $2);

-- name: forget_sign_ins
-- Tries to log in, so many days later, at most so many of them; how many.
SELECT forget_sign_ins($1, $2);

-- name: forget_faults
-- Faults that customers saw, so many days later, at most so many of them; how many.
SELECT forget_faults($1, $2);
