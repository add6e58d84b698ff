"""What could be done to orders and promises past the schema: see `BREAKAGES` in test_books.py."""

IN_BANK = "(SELECT id FROM payment WHERE kind = 'in-bank')"
ORDER = "(SELECT id FROM standing_order)"

OF_ORDERS = [
    (
        "payments_have_a_used_code",
        f"INSERT INTO promise SELECT id, '2026-11-24', prepared_at, challenge_id FROM payment WHERE id = {IN_BANK}"
        " RETURNING 'its code was for a later day'",
    ),
    (
        "orders_have_a_used_code",
        f"UPDATE standing_order SET amount_minor = amount_minor + 1 WHERE id = {ORDER}"
        " RETURNING format('order %s: its code to make it was for other particulars', id)",
    ),
    (
        "orders_have_a_used_code",
        f"UPDATE standing_order SET state = 'stopped', next_on = NULL, ended_at = made_at WHERE id = {ORDER}"
        " RETURNING format('order %s: its code to stop it isn''t there', id)",
    ),
    (
        "orders_have_a_used_code",
        "UPDATE challenge SET consumed_at = NULL WHERE purpose = 'order' RETURNING 'its code to make it wasn''t used'",
    ),
    (
        "orders_have_a_used_code",
        "UPDATE challenge SET authorised_by = 'passkey' WHERE purpose = 'order'"
        " RETURNING 'its code to make it has no signature'",
    ),
    (
        "orders_are_paid_as_they_stand",
        "UPDATE order_attempt SET amount_minor = amount_minor - 1"
        " RETURNING format('movement %s is of other particulars', movement_id)",
    ),
    (
        "orders_are_paid_as_they_stand",
        "UPDATE movement SET value_date = value_date + 1 WHERE by_night"
        " RETURNING format('movement %s is of other particulars', id)",
    ),
    (
        "orders_are_paid_as_they_stand",
        "DELETE FROM order_attempt RETURNING format('movement %s was booked by the night', movement_id)",
    ),
]
