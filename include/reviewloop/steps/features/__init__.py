"""The steps of ``reviews_features``."""
