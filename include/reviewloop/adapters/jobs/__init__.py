"""Training jobs: their processes, records and reports."""
