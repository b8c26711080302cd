"""The steps of ``costs_reap``."""
