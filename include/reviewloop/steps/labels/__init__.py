"""The steps of ``labels_check``."""
