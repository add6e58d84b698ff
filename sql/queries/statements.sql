-- name: customers_after
-- The next customers who have accounts, behind an id.
SELECT DISTINCT customer_id FROM account WHERE customer_id > $1 ORDER BY customer_id LIMIT $2;

-- name: make
-- The statements of a period ($2, from $3 to $4, which begin and end at the instants $5 and $6) for all accounts of these
-- customers; nothing for those that have theirs. It begins behind the statement before, or at the first entry of the period
-- where there was none, and ends before the first entry of a later value date, which only those have that were booked later.
-- A closed account has one as long as there is something to say.
WITH due AS (
    SELECT a.id, a.customer_id, a.status, a.last_seq,
           coalesce((SELECT max(s.seq_upto) FROM statement s WHERE s.account_id = a.id AND s.last_day = $3::date - 1),
                    (SELECT e.seq FROM entry e WHERE e.account_id = a.id AND e.booked_at < $5
                      ORDER BY e.seq DESC LIMIT 1), 0) AS seq_after
      FROM account a
     WHERE a.customer_id = ANY($1::bigint[]) AND a.opened_on <= $4
), bounded AS (
    SELECT d.*, coalesce((SELECT e.seq - 1
                            FROM entry e JOIN transfer t ON t.id = e.transfer_id JOIN movement m ON m.id = t.movement_id
                           WHERE e.account_id = d.id AND e.seq > d.seq_after AND e.booked_at >= $6 AND m.value_date > $4
                           ORDER BY e.seq LIMIT 1), d.last_seq) AS seq_upto
      FROM due d
), made AS (
    INSERT INTO statement (account_id, period, first_day, last_day, seq_after, seq_upto, opening_minor, paid_in_minor,
                           paid_out_minor, closing_minor, made_at)
    SELECT b.id, $2, $3, $4, b.seq_after, b.seq_upto, o.opening_minor, p.in_minor, p.out_minor,
           o.opening_minor + p.in_minor - p.out_minor, bank_clock()
      FROM bounded b
     CROSS JOIN LATERAL (SELECT coalesce((SELECT e.balance_after_minor FROM entry e
                                           WHERE e.account_id = b.id AND e.seq = b.seq_after), 0) AS opening_minor) o
     CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount_minor) FILTER (WHERE e.amount_minor > 0), 0)::bigint AS in_minor,
                                coalesce(-sum(e.amount_minor) FILTER (WHERE e.amount_minor < 0), 0)::bigint AS out_minor
                           FROM entry e
                          WHERE e.account_id = b.id AND e.seq > b.seq_after AND e.seq <= b.seq_upto) p
     WHERE b.status <> 'closed' OR b.seq_upto > b.seq_after
     ORDER BY b.id
    ON CONFLICT ON CONSTRAINT one_statement_of_a_period DO NOTHING
    RETURNING account_id
)
SELECT b.customer_id FROM made m JOIN bounded b ON b.id = m.account_id;

-- name: count_accounts
-- How many accounts customers have that aren't closed.
SELECT count(*) FROM account WHERE customer_id IS NOT NULL AND status <> 'closed';

-- name: readers
-- Who is told that a statement is there.
SELECT id, name, mobile, email, language FROM customer WHERE id = ANY($1::bigint[]) ORDER BY id;

-- name: of_account
-- The statements of a customer's account, newest first, of one day a year's before a month's.
SELECT s.id, a.iban, a.currency, s.period, s.first_day, s.last_day, s.seq_after, s.seq_upto, s.opening_minor,
       s.paid_in_minor, s.paid_out_minor, s.closing_minor, s.made_at
  FROM statement s JOIN account a ON a.id = s.account_id
 WHERE a.customer_id = $1 AND a.iban = $2
 ORDER BY s.last_day DESC, s.period DESC LIMIT $3;

-- name: find
-- One statement of a customer's; nothing where it is somebody else's.
SELECT s.id, a.iban, a.currency, s.period, s.first_day, s.last_day, s.seq_after, s.seq_upto, s.opening_minor,
       s.paid_in_minor, s.paid_out_minor, s.closing_minor, s.made_at
  FROM statement s JOIN account a ON a.id = s.account_id
 WHERE s.id = $2 AND a.customer_id = $1;
