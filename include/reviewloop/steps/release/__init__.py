"""The steps of ``sentiment_release``."""
