"""Which product makes customers unhappy, and about what."""
