"""The steps of ``sentiment_train``."""
