"""What customers have: accounts, and what was booked in them."""
