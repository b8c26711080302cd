"""Metrics, intervals and tests: numbers that know nothing of reviews."""
