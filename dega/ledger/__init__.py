"""The core: the one way a balance changes, the gate that the night closes, the bank's own accounts, the books."""
