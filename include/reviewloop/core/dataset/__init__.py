"""What a snapshot of reviews becomes before a model reads it."""
