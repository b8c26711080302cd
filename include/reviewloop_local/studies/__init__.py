"""Studies of the gates: what they catch, and what they stop by mistake."""
