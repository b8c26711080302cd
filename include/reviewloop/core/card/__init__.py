"""A model's card: what is recorded of a version, and how it is told."""
