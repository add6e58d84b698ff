"""What the bank does by the clock: the gate closes and opens, what is due is told, what may be forgotten is."""
