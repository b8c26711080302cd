"""The endpoint: its own page, and what it was asked."""
