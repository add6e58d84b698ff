"""What may be done past the schema to interest, fees and deposits: the check that finds it, and what it says."""

DEPOSIT = "INSERT INTO deposit SELECT min(id), '2026-10-20', 1, '2026-11-20', 1000, 12000, 365, max(id), 'none'"

BREAKAGES_OF_INTEREST = [
    (
        "interest_follows_entries",
        "INSERT INTO interest_period (account_id, side, first_day, upto, accrued)"
        " SELECT max(id), 'credit', '2026-11-23', '2026-11-23', 1 FROM account WHERE product = 'current'"
        " RETURNING format('account %s accrued 1 parts', account_id)",
    ),
    (
        "interest_follows_entries",
        "WITH day AS (INSERT INTO accrual VALUES ('2026-11-23')) INSERT INTO interest_rate"
        " VALUES ('current', 'credit', 'ALL', '2026-11-23', 10000, 365)"
        " RETURNING 'accrued 0 parts of a minor unit (credit), its entries say 36'",
    ),
    (
        "interest_is_booked_as_it_accrued",
        "INSERT INTO interest_period SELECT max(id), 'credit', '2026-11-23', '2026-11-23', 5 * 26280000000,"
        " '2026-11-23', '2026-11-23', 5, 0, 1 FROM account RETURNING 'came to 5 with 0 tax, and movement 1 booked 0'",
    ),
    (
        "monthly_fees_are_booked_once",
        "INSERT INTO monthly_fee SELECT max(id), '2026-10-31', 80, '2026-10-31', 1 FROM account"
        " RETURNING 'its fee of 80 for the month up to 2026-10-31, and movement 1 charged 0'",
    ),
    (
        "monthly_fees_are_booked_once",
        "UPDATE movement SET kind = 'maintenance', by_night = true"
        " WHERE id = (SELECT movement_id FROM payment WHERE kind = 'in-bank')"
        " RETURNING format('movement %s charged 150000', id)",
    ),
    (
        "deposits_stand_in_their_accounts",
        f"{DEPOSIT}, NULL, NULL, NULL, NULL FROM account"
        " RETURNING format('account %s: principal 1000 (running)', account_id)",
    ),
    (
        "deposits_stand_in_their_accounts",
        f"{DEPOSIT}, '2026-11-20', 'paid', 7, 1 FROM account"
        " RETURNING format('deposit 2026-10-20 of account %s: earned 7', account_id)",
    ),
]
