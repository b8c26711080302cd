"""A day's reviews, cut for several tasks."""
