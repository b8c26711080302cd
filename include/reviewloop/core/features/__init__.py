"""Features: what they are made of, how a group's rows change with what becomes known, and what was known of a key at a time."""
