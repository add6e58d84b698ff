"""The counter: what branch and Call Center do for a customer, alone or with a second operator."""
