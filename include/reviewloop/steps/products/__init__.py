"""The steps of ``product_watch``."""
