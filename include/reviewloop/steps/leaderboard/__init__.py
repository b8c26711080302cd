"""The steps of ``sentiment_leaderboard``."""
