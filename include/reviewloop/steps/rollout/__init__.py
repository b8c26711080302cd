"""The steps of ``sentiment_rollout``."""
