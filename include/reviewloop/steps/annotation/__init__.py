"""The steps of ``reviews_annotate``."""
