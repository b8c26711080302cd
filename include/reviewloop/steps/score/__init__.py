"""The steps of ``sentiment_score``."""
