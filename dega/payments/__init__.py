"""What customers do: prepare a payment, see exactly what will happen, confirm it, and have it made once."""
