"""The steps of ``warehouse_load``."""
