"""The steps of ``sentiment_monitor``."""
