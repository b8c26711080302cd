"""The steps of ``captures_collect``, and what a person asks of captured requests."""
