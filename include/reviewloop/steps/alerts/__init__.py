"""The steps of ``alerts_tend``."""
