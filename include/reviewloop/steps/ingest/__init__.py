"""The steps of ``reviews_ingest``."""
